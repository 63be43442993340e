#include "zoo/datasets/point_sets/point_sets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <stdexcept>

#include "support/message_of.h"
#include "support/random_points.h"
#include "support/temporary_folder.h"

namespace zoo {
namespace {

constexpr auto kThree = R"({"points": [[0, 0], [1, 0], [0, 1]]})"
                        "\n";

class PointSetsTest : public testing::Test {
 protected:
  // The file's path.
  std::string write(const std::string& name, const std::string& text) const {
    const auto path = folder_.path() / name;
    std::ofstream(path) << text;
    return path.string();
  }

  PointSets of_text(const std::string& text,
                    PointQuestion problem = PointQuestion::kConvexHull) const {
    return PointSets({.file = write("points.jsonl", text), .problem = problem});
  }

  // What is said of a file, without the folder.
  std::string complaint(const std::string& text, const std::string& name = "points.jsonl",
                        PointQuestion problem = PointQuestion::kConvexHull) const {
    const PointSetsOptions options{.file = write(name, text), .problem = problem};
    const auto message = message_of<std::runtime_error>([&options] { PointSets sets(options); });
    const auto folder = folder_.path().string() + "/";
    return message.starts_with(folder) ? message.substr(folder.size()) : message;
  }

  std::string tsp_complaint(const std::string& text) const { return complaint(text, "a.tsp"); }

  // Instances of 3, 4, ... points, so that the number tells which one it is.
  PointSets of_sizes(int64_t count) const {
    Random random({1});
    std::string text;
    for (int64_t i = 0; i < count; ++i) {
      text += R"({"points": [)";
      for (const auto& [x, y] : random_points(random, 3 + i)) {
        text +=
            (text.back() == '[' ? "[" : ", [") + std::to_string(x) + ", " + std::to_string(y) + "]";
      }
      text += "]}\n";
    }
    return of_text(text);
  }

  TemporaryFolder folder_;
};

std::vector<PointingExample> first_of(const PointSets& sets, int64_t count) {
  return decode_points(sets.batch({.split = Split::kTest, .batch_size = count}));
}

std::vector<int64_t> lengths_at(const PointSets& sets, const BatchIndex& index) {
  std::vector<int64_t> lengths;
  for (const auto& [points, answer] : decode_points(sets.batch(index))) {
    lengths.push_back(static_cast<int64_t>(points.size()));
  }
  return lengths;
}

std::vector<std::array<double, 2>> pairs_of(const Points& points) {
  std::vector<std::array<double, 2>> pairs;
  for (const auto& [x, y] : points) pairs.push_back({x, y});
  return pairs;
}

using Pairs = std::vector<std::array<double, 2>>;

TEST_F(PointSetsTest, ReadsLinesAndSolvesThem) {
  const auto sets = of_text(
      "\n"
      "{\"points\": [[0.5, 0.25], [0, 0], [1, 0], [1, 1.0], [0, 1e0]]}\r\n"
      "   \n"
      "{\"points\": [[0, 0], [0, 1], [1, 0]]}");
  EXPECT_EQ(sets.size(), 2);
  EXPECT_EQ(sets.most_points(), 5);
  EXPECT_EQ(sets.problem().name(), "convex hull");
  const auto examples = first_of(sets, 2);
  EXPECT_EQ(pairs_of(examples[0].points), (Pairs{{0.5, 0.25}, {0, 0}, {1, 0}, {1, 1}, {0, 1}}));
  EXPECT_EQ(examples[0].answer, (Answer{1, 2, 3, 4, 1}));
  EXPECT_EQ(examples[1].answer, (Answer{0, 2, 1, 0}));
}

TEST_F(PointSetsTest, AsksWhatItIsToldTo) {
  const auto sets = of_text(kThree, PointQuestion::kDelaunay);
  EXPECT_EQ(sets.problem().name(), "Delaunay triangulation");
  EXPECT_EQ(first_of(sets, 1)[0].answer, (Answer{0, 1, 2}));
}

TEST_F(PointSetsTest, PointsAreMovedIntoTheUnitSquare) {
  const auto sets = of_text(
      R"({"points": [[100, 50], [300, 50], [100, 150]]}
         {"points": [[-1e308, 0], [1e308, 0], [0, 1e308]]}
         {"points": [[0.25, 0.5], [0.75, 0.5], [0.5, 0.75]]})");
  const auto examples = first_of(sets, 3);
  EXPECT_EQ(pairs_of(examples[0].points), (Pairs{{0, 0}, {1, 0}, {0, 0.5}}));
  EXPECT_EQ(pairs_of(examples[1].points), (Pairs{{0, 0}, {1, 0}, {0.5, 0.5}}));
  EXPECT_EQ(pairs_of(examples[2].points), (Pairs{{0.25, 0.5}, {0.75, 0.5}, {0.5, 0.75}}));
}

// Point 3 is a corner in double precision only.
TEST_F(PointSetsTest, WhatTheModelSeesIsSolved) {
  const auto sets = of_text(
      R"({"points": [[0, 0], [1, 0.9999999999], [0, 0.9999999999], [0.5, 1], [0.2, 0.3]]})");
  const auto example = first_of(sets, 1)[0];
  EXPECT_EQ(example.answer, sets.problem().solve(example.points));
  EXPECT_EQ(example.answer, (Answer{0, 1, 2, 0}));
}

TEST_F(PointSetsTest, AnAnswerOfTheFileIsLearned) {
  const auto sets =
      of_text(R"({"points": [[0, 0], [1, 0], [1, 1], [0, 1]], "answer": [3, 0, 1, 3]})");
  EXPECT_EQ(first_of(sets, 1)[0].answer, (Answer{3, 0, 1, 3}));
  const auto triangles =
      of_text(R"({"answer": [0, 1, 3, 1, 2, 3], "points": [[0, 0], [1, 0], [1, 1], [0, 1]]})",
              PointQuestion::kDelaunay);
  EXPECT_EQ(first_of(triangles, 1)[0].answer, (Answer{0, 1, 3, 1, 2, 3}));
}

TEST_F(PointSetsTest, ReadsTsplib) {
  const auto file = write("five.tsp",
                          "NAME : five\n"
                          "COMMENT: numbers in any form: 1, 2\n"
                          "TYPE: TSP (somebody)\n"
                          "DIMENSION :5\n"
                          "EDGE_WEIGHT_TYPE : EUC_2D\n"
                          "NODE_COORD_TYPE: TWOD_COORDS\n"
                          "DISPLAY_DATA_TYPE : COORD_DISPLAY\n"
                          "NODE_COORD_SECTION\n"
                          "1 0 0\n"
                          "2 1.0e+02 0.0\r\n"
                          "\n"
                          "  3\t+100 1E2\n"
                          "4 0. 100\n"
                          "5 50 .5\n"
                          "EOF\n"
                          "and whatever follows\n");
  const PointSets sets({.file = file});
  EXPECT_EQ(sets.size(), 1);
  const auto example = first_of(sets, 1)[0];
  const Pairs expected{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0.5, static_cast<double>(0.005F)}};
  EXPECT_EQ(pairs_of(example.points), expected);
  EXPECT_EQ(example.answer, (Answer{0, 1, 2, 3, 0}));
}

TEST_F(PointSetsTest, TsplibNeedsNoEndAndNoDimension) {
  const auto file =
      write("a.tsp", "EDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION:\n0 0 0\n1 4 0\n2 0 3");
  EXPECT_EQ(first_of(PointSets({.file = file}), 1)[0].answer, (Answer{0, 1, 2, 0}));
}

TEST_F(PointSetsTest, TestsAreInTheOrderOfTheFile) {
  const auto sets = of_sizes(5);
  for (const auto split : {Split::kTest, Split::kValidation}) {
    for (const int64_t rank : {0, 1}) {
      const BatchIndex first{.split = split, .step = 0, .batch_size = 3, .rank = rank};
      const BatchIndex second{.seed = 9, .split = split, .step = 1, .batch_size = 3, .rank = rank};
      EXPECT_EQ(lengths_at(sets, first), (std::vector<int64_t>{3, 4, 5}));
      EXPECT_EQ(lengths_at(sets, second), (std::vector<int64_t>{6, 7, 3}));
    }
  }
}

TEST_F(PointSetsTest, EveryEpochHasEveryInstanceInAnOrderOfItsOwn) {
  const auto sets = of_sizes(12);
  const auto epochs_of = [&sets](int64_t batch_size, uint64_t seed, int64_t rank) {
    std::vector<int64_t> lengths;
    for (int64_t step = 0; step * batch_size < 120; ++step) {
      const BatchIndex index{.seed = seed, .step = step, .batch_size = batch_size, .rank = rank};
      for (const int64_t length : lengths_at(sets, index)) lengths.push_back(length);
    }
    return lengths;
  };
  const auto lengths = epochs_of(5, 1, 0);
  std::set<std::vector<int64_t>> orders;
  for (auto epoch = lengths.begin(); epoch != lengths.end(); epoch += 12) {
    std::vector<int64_t> order(epoch, epoch + 12);
    orders.insert(order);
    std::ranges::sort(order);
    EXPECT_EQ(order, (std::vector<int64_t>{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}));
  }
  EXPECT_EQ(orders.size(), 10U);
  EXPECT_EQ(epochs_of(5, 1, 0), lengths);
  EXPECT_EQ(epochs_of(40, 1, 0), lengths);  // more than an epoch in a batch
  EXPECT_NE(epochs_of(5, 2, 0), lengths);
  EXPECT_NE(epochs_of(5, 1, 1), lengths);
}

TEST_F(PointSetsTest, BatchesArePadded) {
  const auto batch = of_sizes(4).batch({.split = Split::kTest, .batch_size = 4});
  EXPECT_EQ(batch.points.sizes(), (std::vector<int64_t>{4, 6, 2}));
  EXPECT_TRUE((batch.points[0].slice(0, 3) == 0).all().item<bool>());
}

TEST_F(PointSetsTest, LabelsAreAllowed) {
  for (const auto problem : {PointQuestion::kConvexHull, PointQuestion::kDelaunay}) {
    std::string text;
    for (int i = 0; i < 3; ++i) {
      text += R"({"points": [[0, 0], [0, 10], [10, 0], [10, 10], [5, 5], [5, 0], [5, 5]]})";
      text += "\n";
    }
    const auto sets = of_text(text, problem);
    for (const auto& [points, answer] : first_of(sets, sets.size())) {
      expect_allowed(sets.problem(), points.size(), answer);
      EXPECT_TRUE(sets.problem().judge(points, answer, answer).correct);
    }
  }
}

TEST_F(PointSetsTest, SaysWhatIsWrongWithALine) {
  const std::string good = kThree;
  EXPECT_EQ(complaint(good + "\n" + R"({"points": [[0, 0], [1, 0], [1, "a"]]})"),
            R"(points.jsonl:3: point 2 must be two finite numbers, got [1,"a"])");
  EXPECT_EQ(complaint(good + R"({"points": [[0, 0], [1, 0]]})"),
            R"(points.jsonl:2: "points" must be at least 3 points, got 2)");
  EXPECT_EQ(complaint(R"({"dots": []})"), R"(points.jsonl:1: there is no list "points")");
  EXPECT_EQ(complaint("0 0 1 0 0 1"),
            R"(points.jsonl:1: must be {"points": [[x, y], ...]}, got 0 0 1 0 0 1)");
  EXPECT_EQ(complaint("[[0, 0], [1, 0]]"),
            R"(points.jsonl:1: must be {"points": [[x, y], ...]}, got [[0, 0], [1, 0]])");
  EXPECT_EQ(complaint(good + R"({"points": [[0, 0], [1, 0], [1, 1e999]]})"),
            R"(points.jsonl:2: must be {"points": [[x, y], ...]}, got )"
            R"({"points": [[0, 0], [1, 0], [1, 1e999]]})");
  EXPECT_EQ(complaint(R"({"points": [[0, 0], [1, 0], [0, 1]], "answers": []})"),
            R"(points.jsonl:1: there may be "points" and "answer", got "answers")");
  EXPECT_EQ(complaint(good + good + R"({"points": [[0, 0], [1, 1], [2, 2]]})"),
            "points.jsonl:3: all points lie on one line");
}

TEST_F(PointSetsTest, SaysWhatIsWrongWithAnAnswer) {
  const auto of_answer = [this](const std::string& answer, PointQuestion problem) {
    return complaint(R"({"points": [[0, 0], [1, 0], [1, 1], [0, 1]], "answer": )" + answer + "}",
                     "points.jsonl", problem);
  };
  const auto hull = PointQuestion::kConvexHull, triangles = PointQuestion::kDelaunay;
  for (const std::string answer : {"7", "[]", "[0,1,4]", "[0,-1]", "[0,1.0]", R"(["a"])"}) {
    EXPECT_EQ(of_answer(answer, hull),
              R"(points.jsonl:1: "answer" must be a list of indices from 0 to 3, got )" + answer);
  }
  EXPECT_EQ(of_answer("[0, 1, 1]", hull),
            "points.jsonl:1: \"answer\" is none for the convex hull: after [0, 1] it must not go "
            "on with 1");
  EXPECT_EQ(of_answer("[0, 1, 2]", hull),
            "points.jsonl:1: \"answer\" is none for the convex hull: after [0, 1, 2] it must not "
            "end");
  EXPECT_EQ(of_answer("[0, 2, 1, 3, 0]", hull),
            "points.jsonl:1: \"answer\" is none for the convex hull: it is not valid");
  EXPECT_EQ(of_answer("[1, 0, 2]", triangles),
            "points.jsonl:1: \"answer\" is none for the Delaunay triangulation: after [1] it must "
            "not go on with 0");
}

TEST_F(PointSetsTest, SaysWhatIsWrongWithATsplibFile) {
  const std::string head = "TYPE: TSP\nEDGE_WEIGHT_TYPE: EUC_2D\n";
  const std::string nodes = "NODE_COORD_SECTION\n1 0 0\n2 1 0\n3 0 1\n";
  EXPECT_EQ(tsp_complaint("TYPE: ATSP\n"), "a.tsp:1: TYPE must be TSP, got ATSP");
  EXPECT_EQ(tsp_complaint("NAME: a\n\nEDGE_WEIGHT_TYPE: GEO\n"),
            "a.tsp:3: EDGE_WEIGHT_TYPE must be EUC_2D, got GEO");
  EXPECT_EQ(tsp_complaint("EDGE_WEIGHT_TYPE\n"),
            "a.tsp:1: EDGE_WEIGHT_TYPE must be EUC_2D, got nothing");
  EXPECT_EQ(tsp_complaint(head + "EDGE_WEIGHT_SECTION\n0 1\n"),
            "a.tsp:3: only TYPE TSP, EDGE_WEIGHT_TYPE EUC_2D and NODE_COORD_SECTION are supported, "
            "got EDGE_WEIGHT_SECTION");
  EXPECT_EQ(tsp_complaint(head + nodes + "FIXED_EDGES_SECTION\n"),
            "a.tsp:7: only TYPE TSP, EDGE_WEIGHT_TYPE EUC_2D and NODE_COORD_SECTION are supported, "
            "got FIXED_EDGES_SECTION");
  EXPECT_EQ(tsp_complaint(head + "1 0 0\n").substr(0, 12), "a.tsp:3: onl");
  EXPECT_EQ(tsp_complaint(head + "EOF\n"), "a.tsp:3: there is no NODE_COORD_SECTION");
  EXPECT_EQ(tsp_complaint(nodes), "a.tsp:4: EDGE_WEIGHT_TYPE must be EUC_2D, but is not given");
  EXPECT_EQ(tsp_complaint(head + "DIMENSION: 4\n" + nodes),
            "a.tsp:7: DIMENSION is 4, but there are 3 nodes");
  EXPECT_EQ(tsp_complaint(head + "NODE_COORD_SECTION\n1 0 0\n2 1 0\nEOF"),
            "a.tsp:6: there must be at least 3 nodes, got 2");
  EXPECT_EQ(tsp_complaint(head + "NODE_COORD_SECTION\n1 0\n"),
            "a.tsp:4: a node must be a number and two coordinates, got 1 0");
  EXPECT_EQ(tsp_complaint(head + "NODE_COORD_SECTION\n1 0 0 0\n"),
            "a.tsp:4: a node must be a number and two coordinates, got 1 0 0 0");
  for (const std::string number : {"1,5", "1e", "0x10", "nan", "-inf", "1e999", "+-1", "x"}) {
    EXPECT_EQ(tsp_complaint(head + "NODE_COORD_SECTION\n1 0 " + number),
              "a.tsp:4: a coordinate must be a finite number, got " + number);
  }
  EXPECT_EQ(tsp_complaint(head + "NODE_COORD_SECTION\n1 0 0\n2 1 1\n3 2 2\n"),
            "a.tsp:3: all points lie on one line");
}

TEST_F(PointSetsTest, SaysWhatIsWrongWithTheFile) {
  EXPECT_EQ(complaint(""), "points.jsonl: is empty");
  EXPECT_EQ(complaint("\n  \n"), "points.jsonl: is empty");
  const auto complaint_of = [](const std::string& file) {
    return message_of<std::runtime_error>([&file] { PointSets sets({.file = file}); });
  };
  const auto folder = folder_.path().string();
  EXPECT_EQ(complaint_of(folder), folder + ": is a folder");
  EXPECT_EQ(complaint_of(folder + "/none"), folder + "/none: No such file or directory");
}

TEST_F(PointSetsTest, SaysWhatIsWrongWithItsOptions) {
  EXPECT_EQ(message_of<std::invalid_argument>([] { PointSets sets; }),
            "PointSets: file must name a file of instances");
  const auto sets = of_text(kThree);
  EXPECT_EQ(message_of<std::invalid_argument>([&sets] { sets.batch({.batch_size = 0}); }),
            "PointSets: batch_size must be at least 1, got 0");
}

TEST_F(PointSetsTest, FieldsNameEveryOption) {
  PointSetsOptions options;
  const auto fields = fields_of(options);
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0].name, "file");
  EXPECT_EQ(std::get<std::string*>(fields[0].value), &options.file);
  EXPECT_EQ(fields[1].name, "problem");
  EXPECT_EQ(std::get<EnumReference>(fields[1].value).names,
            (std::vector<std::string>{"convex_hull", "delaunay", "tsp"}));
}

}  // namespace
}  // namespace zoo
