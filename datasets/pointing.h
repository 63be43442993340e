// Sets of points, and questions about them that are answered by pointing at points in order.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zoo/datasets/dataset.h"
#include "zoo/datasets/random.h"

namespace zoo {

/// Shapes: B batch, S points of the largest instance, T steps of the longest answer.
struct PointingBatch {
  static constexpr std::string_view kName = "pointing";

  torch::Tensor points;          ///< [B, S, 2] float32; 0 beyond an instance's points
  torch::Tensor lengths;         ///< [B] int64 in 1..S: the points of each instance
  torch::Tensor targets;         ///< [B, T] int64: 1 + the index of a point; 0: the end, padding
  torch::Tensor target_lengths;  ///< [B] int64 in 1..T: steps of the answer, its end included

  /// The lengths stay where they are: whoever runs over padded points asks for them on the CPU.
  PointingBatch to(torch::Device device) const {
    return {points.to(device), lengths, targets.to(device), target_lengths.to(device)};
  }
};

struct Point {
  double x = 0;
  double y = 0;
};

using Points = std::vector<Point>;

/// Indices of points, from 0, in the order in which a model is to point at them, without the end.
using Answer = std::vector<int64_t>;

/// What an answer is worth.
struct Judgement {
  bool valid = false;    ///< the answer is one: a simple polygon, a tour, triangles
  bool correct = false;  ///< the same as the solver's, in whatever order it is said
  double given = 0;      ///< what is measured of the answer: its area, length, right triangles
  double solved = 0;     ///< the same of the solver's answer
};

/// Lines for a drawing of an answer: each runs through the points of the given indices.
struct Outline {
  std::vector<int64_t> indices;
  bool closed = false;  ///< the last point is joined with the first
};

/// What is asked of a set of points. Stateless; called from several threads at once.
class PointProblem {
 public:
  virtual ~PointProblem() = default;

  /// "convex hull", for titles and messages.
  virtual std::string_view name() const = 0;

  /// Fewest points that a question may have.
  virtual int64_t fewest_points() const = 0;

  /// Most steps that the answer to a question of so many points can take, its end included.
  virtual int64_t most_steps(int64_t points) const = 0;

  /// The right answer, or that of the solver whose answers are learned, in the canonical order of
  /// the paper. Throws `std::invalid_argument` with a message for people where there is none:
  /// too few points, all on one line.
  virtual Answer solve(const Points& points) const = 0;

  /// given   anything that was said, also indices of no point
  /// solved  of points only
  virtual Judgement judge(const Points& points, const Answer& given,
                          const Answer& solved) const = 0;

  /// Metrics over many instances, e.g. {{"tour_length", 2.13}, {"gap", 0.004}}.
  virtual std::vector<std::pair<std::string, double>> summary(
      std::span<const Judgement> judgements) const = 0;

  /// Which points may follow `prefix`, of `may_follow.size() - 1` points: place 1 + i is for
  /// point i, place 0 for the end. At least one place is true; every complete answer that obeys is
  /// valid as far as that can be told from indices alone.
  virtual void allow(std::span<const int64_t> prefix, std::span<bool> may_follow) const = 0;

  /// {"indices": [...]} of an answer, with what else people want to know: area, length, triangles.
  /// The answer may be no valid one, but all its indices are of points; so in `outlines`.
  virtual nlohmann::ordered_json describe(const Points& points, const Answer& answer) const = 0;

  virtual std::vector<Outline> outlines(const Answer& answer) const = 0;
};

/// A source of such batches with what is asked of them.
class PointingDataset : public Dataset<PointingBatch> {
 public:
  virtual const PointProblem& problem() const = 0;

  /// Most points that an instance has: the dictionary of a model that cannot point.
  virtual int64_t most_points() const = 0;
};

/// One instance with the answer that is to be learned.
struct PointingExample {
  Points points;
  Answer answer;
};

/// The batch of these instances, padded to the largest and the longest. Coordinates become float32.
PointingBatch encode_points(std::span<const PointingExample> examples);

/// The instances of a batch again, with their answers; coordinates are exactly those that a model
/// sees.
std::vector<PointingExample> decode_points(const PointingBatch& batch);

/// A point of the unit square whose coordinates float32 holds exactly.
Point random_point(Random& random);

/// The points of a question {"points": [[x, y], ...]}. Throws `std::invalid_argument` naming the
/// point that is no pair of finite numbers, or saying that there are fewer than `fewest`.
Points points_of(const nlohmann::json& question, int64_t fewest);

/// Moved and scaled, the same in both directions, into the unit square that models are trained on;
/// unchanged if they lie in it already.
Points in_unit_square(Points points);

}  // namespace zoo
