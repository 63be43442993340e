#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/message_of.h"
#include "support/pointing.h"
#include "zoo/datasets/instance_store.h"
#include "zoo/datasets/tsp/solvers.h"
#include "zoo/datasets/tsp/tsp.h"

namespace zoo {
namespace {

struct NamedSolver {
  std::string name;
  Answer (*solve)(const Distances& distances);
};

const std::vector<NamedSolver> kSolvers = {{"held_karp", held_karp},
                                           {"multistart_two_opt", multistart_two_opt},
                                           {"greedy_edge", greedy_edge},
                                           {"christofides", christofides}};

void expect_tour(const Answer& tour, size_t cities, const std::string& about) {
  ASSERT_EQ(tour.size(), cities) << about;
  EXPECT_EQ(tour.front(), 0) << about;
  auto sorted = tour;
  std::ranges::sort(sorted);
  for (size_t i = 0; i < cities; ++i) EXPECT_EQ(sorted[i], static_cast<int64_t>(i)) << about;
}

double shortest_of_all(const Distances& distances) {
  Answer tour(distances.size());
  std::iota(tour.begin(), tour.end(), 0);
  double shortest = std::numeric_limits<double>::infinity();
  do {
    shortest = std::min(shortest, tour_length(distances, tour));
  } while (std::next_permutation(tour.begin() + 1, tour.end()));
  return shortest;
}

/// Mean and standard deviation of the lengths of a solver's tours.
struct Lengths {
  double mean = 0;
  double deviation = 0;
};

Lengths lengths_of(Answer (*solve)(const Distances&), int64_t cities, int64_t instances) {
  Random random({1, static_cast<uint64_t>(cities)});
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < instances; ++i) {
    const Distances distances(random_points(random, cities));
    const double length = tour_length(distances, solve(distances));
    sum += length;
    squares += length * length;
  }
  const auto count = static_cast<double>(instances);
  return {sum / count, std::sqrt(squares / count - sum * sum / count / count)};
}

TEST(TourSolvers, MeasureAClosedTour) {
  const Points square = {{0, 0}, {3, 4}, {3, 0}, {0, 4}};
  EXPECT_DOUBLE_EQ(tour_length(square, {0, 2, 1, 3}), 14);
  EXPECT_DOUBLE_EQ(tour_length(square, {0, 1, 2, 3}), 18);
  EXPECT_DOUBLE_EQ(tour_length(Distances(square), {0, 1, 2, 3}), 18);
  EXPECT_DOUBLE_EQ(tour_length(square, {0, 1}), 10);
  EXPECT_DOUBLE_EQ(tour_length(square, {2}), 0);
  EXPECT_EQ(from_city_0({3, 1, 0, 2}), (Answer{0, 2, 3, 1}));
}

TEST(TourSolvers, HeldKarpFindsTheShortestOfAllTours) {
  Random random({2});
  for (int64_t cities = 1; cities <= 8; ++cities) {
    for (int i = 0; i < 30; ++i) {
      const Distances distances(random_points(random, cities));
      const auto tour = held_karp(distances);
      expect_tour(tour, distances.size(), "held_karp");
      EXPECT_NEAR(tour_length(distances, tour), shortest_of_all(distances), 1e-12);
    }
  }
}

// Nothing else is shorter on a circle than to go around it.
TEST(TourSolvers, AllGoAroundACircle) {
  for (const int64_t cities : {3, 4, 5, 12, 13}) {
    std::vector<int64_t> order(static_cast<size_t>(cities));
    std::iota(order.begin(), order.end(), 0);
    Random({static_cast<uint64_t>(cities)}).shuffle(std::span(order));
    Points points;
    for (const int64_t place : order) {
      const double angle =
          2 * std::numbers::pi * static_cast<double>(place) / static_cast<double>(cities);
      points.push_back({std::cos(angle), std::sin(angle)});
    }
    const double around =
        2 * static_cast<double>(cities) * std::sin(std::numbers::pi / static_cast<double>(cities));
    for (const auto& [name, solve] : kSolvers) {
      const auto tour = solve(Distances(points));
      expect_tour(tour, points.size(), name);
      EXPECT_NEAR(tour_length(points, tour), around, 1e-12) << name << " of " << cities;
    }
  }
}

TEST(TourSolvers, NoneIsShorterThanTheOptimum) {
  Random random({3});
  double optimal = 0, two_opt = 0;
  for (int i = 0; i < 500; ++i) {
    const Distances distances(random_points(random, 10));
    const double shortest = tour_length(distances, held_karp(distances));
    for (const auto& [name, solve] : kSolvers) {
      EXPECT_GE(tour_length(distances, solve(distances)), shortest - 1e-12) << name;
    }
    optimal += shortest;
    two_opt += tour_length(distances, multistart_two_opt(distances));
  }
  EXPECT_LT(two_opt / optimal - 1, 0.005);
}

TEST(TourSolvers, TwoOptLeavesNothingToTurnAround) {
  Random random({4});
  for (int i = 0; i < 20; ++i) {
    const Distances distances(random_points(random, 30));
    for (const auto& solve : {multistart_two_opt, christofides}) {
      const auto tour = solve(distances);
      const double length = tour_length(distances, tour);
      for (auto from = tour.begin(); from != tour.end(); ++from) {
        for (auto to = from + 1; to != tour.end(); ++to) {
          auto other = tour;
          std::reverse(other.begin() + (from - tour.begin()),
                       other.begin() + (to - tour.begin()) + 1);
          EXPECT_GE(tour_length(distances, other), length - 1e-11);
        }
      }
    }
  }
}

// Means over 400 000 instances of 5 cities, and over 4000 otherwise, by another program.
TEST(TourSolvers, TheirMeanLengthsAreKnown) {
  struct Known {
    Answer (*solve)(const Distances&);
    int64_t cities;
    double mean;
    double instances;
  };
  for (const auto& [solve, cities, mean, instances] :
       {Known{held_karp, 5, 2.1250, 400000}, Known{held_karp, 10, 2.867, 4000},
        Known{multistart_two_opt, 10, 2.868, 4000}, Known{greedy_edge, 5, 2.183, 4000},
        Known{greedy_edge, 10, 3.093, 4000}, Known{greedy_edge, 50, 6.657, 1500},
        Known{multistart_two_opt, 50, 5.778, 1500}}) {
    const int64_t ours = cities == 50 ? 200 : 20000;
    const auto lengths = lengths_of(solve, cities, ours);
    const double error =
        lengths.deviation * std::sqrt(1 / static_cast<double>(ours) + 1 / instances);
    EXPECT_NEAR(lengths.mean, mean, 4 * error) << cities << " cities";
  }
}

TEST(TourSolvers, TakePointsThatAreEqualOrOnALine) {
  const Points equal(12, Point{0.25, 0.75});
  Points line, twice;
  Random random({5});
  for (int i = 0; i < 12; ++i) {
    line.push_back({static_cast<double>(random.integer(0, 1000)), 0.5});
    twice.push_back(i % 2 == 0 ? random_point(random) : twice.back());
  }
  const auto [left, right] = std::ranges::minmax(line, {}, &Point::x);
  for (const auto& [name, solve] : kSolvers) {
    for (const auto& points : {equal, line, twice}) {
      expect_tour(solve(Distances(points)), points.size(), name);
    }
    EXPECT_EQ(tour_length(equal, solve(Distances(equal))), 0) << name;
  }
  EXPECT_NEAR(tour_length(line, held_karp(Distances(line))), 2 * (right.x - left.x), 1e-9);
}

TEST(TourSolvers, TakeFewAndManyCities) {
  Random random({6});
  for (const int64_t cities : {1, 2, 3, 4, 21, 200}) {
    const Distances distances(random_points(random, cities));
    for (const auto& [name, solve] : kSolvers) {
      if (name == "held_karp" && cities > kMostCitiesForHeldKarp) continue;
      expect_tour(solve(distances), distances.size(), name);
    }
  }
  EXPECT_EQ(
      message_of<std::invalid_argument>([&] { held_karp(Distances(random_points(random, 21))); }),
      "an optimal tour is found for at most 20 cities, got 21");
}

// If a solver is to give other tours, kVersionOfSolvers must be raised with these numbers, for
// tours are kept on disk.
TEST(TourSolvers, GiveTheToursThatTheyGaveBefore) {
  const auto mixed = [](TourSolver solver, int64_t cities) {
    const TspProblem problem({.solver = solver, .exact_up_to = 0});
    uint64_t all = 0;
    for (int64_t number = 0; number < 100; ++number) {
      for (const int64_t city : draw_instance(problem, cities, number).answer) {
        all = mix({all, static_cast<uint64_t>(city)});
      }
    }
    return all;
  };
  EXPECT_EQ(mixed(TourSolver::kOptimal, 10), 7627113660465337683U);
  EXPECT_EQ(mixed(TourSolver::kTwoOpt, 30), 17232120555872140353U);
  EXPECT_EQ(mixed(TourSolver::kGreedyEdge, 30), 17771039358875777892U);
  EXPECT_EQ(mixed(TourSolver::kChristofides, 30), 6691923377719152110U);
}

}  // namespace
}  // namespace zoo
