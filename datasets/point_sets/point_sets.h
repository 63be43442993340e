// A user's own instances, from a file.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/datasets/pointing.h"
#include "zoo/models/options/options.h"

namespace zoo {

enum class PointQuestion : uint8_t { kConvexHull, kDelaunay, kTsp };

/// In configurations.
constexpr auto names_of(PointQuestion) {
  return std::array<std::string_view, 3>{"convex_hull", "delaunay", "tsp"};
}

/// Options of `PointSets`.
struct PointSetsOptions {
  std::string file;                                    ///< instances: JSON lines or .tsp
  PointQuestion problem = PointQuestion::kConvexHull;  ///< what is asked of them

  static void fields(auto& self, auto&& visit) {
    visit("file", self.file, "instances: one {\"points\": [[x, y], ...]} a line, or TSPLIB's .tsp");
    visit("problem", self.problem, "what is asked of them");
  }
};

/// The instances of a file (point_files.h), to measure a model on or to train it with.
///
/// An instance that does not lie in the unit square is moved and scaled into it, and coordinates
/// are rounded to float32 before the solver sees them: it solves what the model sees. Answers of
/// the file are learned as they are; they must be valid and in an order that the problem allows.
///
/// The splits are no parts of the file: each has all instances. Whoever trains on a file and wants
/// to know what was learned measures on another one.
///
/// validation, test  the order of the file, beginning anew after its last instance; every rank
///                   sees the same
/// training          for each epoch and rank a random order of its own, one epoch after the other
///
/// A batch may hold instances of several sizes: it is padded.
class PointSets final : public PointingDataset {
 public:
  using Options = PointSetsOptions;

  /// Reads the file and solves what has no answer. Throws `std::invalid_argument` if no file is
  /// named, `std::runtime_error` naming file and line for what is wrong in it.
  explicit PointSets(const PointSetsOptions& options = {});

  /// Throws `std::invalid_argument` if the batch size is below 1.
  PointingBatch batch(const BatchIndex& index) const override;
  const PointProblem& problem() const override { return *problem_; }
  int64_t most_points() const override { return most_points_; }

  int64_t size() const { return static_cast<int64_t>(examples_.size()); }

 private:
  std::unique_ptr<const PointProblem> problem_;
  std::vector<PointingExample> examples_;
  int64_t most_points_ = 0;
};

}  // namespace zoo
