#include "zoo/datasets/delaunay/delaunay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "support/message_of.h"
#include "support/random_points.h"
#include "support/transduction.h"

namespace zoo {
namespace {

// The drawing of the README.
const Points kKite{{1, 0.5}, {0.4, 0.5}, {0, 1}, {0, 0}};
const Answer kTriangles{1, 2, 3, 0, 1, 3, 0, 1, 2};

Judgement judge_kite(const Answer& answer) {
  return DelaunayProblem().judge(kKite, answer, kTriangles);
}

TEST(Delaunay, TrianglesAreInTheOrderOfTheirIncentres) {
  // The two on the right mirror each other, so y decides: 0 1 3 is the lower one.
  EXPECT_EQ(DelaunayProblem().solve(kKite), kTriangles);
}

// The bisectors of the angles at two corners meet in the incentre.
TEST(Delaunay, LabelsAreInCanonicalOrder) {
  const DelaunayProblem problem;
  Random random({1});
  for (int i = 0; i < 1000; ++i) {
    const auto points = random_points(random, random.integer(3, 30));
    const auto answer = problem.solve(points);
    std::array<double, 2> last{-1, -1};
    for (size_t at = 0; at < answer.size(); at += 3) {
      ASSERT_LT(answer[at], answer[at + 1]);
      ASSERT_LT(answer[at + 1], answer[at + 2]);
      const auto& a = points[static_cast<size_t>(answer[at])];
      const auto& b = points[static_cast<size_t>(answer[at + 1])];
      const auto& c = points[static_cast<size_t>(answer[at + 2])];
      const auto bisector = [](const Point& corner, const Point& left, const Point& right) {
        const double l = std::hypot(left.x - corner.x, left.y - corner.y);
        const double r = std::hypot(right.x - corner.x, right.y - corner.y);
        return Point{(left.x - corner.x) / l + (right.x - corner.x) / r,
                     (left.y - corner.y) / l + (right.y - corner.y) / r};
      };
      const Point u = bisector(a, b, c), v = bisector(b, a, c);
      const double along = ((b.x - a.x) * v.y - (b.y - a.y) * v.x) / (u.x * v.y - u.y * v.x);
      const std::array<double, 2> centre{a.x + along * u.x, a.y + along * u.y};
      ASSERT_LT(last[0], centre[0] + 1e-9) << "instance " << i;
      last = centre;
    }
  }
}

TEST(Delaunay, NeedsThreePointsNotOnALine) {
  const DelaunayProblem problem;
  EXPECT_EQ(problem.name(), "Delaunay triangulation");
  EXPECT_EQ(problem.fewest_points(), 3);
  const auto solve = [&problem] { problem.solve({{0, 0}, {1, 1}, {2, 2}}); };
  EXPECT_EQ(message_of<std::invalid_argument>(solve), "all points lie on one line");
}

TEST(Delaunay, TheSameTrianglesAreCorrectHoweverTheyAreSaid) {
  for (const Answer& answer :
       {kTriangles, {0, 1, 2, 0, 1, 3, 1, 2, 3}, {2, 1, 0, 3, 0, 1, 3, 2, 1}}) {
    const auto judgement = judge_kite(answer);
    EXPECT_TRUE(judgement.valid && judgement.correct) << testing::PrintToString(answer);
    EXPECT_EQ(judgement.given, 3);
    EXPECT_EQ(judgement.solved, 3);
  }
}

TEST(Delaunay, OtherTrianglesAreValidButNotCorrect) {
  for (const auto& [answer, right] :
       std::vector<std::pair<Answer, double>>{{{0, 2, 3}, 0},
                                              {{0, 1, 2}, 1},
                                              {{0, 1, 2, 0, 2, 3, 2, 3, 1}, 2},
                                              {{0, 1, 2, 0, 2, 3, 2, 3, 1, 1, 0, 3}, 3}}) {
    const auto judgement = judge_kite(answer);
    EXPECT_TRUE(judgement.valid);
    EXPECT_FALSE(judgement.correct);
    EXPECT_EQ(judgement.given, right) << testing::PrintToString(answer);
    EXPECT_EQ(judgement.solved, 3);
  }
}

TEST(Delaunay, WhatIsNotValidStillCountsItsRightTriangles) {
  for (const auto& [answer, right] : std::vector<std::pair<Answer, double>>{
           {{}, 0},
           {{0, 1}, 0},
           {{1, 2, 3, 0, 1, 2, 0, 1, 3, 0}, 3},        // incomplete at its end
           {{1, 2, 3, 0, 1, 2, 0, 1}, 2},              //
           {{1, 2, 3, 0, 1, 2, 0, 1, 3, 3, 2, 1}, 3},  // one twice
           {{1, 2, 3, 0, 1, 2, 0, 1, 3, 1, 2, 4}, 3},  // no point of the question
           {{1, 2, 3, -1, 1, 2}, 1},                   //
           {{1, 2, 3, 0, 0, 2}, 1}}) {                 // a corner twice
    const auto judgement = judge_kite(answer);
    EXPECT_FALSE(judgement.valid || judgement.correct) << testing::PrintToString(answer);
    EXPECT_EQ(judgement.given, right) << testing::PrintToString(answer);
    EXPECT_EQ(judgement.solved, 3);
  }
}

TEST(Delaunay, CoverageIsTheMeanOverAllAnswers) {
  const std::vector<Judgement> judgements{judge_kite(kTriangles), judge_kite({0, 1, 2}),
                                          judge_kite({}), judge_kite({0, 1, 2, 1, 2, 3, 0})};
  const auto summary = DelaunayProblem().summary(judgements);
  ASSERT_EQ(summary.size(), 1U);
  EXPECT_EQ(summary.front().first, "triangle_coverage");
  EXPECT_DOUBLE_EQ(summary.front().second, (1 + 1.0 / 3 + 0 + 2.0 / 3) / 4);
}

TEST(Delaunay, AllowsIncreasingIndicesAndTheEndBetweenTriangles) {
  const DelaunayProblem problem;
  const auto allowed = [&problem](const Answer& prefix) {
    return allowed_after(problem, 5, prefix);
  };
  EXPECT_EQ(allowed({}), (std::vector<bool>{false, true, true, true, false, false}));
  EXPECT_EQ(allowed({1}), (std::vector<bool>{false, false, false, true, true, false}));
  EXPECT_EQ(allowed({1, 2}), (std::vector<bool>{false, false, false, false, true, true}));
  EXPECT_EQ(allowed({1, 2, 4}), (std::vector<bool>{true, true, true, true, false, false}));
}

TEST(Delaunay, AllowsNoTriangleTwice) {
  const DelaunayProblem problem;
  const auto allowed = [&problem](const Answer& prefix) {
    return allowed_after(problem, 5, prefix);
  };
  EXPECT_EQ(allowed({1, 2, 4, 1, 2}), (std::vector<bool>{false, false, false, false, true, false}));
  // There is one triangle from 2, and of two from 1 and 2 both are gone.
  EXPECT_EQ(allowed({2, 3, 4}), (std::vector<bool>{true, true, true, false, false, false}));
  EXPECT_EQ(allowed({1, 2, 4, 1, 2, 3, 1}),
            (std::vector<bool>{false, false, false, false, true, false}));
  EXPECT_EQ(allowed_after(problem, 3, Answer{0, 1, 2}),
            (std::vector<bool>{true, false, false, false}));
}

TEST(Delaunay, LabelsAreAllowedAndCorrect) {
  const DelaunayProblem problem;
  Random random({3});
  for (int i = 0; i < 500; ++i) {
    const auto points = random_points(random, random.integer(3, 30));
    const auto answer = problem.solve(points);
    expect_allowed(problem, points.size(), answer);
    const auto judgement = problem.judge(points, answer, answer);
    ASSERT_TRUE(judgement.valid && judgement.correct);
    ASSERT_EQ(judgement.given, static_cast<double>(answer.size()) / 3);
  }
}

TEST(Delaunay, WhatIsAllowedIsValid) {
  const DelaunayProblem problem;
  Random random({4});
  for (int i = 0; i < 2000; ++i) {
    const int64_t count = random.integer(3, 8);
    const auto points = random_points(random, count);
    // Up to all triangles that there are.
    const auto steps = static_cast<size_t>(random.integer(1, count * count * count));
    const auto answer = random_answer(problem, points.size(), random, steps);
    ASSERT_TRUE(problem.judge(points, answer, problem.solve(points)).valid)
        << testing::PrintToString(answer);
  }
}

TEST(Delaunay, JudgementDoesNotDependOnTheNumberingOfThePoints) {
  const DelaunayProblem problem;
  Random random({5});
  for (int i = 0; i < 500; ++i) {
    const auto points = random_points(random, 6);
    std::vector<int64_t> place{0, 1, 2, 3, 4, 5};  // of each point among those in another order
    random.shuffle(std::span(place));
    Points shuffled(points.size());
    for (size_t k = 0; k < place.size(); ++k) shuffled[static_cast<size_t>(place[k])] = points[k];
    const auto answer = random_answer(problem, 6, random, 0);
    Answer renumbered;
    for (const int64_t index : answer) renumbered.push_back(place[static_cast<size_t>(index)]);
    const auto one = problem.judge(points, answer, problem.solve(points));
    const auto other = problem.judge(shuffled, renumbered, problem.solve(shuffled));
    ASSERT_EQ(one.valid, other.valid);
    ASSERT_EQ(one.correct, other.correct);
    ASSERT_EQ(one.given, other.given);
    ASSERT_EQ(one.solved, other.solved);
  }
}

TEST(Delaunay, DescribesAndOutlines) {
  const DelaunayProblem problem;
  EXPECT_EQ(problem.describe(kKite, {1, 2, 3, 0, 1, 2, 0}).dump(),
            R"({"indices":[1,2,3,0,1,2,0],"triangles":[[1,2,3],[0,1,2]]})");
  EXPECT_EQ(problem.describe(kKite, {}).dump(), R"({"indices":[],"triangles":[]})");
  const auto lines = problem.outlines({1, 2, 3, 0, 1, 2});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].indices, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(lines[1].indices, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_TRUE(lines[0].closed && lines[1].closed);
}

TEST(Delaunay, BatchesAreLabelledInstancesOfOneSize) {
  const Delaunay delaunay({.min_points = 4, .max_points = 6});
  EXPECT_EQ(delaunay.most_points(), 6);
  std::set<int64_t> sizes;
  for (int64_t step = 0; step < 50; ++step) {
    const BatchIndex index{.step = step, .batch_size = 3};
    const auto batch = delaunay.batch(index);
    EXPECT_TRUE((batch.lengths == batch.points.size(1)).all().item<bool>());
    EXPECT_TRUE(torch::equal(batch.points, delaunay.batch(index).points));
    EXPECT_TRUE(torch::equal(batch.targets, delaunay.batch(index).targets));
    sizes.insert(batch.points.size(1));
    for (const auto& [points, answer] : decode_points(batch)) {
      ASSERT_EQ(answer, delaunay.problem().solve(points));
    }
  }
  EXPECT_EQ(sizes, (std::set<int64_t>{4, 5, 6}));
}

TEST(Delaunay, SaysWhatIsWrongWithItsOptions) {
  const auto complaint = [](DelaunayOptions options) {
    return message_of<std::invalid_argument>([&options] { Delaunay delaunay(options); });
  };
  EXPECT_EQ(complaint({.min_points = 2}),
            "Delaunay: min_points must be between 3 and 10000, got 2");
  EXPECT_EQ(complaint({.min_points = 6}),
            "Delaunay: max_points must be at least min_points, which is 6, got 5");
  EXPECT_EQ(message_of<std::invalid_argument>([] { Delaunay().batch({.batch_size = 0}); }),
            "Delaunay: batch_size must be at least 1, got 0");
}

TEST(Delaunay, FieldsNameEveryOption) {
  expect_fields<DelaunayOptions>({"min_points", "max_points"});
}

// No triangulation of n points has more triangles than 2 n - 5, so an answer of that many must end.
TEST(Delaunay, EndsAtTheMostTrianglesThereCanBe) {
  const DelaunayProblem problem;
  const Answer answer = {0, 1, 2, 0, 1, 3, 0, 1, 4, 0, 2, 3, 0, 2, 4};  // 5 triangles of 5 points
  const auto only_end = allowed_after(problem, 5, answer);
  EXPECT_EQ(only_end, (std::vector<bool>{true, false, false, false, false, false}));
  const auto before = allowed_after(problem, 5, std::span(answer).first(12));
  EXPECT_TRUE(before[0]);
  EXPECT_GT(std::ranges::count(before, true), 1);
  EXPECT_EQ(problem.most_steps(5), 16);
}

}  // namespace
}  // namespace zoo
