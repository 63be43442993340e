#include "zoo/datasets/tsp/tsp.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/message_of.h"
#include "support/pointing.h"
#include "support/temporary_folder.h"

namespace zoo {
namespace {

const Points kSquare = {{0, 0}, {1, 1}, {1, 0}, {0, 1}};  // the way around is 0 2 1 3

std::vector<int> allowed(const Answer& prefix, size_t points) {
  bool places[32] = {};
  const std::span may_follow(places, points + 1);
  TspProblem().allow(prefix, may_follow);
  return {may_follow.begin(), may_follow.end()};
}

// Each coordinate of the points stands for its instance.
std::set<std::vector<double>> instances_of(const PointingBatch& batch) {
  std::set<std::vector<double>> instances;
  for (const auto& [points, answer] : decode_points(batch)) {
    std::vector<double> numbers;
    for (const auto& [x, y] : points) numbers.insert(numbers.end(), {x, y});
    instances.insert(numbers);
  }
  return instances;
}

TEST(Tsp, AnswersVisitEveryPointOnceFromPoint0On) {
  for (const auto solver : {TourSolver::kOptimal, TourSolver::kTwoOpt, TourSolver::kGreedyEdge,
                            TourSolver::kChristofides}) {
    const Tsp tsp({.min_points = 3, .max_points = 14, .solver = solver});
    EXPECT_EQ(tsp.most_points(), 14);
    std::set<int64_t> sizes;
    for (int64_t step = 0; step < 60; ++step) {
      const auto batch = tsp.batch({.step = step, .batch_size = 4});
      const int64_t size = batch.points.size(1);
      sizes.insert(size);
      EXPECT_EQ(batch.targets.sizes(), torch::IntArrayRef({4, size + 1}));
      EXPECT_TRUE((batch.lengths == size).all().item<bool>());
      EXPECT_TRUE((batch.target_lengths == size + 1).all().item<bool>());
      EXPECT_TRUE((batch.points >= 0).all().item<bool>() && (batch.points <= 1).all().item<bool>());
      EXPECT_TRUE((batch.targets.select(1, 0) == 1).all().item<bool>());
      const auto sorted = std::get<0>(batch.targets.sort(1));
      EXPECT_TRUE((sorted == torch::arange(size + 1)).all().item<bool>());
      EXPECT_TRUE((batch.targets.select(1, size) == 0).all().item<bool>());
    }
    EXPECT_EQ(sizes.size(), 12U);
  }
}

TEST(Tsp, ABatchDependsOnItsIndexAlone) {
  const Tsp tsp({.min_points = 5, .max_points = 6});
  const BatchIndex index = {.seed = 3, .step = 5, .batch_size = 8};
  const auto batch = tsp.batch(index);
  std::vector<PointingBatch> again(4);
  {
    std::vector<std::jthread> threads;
    for (auto& each : again) threads.emplace_back([&] { each = tsp.batch(index); });
  }
  for (const auto& each : again) EXPECT_TRUE(same(each, batch));
  EXPECT_TRUE(same(Tsp({.min_points = 5, .max_points = 6}).batch(index), batch));
  for (const BatchIndex& other :
       {BatchIndex{.seed = 4, .step = 5, .batch_size = 8},
        BatchIndex{.seed = 3, .split = Split::kTest, .step = 5, .batch_size = 8},
        BatchIndex{.seed = 3, .step = 6, .batch_size = 8},
        BatchIndex{.seed = 3, .step = 5, .batch_size = 8, .rank = 1}}) {
    const auto instances = instances_of(tsp.batch(other));
    for (const auto& instance : instances_of(batch)) EXPECT_FALSE(instances.contains(instance));
  }
}

TEST(Tsp, TwoOptGivesWayToTheOptimumForFewPoints) {
  Random random({8});
  int64_t different = 0;
  for (int i = 0; i < 300; ++i) {
    const auto points = random_points(random, 12);
    const auto optimal = TspProblem().solve(points);
    EXPECT_EQ(TspProblem({.solver = TourSolver::kTwoOpt, .exact_up_to = 12}).solve(points),
              optimal);
    const auto found = TspProblem({.solver = TourSolver::kTwoOpt, .exact_up_to = 11}).solve(points);
    different += found != optimal;
  }
  EXPECT_GT(different, 0);
}

TEST(Tsp, EitherDirectionIsAsLikelyUnlessItIsCanonical) {
  constexpr int kInstances = 4000;
  Random random({9});
  int64_t canonical = 0;
  for (int i = 0; i < kInstances; ++i) {
    const auto points = random_points(random, 6);
    const auto tour = TspProblem().solve(points);
    const auto other = TspProblem({.orientation = TourOrientation::kCanonical}).solve(points);
    EXPECT_LT(other[1], other.back());
    auto reversed = tour;
    std::reverse(reversed.begin() + 1, reversed.end());
    EXPECT_TRUE(other == tour || other == reversed);
    canonical += other == tour;
  }
  EXPECT_NEAR(static_cast<double>(canonical), kInstances / 2.0, 4 * std::sqrt(kInstances) / 2);
}

TEST(Tsp, TheReadmesExampleIsRight) {
  EXPECT_EQ(TspProblem().solve({{0.1, 0.2}, {0.9, 0.8}, {0.2, 0.9}, {0.8, 0.1}, {0.5, 0.6}}),
            (Answer{0, 2, 4, 1, 3}));
}

TEST(Tsp, JudgesToursFromAnyPointInAnyDirection) {
  const Answer solved = {0, 2, 1, 3};
  for (const Answer& given : {Answer{0, 2, 1, 3}, Answer{0, 3, 1, 2}, Answer{1, 3, 0, 2},
                              Answer{2, 0, 3, 1}, Answer{1, 2, 0, 3, 1}}) {
    const auto judgement = TspProblem().judge(kSquare, given, solved);
    EXPECT_TRUE(judgement.valid && judgement.correct);
    EXPECT_DOUBLE_EQ(judgement.given, 4);
    EXPECT_DOUBLE_EQ(judgement.solved, 4);
  }
  const auto crossed = TspProblem().judge(kSquare, {0, 1, 2, 3}, solved);
  EXPECT_TRUE(crossed.valid);
  EXPECT_FALSE(crossed.correct);
  EXPECT_DOUBLE_EQ(crossed.given, 2 + 2 * std::sqrt(2));
  const auto better = TspProblem().judge(kSquare, solved, {0, 1, 2, 3});
  EXPECT_TRUE(better.valid && better.correct);
}

TEST(Tsp, JudgesWhatIsNoTourInvalid) {
  for (const Answer& given :
       {Answer{}, Answer{0}, Answer{0, 0}, Answer{0, 2, 1}, Answer{0, 2, 1, 1}, Answer{0, 2, 1, 4},
        Answer{0, 2, 1, -1}, Answer{0, 2, 1, 3, 2}, Answer{0, 2, 1, 0}, Answer{0, 2, 1, 3, 0, 0}}) {
    const auto judgement = TspProblem().judge(kSquare, given, {0, 2, 1, 3});
    EXPECT_FALSE(judgement.valid || judgement.correct) << testing::PrintToString(given);
    EXPECT_DOUBLE_EQ(judgement.solved, 4);
  }
}

TEST(Tsp, JudgesPointsThatAreAllEqual) {
  const Points equal(4, Point{0.5, 0.5});
  const auto judgement = TspProblem().judge(equal, {0, 1, 2, 3}, TspProblem().solve(equal));
  EXPECT_TRUE(judgement.valid && judgement.correct);
  const auto summary = TspProblem().summary(std::vector{judgement});
  EXPECT_EQ(summary[2].second, 0);
}

TEST(Tsp, SumsUpTheValid) {
  const std::vector<Judgement> judgements = {
      {.valid = true, .correct = true, .given = 2, .solved = 2},
      {.valid = false, .correct = false, .given = 0, .solved = 100},
      {.valid = true, .correct = false, .given = 4, .solved = 3}};
  const auto summary = TspProblem().summary(judgements);
  ASSERT_EQ(summary.size(), 3U);
  EXPECT_EQ(summary[0], std::pair(std::string("tour_length"), 3.0));
  EXPECT_EQ(summary[1], std::pair(std::string("solver_length"), 2.5));
  EXPECT_EQ(summary[2].first, "gap");
  EXPECT_NEAR(summary[2].second, 0.2, 1e-15);
  for (const auto& [name, value] : TspProblem().summary(std::span(judgements).subspan(1, 1))) {
    EXPECT_TRUE(std::isnan(value)) << name;
  }
}

TEST(Tsp, AllowsPoint0ThenTheUnvisitedThenTheEnd) {
  EXPECT_EQ(allowed({}, 4), (std::vector{0, 1, 0, 0, 0}));
  EXPECT_EQ(allowed({0}, 4), (std::vector{0, 0, 1, 1, 1}));
  EXPECT_EQ(allowed({0, 2}, 4), (std::vector{0, 0, 1, 0, 1}));
  EXPECT_EQ(allowed({0, 2, 1}, 4), (std::vector{0, 0, 0, 0, 1}));
  EXPECT_EQ(allowed({0, 2, 1, 3}, 4), (std::vector{1, 0, 0, 0, 0}));
  EXPECT_EQ(allowed({0, 2, 1, 3, 0}, 4), (std::vector{1, 0, 0, 0, 0}));
  EXPECT_EQ(allowed({2, 2, 7, -1}, 4), (std::vector{0, 1, 1, 0, 1}));  // no tour any more
}

TEST(Tsp, DescribesAndDrawsATour) {
  const TspProblem problem;
  EXPECT_EQ(problem.describe(kSquare, {0, 2, 1, 3}).dump(),
            R"({"indices":[0,2,1,3],"length":4.0})");
  EXPECT_EQ(problem.describe(kSquare, {0, 2}).dump(), R"({"indices":[0,2],"length":null})");
  for (const Answer& answer : {Answer{0, 2, 1, 3}, Answer{0, 2, 1, 3, 0}}) {
    const auto outlines = problem.outlines(answer);
    ASSERT_EQ(outlines.size(), 1U);
    EXPECT_EQ(outlines[0].indices, (Answer{0, 2, 1, 3}));
    EXPECT_TRUE(outlines[0].closed);
  }
  EXPECT_TRUE(problem.outlines({})[0].indices.empty());
  EXPECT_EQ(problem.name(), "tour");
}

TEST(Tsp, TrainsOnSoManyInstancesAndIsMeasuredOnNewOnes) {
  const TemporaryFolder folder;
  ::setenv("ZOO_CACHE", folder.path().c_str(), 1);
  const Tsp tsp({.instances = 60});
  ::unsetenv("ZOO_CACHE");
  std::set<std::vector<double>> trained, validated;
  for (int64_t step = 0; step < 12; ++step) {
    trained.merge(instances_of(tsp.batch({.step = step, .batch_size = 10})));
    validated.merge(
        instances_of(tsp.batch({.split = Split::kValidation, .step = step, .batch_size = 10})));
  }
  EXPECT_EQ(trained.size(), 60U);
  EXPECT_EQ(validated.size(), 120U);
  for (const auto& instance : validated) EXPECT_FALSE(trained.contains(instance));
}

TEST(Tsp, SaysWhatIsWrong) {
  const auto message = [](TspOptions options) {
    return message_of<std::invalid_argument>([&] { Tsp{options}; });
  };
  EXPECT_EQ(message({.min_points = 2}), "Tsp: min_points must be between 3 and 1000, got 2");
  EXPECT_EQ(message({.max_points = 1001}), "Tsp: max_points must be between 3 and 1000, got 1001");
  EXPECT_EQ(message({.min_points = 7, .max_points = 6}),
            "Tsp: max_points must be at least min_points, which is 7, got 6");
  EXPECT_EQ(message({.max_points = 50}),
            "Tsp: solver optimal is for at most 20 cities, max_points is 50; choose two_opt");
  EXPECT_EQ(message({.exact_up_to = 21}), "Tsp: exact_up_to must be between 0 and 20, got 21");
  EXPECT_EQ(message({.instances = -1}), "Tsp: instances must be between 0 and 100000000, got -1");
  EXPECT_EQ(message({.max_points = 9, .instances = 4}),
            "Tsp: instances must be at least 5, one of every number of points, got 4");
  EXPECT_EQ(message_of<std::invalid_argument>([] { Tsp().batch({.batch_size = 0}); }),
            "Tsp: batch_size must be at least 1, got 0");
  EXPECT_EQ(message_of<std::invalid_argument>([] {
              TspProblem().solve({{0, 0}, {1, 1}});
            }),
            "a tour needs at least 3 points, got 2");
}

TEST(Tsp, FieldsNameEveryOption) {
  TspOptions options;
  std::vector<std::string> names;
  for (const auto& field : fields_of(options)) names.push_back(field.name);
  EXPECT_EQ(names, (std::vector<std::string>{"min_points", "max_points", "solver", "exact_up_to",
                                             "orientation", "instances"}));
}

}  // namespace
}  // namespace zoo
