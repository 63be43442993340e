// Which triangles join the points so that no circle through a triangle's corners holds a point?
#pragma once

#include <cstdint>

#include "zoo/datasets/pointing.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// The triangles of the Delaunay triangulation, three indices each: increasing within a triangle,
/// and the triangles in the order of their incentres, by x, then by y.
///
/// Of points at one place the one with the lowest index is meant. Where four or more points lie on
/// one circle the answer is one of several triangulations (qhull.h), and only that one is correct.
class DelaunayProblem final : public PointProblem {
 public:
  std::string_view name() const override { return "Delaunay triangulation"; }
  int64_t fewest_points() const override { return 3; }
  /// Three for each triangle, of which there are at most 2 n - 5, and the end.
  int64_t most_steps(int64_t points) const override { return 3 * (2 * points - 5) + 1; }

  Answer solve(const Points& points) const override;

  /// valid    at least one triangle and no incomplete one; three different points of the question
  ///          in each; none twice, in whatever order it names its corners
  /// correct  the same set of triangles
  /// given    how many different triangles of the solver the answer holds, also if it is not valid:
  ///          every three indices from its start are one, what remains at its end is none
  /// solved   how many triangles the solver has
  Judgement judge(const Points& points, const Answer& given, const Answer& solved) const override;

  /// "triangle_coverage": the mean of given / solved over all answers, valid or not.
  std::vector<std::pair<std::string, double>> summary(
      std::span<const Judgement> judgements) const override;

  /// Increasing indices within a triangle, no triangle twice, and never one that leaves no choice
  /// for the next; the end between triangles, after at least one, and only the end after 2 n - 5.
  void allow(std::span<const int64_t> prefix, std::span<bool> may_follow) const override;

  /// {"indices": [...], "triangles": [[a, b, c], ...]}.
  nlohmann::ordered_json describe(const Points& points, const Answer& answer) const override;

  std::vector<Outline> outlines(const Answer& answer) const override;
};

/// Options of `Delaunay`; the defaults are the smallest instances of the paper, section 4.3.
struct DelaunayOptions {
  int64_t min_points = 5;  ///< fewest points of an instance
  int64_t max_points = 5;  ///< most points of an instance

  static void fields(auto& self, auto&& visit) {
    visit("min_points", self.min_points, "fewest points of an instance", between(3, 10000));
    visit("max_points", self.max_points, "most points of an instance", between(3, 10000));
  }
};

/// Points uniform in the unit square, and their triangulation.
///
/// Vinyals, Fortunato and Jaitly (2015), "Pointer Networks", arXiv:1506.03134, sections 3.2
/// and 4.3. How an instance is drawn: generated_points.h. Splits are independent streams.
class Delaunay final : public PointingDataset {
 public:
  using Options = DelaunayOptions;

  /// Throws `std::invalid_argument` if an option is out of range or max_points < min_points.
  explicit Delaunay(DelaunayOptions options = {});

  /// Throws `std::invalid_argument` if the batch size is below 1.
  PointingBatch batch(const BatchIndex& index) const override;
  const PointProblem& problem() const override { return problem_; }
  int64_t most_points() const override { return options_.max_points; }

 private:
  DelaunayOptions options_;
  DelaunayProblem problem_;
};

}  // namespace zoo
