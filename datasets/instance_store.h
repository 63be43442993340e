// A fixed set of instances of a problem on points with their answers, made once and kept.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

#include "zoo/datasets/pointing.h"

namespace zoo {

/// How many instances there are, of how many points: of every number of points equally many, and
/// of the fewest points one more where that does not come out even.
struct InstancePlan {
  int64_t instances = 0;
  int64_t min_points = 0;
  int64_t max_points = 0;

  int64_t sizes() const { return max_points - min_points + 1; }
  /// How many instances have that many points.
  int64_t count(int64_t points) const;
};

/// Instance `number` = 0, 1, ... of those with that many points. It depends on nothing else: on no
/// plan, seed or thread, and problems that differ in their solver get the same points.
PointingExample draw_instance(const PointProblem& problem, int64_t points, int64_t number);

/// All instances of one number of points, N.
struct InstanceGroup {
  torch::Tensor points;   ///< [N, points, 2] float32
  torch::Tensor answers;  ///< [steps of all answers] int16: indices, one answer after the other
  torch::Tensor begins;  ///< [N + 1] int64: where in `answers` each begins, and where the last ends
};

/// What `draw_instance` gives, for every instance of a plan. Read from several threads at once.
class InstanceStore {
 public:
  /// One group for every number of points, from the fewest on, as `fits` demands.
  explicit InstanceStore(const InstancePlan& plan, std::vector<InstanceGroup> groups);

  PointingExample instance(int64_t points, int64_t number) const;
  const std::vector<InstanceGroup>& groups() const { return groups_; }

 private:
  InstancePlan plan_;
  std::vector<InstanceGroup> groups_;
};

/// Whether the groups have the shapes and dtypes of the plan, and every answer its place and
/// indices of points.
bool fits(const InstancePlan& plan, const std::vector<InstanceGroup>& groups);

/// Solves all instances on so many threads, which changes nothing but the time. Nothing if it is
/// told to stop before the end. Throws what a solver throws, and `std::invalid_argument` if
/// max_points is larger than `kMostStoredPoints`.
std::optional<InstanceStore> make_instances(const PointProblem& problem, const InstancePlan& plan,
                                            int64_t threads, const std::stop_token& stop);

constexpr int64_t kMostStoredPoints = 32768;  ///< their indices fit into int16

}  // namespace zoo
