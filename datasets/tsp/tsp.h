// The travelling salesman: in which order to visit all points and return, on the shortest way.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "zoo/datasets/instance_pool.h"
#include "zoo/datasets/pointing.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Whose tours are learned (`solvers.h`). The greedy one stands in for the paper's A1, the last
/// for its A3.
enum class TourSolver : uint8_t { kOptimal, kTwoOpt, kGreedyEdge, kChristofides };
constexpr auto names_of(TourSolver) {
  return std::array<std::string_view, 4>{"optimal", "two_opt", "greedy_edge", "christofides"};
}

/// In which of its two directions a tour is told. Solver: as the solver gives it, the optimal one
/// by a fair coin that depends on nothing but the points; as in the paper, either is right and one
/// is asked for. Canonical: the second index is smaller than the last.
enum class TourOrientation : uint8_t { kSolver, kCanonical };
constexpr auto names_of(TourOrientation) {
  return std::array<std::string_view, 2>{"solver", "canonical"};
}

/// Options of `Tsp`; the defaults are the smallest problem of the paper.
struct TspOptions {
  int64_t min_points = 5;  ///< fewest points of an instance
  int64_t max_points = 5;  ///< most points of an instance
  TourSolver solver = TourSolver::kOptimal;
  int64_t exact_up_to = 12;  ///< points up to which two_opt gives way to the optimum
  TourOrientation orientation = TourOrientation::kSolver;
  int64_t instances = 0;  ///< of the training split; 0: always new ones

  static void fields(auto& self, auto&& visit) {
    visit("min_points", self.min_points, "fewest points of an instance", between(3, 1000));
    visit("max_points", self.max_points, "most points of an instance", between(3, 1000));
    visit("solver", self.solver, "whose tours are learned");
    visit("exact_up_to", self.exact_up_to,
          "with solver two_opt: instances of at most that many points are solved exactly",
          between(0, 20));
    visit("orientation", self.orientation, "direction in which a tour is told");
    visit("instances", self.instances,
          "instances to train on, solved once and kept in the cache; 0: always new ones",
          between(0, 1e8));
  }
};

/// A closed tour through all points: every index once. Only `solver`, `exact_up_to` and
/// `orientation` of the options count.
class TspProblem final : public PointProblem {
 public:
  explicit TspProblem(TspOptions options = {}) : options_(options) {}

  std::string_view name() const override { return "tour"; }
  int64_t fewest_points() const override { return 3; }
  int64_t most_steps(int64_t points) const override { return points + 1; }

  /// From point 0 on. Throws as well for more points than the solver can take.
  Answer solve(const Points& points) const override;

  /// Measures the length of the closed tour. A tour may begin anywhere and may name its first
  /// point again at its end. Correct is what is as short as the solver's, or shorter, up to 1e-9
  /// of its length: so is the same tour from another point or in the other direction.
  Judgement judge(const Points& points, const Answer& given, const Answer& solved) const override;

  /// Over the instances with a valid answer: `tour_length` and `solver_length`, the means of what
  /// was given and of the solver's, and `gap`, how much longer the first is than the second: 0.01
  /// is 1 %. All are NaN if no answer is valid.
  std::vector<std::pair<std::string, double>> summary(
      std::span<const Judgement> judgements) const override;

  /// Point 0 first, then the unvisited ones, then the end.
  void allow(std::span<const int64_t> prefix, std::span<bool> may_follow) const override;

  /// {"indices": [...], "length": 2.12}; the length is null if the answer is no tour.
  nlohmann::ordered_json describe(const Points& points, const Answer& answer) const override;
  std::vector<Outline> outlines(const Answer& answer) const override;

 private:
  TspOptions options_;
};

/// Points uniform in the unit square, and the tour of a solver through them.
///
/// Vinyals, Fortunato and Jaitly (2015), "Pointer Networks", arXiv:1506.03134, sections 3.3 and
/// 4.4. The answer is every point once, from point 0 on; the number of points is drawn for each
/// batch (`draw_points`). With `instances`, the training split has so many (`InstancePool`), always
/// the same; the other splits go on for ever.
class Tsp final : public PointingDataset {
 public:
  using Options = TspOptions;

  /// Throws `std::invalid_argument` if an option is out of range, max_points < min_points,
  /// there are more points than the optimum can be found for, or fewer `instances` than numbers of
  /// points.
  explicit Tsp(TspOptions options = {});

  /// Throws `std::invalid_argument` if the batch size is below 1.
  PointingBatch batch(const BatchIndex& index) const override;
  const PointProblem& problem() const override { return problem_; }
  int64_t most_points() const override { return options_.max_points; }

 private:
  TspOptions options_;
  TspProblem problem_;
  std::optional<InstancePool> pool_;
};

}  // namespace zoo
