#include "zoo/datasets/convex_hull/convex_hull.h"

#include <gtest/gtest.h>

#include <algorithm>
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
const Points kSquare{{0.5, 0.4}, {0, 0}, {1, 1}, {0, 1}, {0.9, 0}};
const Answer kHull{1, 4, 2, 3, 1};

Judgement judge_square(const Answer& answer) {
  return ConvexHullProblem().judge(kSquare, answer, kHull);
}

Judgement judged(bool valid, double given, double solved) {
  return {.valid = valid, .correct = false, .given = given, .solved = solved};
}

double coverage(const std::vector<Judgement>& judgements) {
  const auto summary = ConvexHullProblem().summary(judgements);
  EXPECT_EQ(summary.size(), 1U);
  EXPECT_EQ(summary.front().first, "area_coverage");
  return summary.front().second;
}

TEST(ConvexHull, AnswerBeginsWithTheLowestIndexAndClosesThePolygon) {
  EXPECT_EQ(ConvexHullProblem().solve(kSquare), kHull);
}

TEST(ConvexHull, NeedsThreePointsNotOnALine) {
  const ConvexHullProblem problem;
  EXPECT_EQ(problem.name(), "convex hull");
  EXPECT_EQ(problem.fewest_points(), 3);
  const auto solve = [&problem] { problem.solve({{0, 0}, {1, 1}, {2, 2}}); };
  EXPECT_EQ(message_of<std::invalid_argument>(solve), "all points lie on one line");
}

TEST(ConvexHull, TheSamePolygonIsCorrectHoweverItIsSaid) {
  for (const Answer& answer : {Answer{1, 4, 2, 3, 1},
                               {1, 4, 2, 3},
                               {4, 2, 3, 1},
                               {4, 2, 3, 1, 4},
                               {3, 2, 4, 1},
                               {1, 3, 2, 4, 1},
                               {2, 4, 1, 3, 2}}) {
    const auto judgement = judge_square(answer);
    EXPECT_TRUE(judgement.valid && judgement.correct) << testing::PrintToString(answer);
    EXPECT_DOUBLE_EQ(judgement.given, 0.95);
    EXPECT_DOUBLE_EQ(judgement.solved, 0.95);
  }
}

TEST(ConvexHull, AnotherSimplePolygonIsValidButNotCorrect) {
  const auto smaller = judge_square({1, 4, 2, 1});
  EXPECT_TRUE(smaller.valid);
  EXPECT_FALSE(smaller.correct);
  EXPECT_DOUBLE_EQ(smaller.given, 0.45);
  EXPECT_DOUBLE_EQ(smaller.solved, 0.95);
  const auto dented = judge_square({1, 0, 4, 2, 3});  // every corner and one point more
  EXPECT_TRUE(dented.valid);
  EXPECT_FALSE(dented.correct);
  EXPECT_DOUBLE_EQ(dented.given, 0.95 - 0.9 * 0.4 / 2);
}

TEST(ConvexHull, WhatIsNoSimplePolygonIsNotValid) {
  for (const Answer& answer : {Answer{},
                               {1},
                               {1, 1},
                               {1, 4},
                               {1, 4, 1},  // too few
                               {1, 4, 2, 4, 3},
                               {1, 4, 2, 3, 1, 1},  // a point twice
                               {1, 4, 1, 2, 3, 1},  //
                               {1, 2, 4, 3, 1},     // edges cross
                               {1, 4, 5},
                               {-1, 4, 2}}) {  // no points of the question
    const auto judgement = judge_square(answer);
    EXPECT_FALSE(judgement.valid || judgement.correct) << testing::PrintToString(answer);
    EXPECT_EQ(judgement.given, 0);
    EXPECT_DOUBLE_EQ(judgement.solved, 0.95);
  }
}

TEST(ConvexHull, EdgesThatTouchAreNotSimple) {
  const Points points{{0, 0}, {2, 0}, {2, 2}, {1, 0}, {0, 2}, {1, 1}, {2, 0}};
  const auto valid = [&points](const Answer& answer) {
    return ConvexHullProblem().judge(points, answer, {0, 1, 2, 4}).valid;
  };
  EXPECT_TRUE(valid({0, 1, 2, 4}));
  EXPECT_TRUE(valid({0, 3, 1, 2, 4}));   // a corner inside an edge
  EXPECT_FALSE(valid({0, 1, 2, 3, 4}));  // a corner on another edge
  EXPECT_FALSE(valid({0, 1, 3, 2, 4}));  // there and back
  EXPECT_FALSE(valid({0, 3, 1}));        // flat
  EXPECT_FALSE(valid({3, 0, 1, 2}));     // back over the start
  EXPECT_FALSE(valid({0, 1, 6, 2}));     // two points at one place
}

// Around a point in the middle of them, points in the order of their directions are a simple
// polygon. Of a convex one with two neighbours exchanged, edges cross.
TEST(ConvexHull, JudgesRandomPolygons) {
  const ConvexHullProblem problem;
  Random random({1});
  for (int i = 0; i < 2000; ++i) {
    const auto points = random_points(random, random.integer(4, 50));
    const auto solved = problem.solve(points);
    const auto size = static_cast<double>(points.size());
    Answer star(points.size());
    Point middle;
    for (size_t k = 0; k < star.size(); ++k) {
      star[k] = static_cast<int64_t>(k);
      middle = {middle.x + points[k].x / size, middle.y + points[k].y / size};
    }
    std::ranges::sort(star, {}, [&points, &middle](int64_t index) {
      const auto& [x, y] = points[static_cast<size_t>(index)];
      return std::atan2(y - middle.y, x - middle.x);
    });
    const auto judgement = problem.judge(points, star, solved);
    ASSERT_TRUE(judgement.valid) << "instance " << i;
    ASSERT_EQ(judgement.correct, star.size() + 1 == solved.size());
    ASSERT_LE(judgement.given, judgement.solved + 1e-12);
    Answer crossed(solved.begin(), solved.end() - 1);
    if (crossed.size() < 4) continue;
    std::swap(crossed[0], crossed[1]);
    ASSERT_FALSE(problem.judge(points, crossed, solved).valid) << "instance " << i;
  }
}

TEST(ConvexHull, JudgementIsTheSameForAMirroredOrTurnedQuestion) {
  const ConvexHullProblem problem;
  Random random({2});
  for (int i = 0; i < 500; ++i) {
    const auto points = random_points(random, 6);
    const auto answer = random_answer(problem, 6, random, 0);
    Points mirrored, turned;
    for (const auto& [x, y] : points) mirrored.push_back({1 - x, y});
    for (const auto& [x, y] : points) turned.push_back({-y, x});
    const auto expected = problem.judge(points, answer, problem.solve(points));
    for (const auto& other : {mirrored, turned}) {
      const auto judgement = problem.judge(other, answer, problem.solve(other));
      ASSERT_EQ(judgement.valid, expected.valid);
      ASSERT_EQ(judgement.correct, expected.correct);
      ASSERT_NEAR(judgement.given, expected.given, 1e-12);
      ASSERT_NEAR(judgement.solved, expected.solved, 1e-12);
    }
  }
}

TEST(ConvexHull, CoverageIsTheMeanOverValidAnswers) {
  EXPECT_DOUBLE_EQ(coverage({judged(true, 0.5, 0.5), judged(true, 0.1, 0.2)}), 0.75);
  std::vector<Judgement> judgements(99, judged(true, 0.3, 0.4));
  judgements.push_back(judged(false, 0, 0.4));
  EXPECT_NEAR(coverage(judgements), 0.75, 1e-12);  // 1 %
  judgements.pop_back();
  judgements.back() = judged(false, 0, 0.4);
  EXPECT_TRUE(std::isnan(coverage(judgements)));  // 1 of 99
  EXPECT_TRUE(std::isnan(coverage({})));
}

TEST(ConvexHull, AllowsEveryPointOnceThenTheFirstThenTheEnd) {
  const ConvexHullProblem problem;
  const auto allowed = [&problem](const Answer& prefix) {
    return allowed_after(problem, 4, prefix);
  };
  EXPECT_EQ(allowed({}), (std::vector<bool>{false, true, true, true, true}));
  EXPECT_EQ(allowed({2}), (std::vector<bool>{false, true, true, false, true}));
  EXPECT_EQ(allowed({2, 0}), (std::vector<bool>{false, false, true, false, true}));
  EXPECT_EQ(allowed({2, 0, 1}), (std::vector<bool>{false, false, false, true, true}));
  EXPECT_EQ(allowed({2, 0, 1, 3}), (std::vector<bool>{false, false, false, true, false}));
  EXPECT_EQ(allowed({2, 0, 1, 2}), (std::vector<bool>{true, false, false, false, false}));
}

TEST(ConvexHull, LabelsAreAllowedAndCorrect) {
  const ConvexHullProblem problem;
  Random random({3});
  for (int i = 0; i < 2000; ++i) {
    const auto points = random_points(random, random.integer(3, 40));
    const auto answer = problem.solve(points);
    expect_allowed(problem, points.size(), answer);
    const auto judgement = problem.judge(points, answer, answer);
    ASSERT_TRUE(judgement.valid && judgement.correct);
    ASSERT_EQ(judgement.given, judgement.solved);
  }
}

TEST(ConvexHull, WhatIsAllowedIsAPolygonOfDifferentPoints) {
  const ConvexHullProblem problem;
  Random random({4});
  for (int i = 0; i < 2000; ++i) {
    const auto count = static_cast<size_t>(random.integer(3, 12));
    const auto answer = random_answer(problem, count, random, 0);
    ASSERT_EQ(answer.front(), answer.back());
    const std::set<int64_t> corners(answer.begin(), answer.end());
    ASSERT_EQ(corners.size() + 1, answer.size());
    ASSERT_GE(corners.size(), 3U);
  }
}

TEST(ConvexHull, DescribesAndOutlines) {
  const ConvexHullProblem problem;
  EXPECT_EQ(problem.describe(kSquare, {1, 4, 2, 1}).dump(), R"({"indices":[1,4,2],"area":0.45})");
  EXPECT_EQ(problem.describe(kSquare, {1, 2, 4, 3}).dump(), R"({"indices":[1,2,4,3],"area":null})");
  EXPECT_EQ(problem.describe(kSquare, {7, 7, 7}).dump(), R"({"indices":[7,7],"area":null})");
  const auto lines = problem.outlines(kHull);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].indices, (std::vector<int64_t>{1, 4, 2, 3}));
  EXPECT_TRUE(lines[0].closed);
}

TEST(ConvexHull, BatchesAreLabelledInstancesOfOneSize) {
  const ConvexHull hull({.min_points = 4, .max_points = 9});
  EXPECT_EQ(hull.most_points(), 9);
  std::set<int64_t> sizes;
  for (int64_t step = 0; step < 200; ++step) {
    const auto batch = hull.batch({.step = step, .batch_size = 3});
    EXPECT_TRUE((batch.lengths == batch.points.size(1)).all().item<bool>());
    sizes.insert(batch.points.size(1));
    for (const auto& [points, answer] : decode_points(batch)) {
      ASSERT_EQ(answer, hull.problem().solve(points));
    }
  }
  EXPECT_EQ(sizes, (std::set<int64_t>{4, 5, 6, 7, 8, 9}));
}

TEST(ConvexHull, ABatchIsAFunctionOfItsIndex) {
  const ConvexHull hull({.min_points = 5, .max_points = 8});
  const BatchIndex index{.seed = 3, .split = Split::kTest, .step = 6, .batch_size = 4};
  const auto batch = hull.batch(index);
  hull.batch({});
  const auto again = ConvexHull({.min_points = 5, .max_points = 8}).batch(index);
  EXPECT_TRUE(torch::equal(batch.points, again.points));
  EXPECT_TRUE(torch::equal(batch.targets, again.targets));
  EXPECT_TRUE(torch::equal(batch.target_lengths, again.target_lengths));
  std::vector<BatchIndex> others(4, index);
  others[0].seed = 4;
  others[1].split = Split::kValidation;
  others[2].step = 7;
  others[3].rank = 1;
  for (const auto& other : others)
    EXPECT_FALSE(torch::equal(batch.points, hull.batch(other).points));
}

TEST(ConvexHull, SaysWhatIsWrongWithItsOptions) {
  const auto complaint = [](ConvexHullOptions options) {
    return message_of<std::invalid_argument>([&options] { ConvexHull hull(options); });
  };
  EXPECT_EQ(complaint({.min_points = 2}),
            "ConvexHull: min_points must be between 3 and 10000, got 2");
  EXPECT_EQ(complaint({.max_points = 10001}),
            "ConvexHull: max_points must be between 3 and 10000, got 10001");
  EXPECT_EQ(complaint({.min_points = 6}),
            "ConvexHull: max_points must be at least min_points, which is 6, got 5");
  EXPECT_EQ(message_of<std::invalid_argument>([] { ConvexHull().batch({.batch_size = 0}); }),
            "ConvexHull: batch_size must be at least 1, got 0");
}

TEST(ConvexHull, FieldsNameEveryOption) {
  expect_fields<ConvexHullOptions>({"min_points", "max_points"});
}

}  // namespace
}  // namespace zoo
