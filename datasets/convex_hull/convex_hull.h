// Which points are the corners of the convex hull, in order?
#pragma once

#include <cstdint>

#include "zoo/datasets/pointing.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// The corners of the convex hull, counter-clockwise from the one with the lowest index, and that
/// index once more: the polygon is closed. Points inside an edge are no corners; of points at one
/// place the one with the lowest index is meant.
class ConvexHullProblem final : public PointProblem {
 public:
  std::string_view name() const override { return "convex hull"; }
  int64_t fewest_points() const override { return 3; }
  int64_t most_steps(int64_t points) const override { return points + 2; }

  Answer solve(const Points& points) const override;

  /// An answer is a polygon, whether it repeats its first index at its end or not.
  ///
  /// valid    at least 3 points of the question, none twice; the polygon is simple: edges that are
  ///          not neighbours neither cross nor touch, and it has an area
  /// correct  the same corners in the same order, whatever the start and the direction
  /// given    the polygon's area, 0 if it is not valid
  /// solved   the hull's
  Judgement judge(const Points& points, const Answer& given, const Answer& solved) const override;

  /// "area_coverage": the mean of given / solved over the valid answers; NaN, the paper's "FAIL",
  /// if more than 1 % are not valid.
  std::vector<std::pair<std::string, double>> summary(
      std::span<const Judgement> judgements) const override;

  /// No point twice but the first, which closes a polygon of at least 3; then only the end.
  void allow(std::span<const int64_t> prefix, std::span<bool> may_follow) const override;

  /// {"indices": the corners, the first not repeated, "area": null if the polygon is not simple}.
  nlohmann::ordered_json describe(const Points& points, const Answer& answer) const override;

  std::vector<Outline> outlines(const Answer& answer) const override;
};

/// Options of `ConvexHull`; the defaults are the smallest instances of the paper, section 4.2.
struct ConvexHullOptions {
  int64_t min_points = 5;  ///< fewest points of an instance
  int64_t max_points = 5;  ///< most points of an instance

  static void fields(auto& self, auto&& visit) {
    visit("min_points", self.min_points, "fewest points of an instance", between(3, 10000));
    visit("max_points", self.max_points, "most points of an instance", between(3, 10000));
  }
};

/// Points uniform in the unit square, and their hull.
///
/// Vinyals, Fortunato and Jaitly (2015), "Pointer Networks", arXiv:1506.03134, sections 3.1
/// and 4.2. How an instance is drawn: generated_points.h. Splits are independent streams.
class ConvexHull final : public PointingDataset {
 public:
  using Options = ConvexHullOptions;

  /// Throws `std::invalid_argument` if an option is out of range or max_points < min_points.
  explicit ConvexHull(ConvexHullOptions options = {});

  /// Throws `std::invalid_argument` if the batch size is below 1.
  PointingBatch batch(const BatchIndex& index) const override;
  const PointProblem& problem() const override { return problem_; }
  int64_t most_points() const override { return options_.max_points; }

 private:
  ConvexHullOptions options_;
  ConvexHullProblem problem_;
};

}  // namespace zoo
