// What tests of datasets of points share.
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "support/random_points.h"
#include "zoo/datasets/pointing.h"

namespace zoo {

inline bool same(const PointingBatch& a, const PointingBatch& b) {
  return torch::equal(a.points, b.points) && torch::equal(a.lengths, b.lengths) &&
         torch::equal(a.targets, b.targets) && torch::equal(a.target_lengths, b.target_lengths);
}

/// Which points lie in the right half, as a question whose answers differ in length; none if all
/// do. Counts how often it is asked.
class RightHalf final : public PointProblem {
 public:
  std::string_view name() const override { return "right half"; }
  int64_t fewest_points() const override { return 1; }
  int64_t most_steps(int64_t points) const override { return points + 1; }
  Answer solve(const Points& points) const override {
    ++asked;
    Answer answer;
    for (size_t i = 0; i < points.size(); ++i) {
      if (points[i].x > 0.5) answer.push_back(static_cast<int64_t>(i));
    }
    if (answer.size() == points.size()) throw std::invalid_argument("all points are on the right");
    if (reversed) std::ranges::reverse(answer);
    return answer;
  }
  Judgement judge(const Points&, const Answer&, const Answer&) const override { return {}; }
  std::vector<std::pair<std::string, double>> summary(std::span<const Judgement>) const override {
    return {};
  }
  void allow(std::span<const int64_t>, std::span<bool>) const override {}
  nlohmann::ordered_json describe(const Points&, const Answer&) const override { return {}; }
  std::vector<Outline> outlines(const Answer&) const override { return {}; }

  bool reversed = false;
  mutable std::atomic<int64_t> asked = 0;
};

}  // namespace zoo
