#include "zoo/datasets/point_sets/point_sets.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "zoo/datasets/checks.h"
#include "zoo/datasets/convex_hull/convex_hull.h"
#include "zoo/datasets/delaunay/delaunay.h"
#include "zoo/datasets/point_sets/point_files.h"
#include "zoo/datasets/text_files.h"
#include "zoo/datasets/tsp/tsp.h"

namespace zoo {
namespace {

std::unique_ptr<const PointProblem> make_problem(PointQuestion question) {
  switch (question) {
    case PointQuestion::kConvexHull:
      return std::make_unique<ConvexHullProblem>();
    case PointQuestion::kDelaunay:
      return std::make_unique<DelaunayProblem>();
    case PointQuestion::kTsp:
      return std::make_unique<TspProblem>(TspOptions{.solver = TourSolver::kTwoOpt});
  }
  throw std::invalid_argument("PointSets: this problem cannot be solved");
}

std::string list_of(std::span<const int64_t> indices) {
  std::string list;
  for (const int64_t index : indices) list += (list.empty() ? "" : ", ") + std::to_string(index);
  return "[" + list + "]";
}

// Refuses an answer that could not be learned or measured against.
void check_answer(const PointProblem& problem, const Points& points, const Answer& answer) {
  const auto may_follow = std::make_unique<bool[]>(points.size() + 1);
  const std::span<bool> allowed(may_follow.get(), points.size() + 1);
  for (size_t step = 0; step <= answer.size(); ++step) {
    const auto prefix = std::span(answer).first(step);
    problem.allow(prefix, allowed);
    const bool ends = step == answer.size();
    if (allowed[ends ? 0 : static_cast<size_t>(answer[step]) + 1]) continue;
    throw std::invalid_argument("\"answer\" is none for the " + std::string(problem.name()) +
                                ": after " + list_of(prefix) + " it must not " +
                                (ends ? "end" : "go on with " + std::to_string(answer[step])));
  }
  if (problem.judge(points, answer, answer).valid) return;
  throw std::invalid_argument("\"answer\" is none for the " + std::string(problem.name()) +
                              ": it is not valid");
}

PointingExample example_of(const PointProblem& problem, const StoredInstance& instance) {
  PointingExample example{.points = in_unit_square(instance.points), .answer = {}};
  for (auto& point : example.points) {
    point = {static_cast<float>(point.x), static_cast<float>(point.y)};
  }
  if (instance.answer) {
    check_answer(problem, example.points, *instance.answer);
    example.answer = *instance.answer;
  } else {
    example.answer = problem.solve(example.points);
  }
  return example;
}

// Where the instances of an epoch stand in the file.
std::vector<size_t> order_of(const BatchIndex& index, uint64_t epoch, size_t size) {
  std::vector<size_t> order(size);
  std::iota(order.begin(), order.end(), size_t{0});
  if (index.split == Split::kTraining) {
    Random({index.seed, epoch, static_cast<uint64_t>(index.rank)}).shuffle(std::span(order));
  }
  return order;
}

}  // namespace

PointSets::PointSets(const PointSetsOptions& options) {
  check_options("PointSets", options);
  if (options.file.empty()) {
    throw std::invalid_argument("PointSets: file must name a file of instances");
  }
  problem_ = make_problem(options.problem);
  for (const auto& instance : read_point_file(options.file, problem_->fewest_points())) {
    try {
      examples_.push_back(example_of(*problem_, instance));
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(at_line(options.file, instance.line, error.what()));
    }
    most_points_ = std::max(most_points_, static_cast<int64_t>(instance.points.size()));
  }
}

PointingBatch PointSets::batch(const BatchIndex& index) const {
  check_batch_size("PointSets", index);
  const auto size = examples_.size();
  const auto batch_size = static_cast<uint64_t>(index.batch_size);
  const uint64_t begin = static_cast<uint64_t>(index.step) * batch_size;
  uint64_t epoch = begin / size;
  auto order = order_of(index, epoch, size);
  std::vector<PointingExample> examples;
  for (uint64_t at = begin; at < begin + batch_size; ++at) {
    if (at / size != epoch) order = order_of(index, epoch = at / size, size);
    examples.push_back(examples_[order[at % size]]);
  }
  return encode_points(examples);
}

}  // namespace zoo
