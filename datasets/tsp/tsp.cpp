#include "zoo/datasets/tsp/tsp.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "zoo/datasets/checks.h"
#include "zoo/datasets/generated_points.h"
#include "zoo/datasets/tsp/solvers.h"

namespace zoo {
namespace {

constexpr double kSameLength = 1e-9;  // relative
// To be raised when a solver gives another tour than before: kept instances are then made anew.
constexpr int64_t kVersionOfSolvers = 1;

void turn_around(Answer& tour) { std::reverse(tour.begin() + 1, tour.end()); }

void make_canonical(Answer& tour) {
  if (tour[1] > tour.back()) turn_around(tour);
}

// A coin that is always the same for the same points.
bool coin_of(const Points& points) {
  uint64_t mixed = points.size();
  for (const auto& [x, y] : points) {
    mixed = mix({mixed, std::bit_cast<uint64_t>(x), std::bit_cast<uint64_t>(y)});
  }
  return mixed >> 63 != 0;
}

Answer optimal_tour(const Points& points) {
  Answer tour = held_karp(Distances(points));
  // Both directions are as short: which of them it is rests on the rounding of sums, and mostly it
  // is the one whose last index is the smaller. A fair coin leaves neither hint.
  make_canonical(tour);
  if (coin_of(points)) turn_around(tour);
  return tour;
}

Answer tour_of(const TspOptions& options, const Points& points) {
  const bool few = static_cast<int64_t>(points.size()) <= options.exact_up_to;
  switch (options.solver) {
    case TourSolver::kOptimal:
      return optimal_tour(points);
    case TourSolver::kTwoOpt:
      return few ? optimal_tour(points) : multistart_two_opt(Distances(points));
    case TourSolver::kGreedyEdge:
      return greedy_edge(Distances(points));
    case TourSolver::kChristofides:
      return christofides(Distances(points));
  }
  throw std::invalid_argument("there is no such solver");
}

Answer without_return(Answer answer) {
  if (answer.size() > 1 && answer.front() == answer.back()) answer.pop_back();
  return answer;
}

// Every index of `points` once.
bool is_tour(const Points& points, const Answer& answer) {
  std::vector<bool> visited(points.size());
  for (const int64_t index : answer) {
    if (index < 0 || index >= static_cast<int64_t>(points.size())) return false;
    if (visited[static_cast<size_t>(index)]) return false;
    visited[static_cast<size_t>(index)] = true;
  }
  return answer.size() == points.size();
}

InstanceKey key_of(const TspOptions& options) {
  const auto name = [](auto value) {
    return std::string(names_of(value)[static_cast<size_t>(value)]);
  };
  std::string solver = "solvers " + std::to_string(kVersionOfSolvers) + ", " + name(options.solver);
  if (options.solver == TourSolver::kTwoOpt) {
    solver += ", exact up to " + std::to_string(options.exact_up_to);
  }
  return {.dataset = "tsp",
          .solver = solver + ", orientation " + name(options.orientation),
          .plan = {options.instances, options.min_points, options.max_points}};
}

}  // namespace

Answer TspProblem::solve(const Points& points) const {
  if (static_cast<int64_t>(points.size()) < fewest_points()) {
    throw std::invalid_argument("a tour needs at least " + std::to_string(fewest_points()) +
                                " points, got " + std::to_string(points.size()));
  }
  Answer tour = tour_of(options_, points);
  if (options_.orientation == TourOrientation::kCanonical) make_canonical(tour);
  return tour;
}

Judgement TspProblem::judge(const Points& points, const Answer& given, const Answer& solved) const {
  const double solved_length = tour_length(points, solved);
  const Answer tour = without_return(given);
  if (!is_tour(points, tour)) return {.solved = solved_length};
  const double length = tour_length(points, tour);
  return {.valid = true,
          .correct = length <= solved_length * (1 + kSameLength),
          .given = length,
          .solved = solved_length};
}

std::vector<std::pair<std::string, double>> TspProblem::summary(
    std::span<const Judgement> judgements) const {
  double given = 0, solved = 0;
  int64_t valid = 0;
  for (const auto& judgement : judgements) {
    if (!judgement.valid) continue;
    given += judgement.given;
    solved += judgement.solved;
    ++valid;
  }
  if (valid == 0) given = solved = std::numeric_limits<double>::quiet_NaN();
  const auto count = static_cast<double>(valid > 0 ? valid : 1);
  // The way through points that are all the same is 0 long.
  const double gap = given == solved ? 0 : given / solved - 1;
  return {{"tour_length", given / count}, {"solver_length", solved / count}, {"gap", gap}};
}

void TspProblem::allow(std::span<const int64_t> prefix, std::span<bool> may_follow) const {
  const auto points = static_cast<int64_t>(may_follow.size()) - 1;
  std::ranges::fill(may_follow, !prefix.empty());
  may_follow[0] = false;
  if (prefix.empty()) may_follow[1] = true;
  for (const int64_t index : prefix) {
    if (index >= 0 && index < points) may_follow[static_cast<size_t>(index) + 1] = false;
  }
  may_follow[0] = std::ranges::none_of(may_follow, std::identity());
}

nlohmann::ordered_json TspProblem::describe(const Points& points, const Answer& answer) const {
  nlohmann::ordered_json description = {{"indices", answer}, {"length", nullptr}};
  const Answer tour = without_return(answer);
  if (is_tour(points, tour)) description["length"] = tour_length(points, tour);
  return description;
}

std::vector<Outline> TspProblem::outlines(const Answer& answer) const {
  return {{.indices = without_return(answer), .closed = true}};
}

Tsp::Tsp(TspOptions options) : options_(options), problem_(options) {
  check_options("Tsp", options);
  check_order("Tsp", "min_points", options.min_points, "max_points", options.max_points);
  if (options.solver == TourSolver::kOptimal && options.max_points > kMostCitiesForHeldKarp) {
    throw std::invalid_argument("Tsp: solver optimal is for at most " +
                                std::to_string(kMostCitiesForHeldKarp) + " cities, max_points is " +
                                std::to_string(options.max_points) + "; choose two_opt");
  }
  if (options.instances > 0) pool_.emplace("Tsp", problem_, key_of(options));
}

PointingBatch Tsp::batch(const BatchIndex& index) const {
  if (pool_ && index.split == Split::kTraining) return pool_->batch(index);
  return draw_points("Tsp", problem_, options_.min_points, options_.max_points, index);
}

}  // namespace zoo
