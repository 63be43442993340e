#include "zoo/datasets/pointing.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace zoo {
namespace {

Point point_of(const nlohmann::json& pair, size_t index) {
  const bool sound =
      pair.is_array() && pair.size() == 2 && pair[0].is_number() && pair[1].is_number();
  const Point point = sound ? Point{pair[0].get<double>(), pair[1].get<double>()} : Point();
  if (sound && std::isfinite(point.x) && std::isfinite(point.y)) return point;
  throw std::invalid_argument("point " + std::to_string(index) +
                              " must be two finite numbers, got " + pair.dump());
}

}  // namespace

PointingBatch encode_points(std::span<const PointingExample> examples) {
  size_t most_points = 0, most_steps = 0;
  for (const auto& [points, answer] : examples) {
    most_points = std::max(most_points, points.size());
    most_steps = std::max(most_steps, answer.size() + 1);
  }
  const auto size = static_cast<int64_t>(examples.size());
  PointingBatch batch{
      .points = torch::zeros({size, static_cast<int64_t>(most_points), 2}),
      .lengths = torch::zeros(size, torch::kLong),
      .targets = torch::zeros({size, static_cast<int64_t>(most_steps)}, torch::kLong),
      .target_lengths = torch::zeros(size, torch::kLong)};
  auto coordinates = batch.points.accessor<float, 3>();
  auto lengths = batch.lengths.accessor<int64_t, 1>();
  auto targets = batch.targets.accessor<int64_t, 2>();
  auto target_lengths = batch.target_lengths.accessor<int64_t, 1>();
  for (int64_t row = 0; row < size; ++row) {
    const auto& [points, answer] = examples[static_cast<size_t>(row)];
    lengths[row] = static_cast<int64_t>(points.size());
    target_lengths[row] = static_cast<int64_t>(answer.size()) + 1;
    for (int64_t i = 0; i < lengths[row]; ++i) {
      coordinates[row][i][0] = static_cast<float>(points[static_cast<size_t>(i)].x);
      coordinates[row][i][1] = static_cast<float>(points[static_cast<size_t>(i)].y);
    }
    for (size_t step = 0; step < answer.size(); ++step) {
      targets[row][static_cast<int64_t>(step)] = answer[step] + 1;
    }
  }
  return batch;
}

std::vector<PointingExample> decode_points(const PointingBatch& on_device) {
  const PointingBatch batch = on_device.to(torch::kCPU);
  const auto coordinates = batch.points.accessor<float, 3>();
  const auto lengths = batch.lengths.accessor<int64_t, 1>();
  const auto targets = batch.targets.accessor<int64_t, 2>();
  const auto target_lengths = batch.target_lengths.accessor<int64_t, 1>();
  std::vector<PointingExample> examples(static_cast<size_t>(batch.points.size(0)));
  for (size_t row = 0; row < examples.size(); ++row) {
    auto& [points, answer] = examples[row];
    const auto at = static_cast<int64_t>(row);
    for (int64_t i = 0; i < lengths[at]; ++i) {
      points.push_back({coordinates[at][i][0], coordinates[at][i][1]});
    }
    for (int64_t step = 0; step + 1 < target_lengths[at]; ++step) {
      answer.push_back(targets[at][step] - 1);
    }
  }
  return examples;
}

Point random_point(Random& random) {
  // 24 bits, as many as float32 has. GCC 12 makes nothing of a conversion to float and back of two
  // neighbours: their digits beyond float32 would stay.
  const auto coordinate = [&random] {
    return static_cast<double>(random.bits() >> 40) * 0x1.0p-24;
  };
  const double x = coordinate();
  return {x, coordinate()};
}

Points points_of(const nlohmann::json& question, int64_t fewest) {
  if (!question.is_object() || !question.contains("points") || !question["points"].is_array()) {
    throw std::invalid_argument("there is no list \"points\"");
  }
  const auto& list = question["points"];
  if (static_cast<int64_t>(list.size()) < fewest) {
    throw std::invalid_argument("\"points\" must be at least " + std::to_string(fewest) +
                                " points, got " + std::to_string(list.size()));
  }
  Points points;
  for (size_t i = 0; i < list.size(); ++i) points.push_back(point_of(list[i], i));
  return points;
}

Points in_unit_square(Points points) {
  const auto [left, right] = std::ranges::minmax(points, {}, &Point::x);
  const auto [low, high] = std::ranges::minmax(points, {}, &Point::y);
  if (left.x >= 0 && right.x <= 1 && low.y >= 0 && high.y <= 1) return points;
  // Halves: the difference of the largest numbers is infinite.
  const double extent = std::max(right.x / 2 - left.x / 2, high.y / 2 - low.y / 2);
  const double half = extent > 0 ? extent : 1;
  for (auto& point : points) {
    point = {(point.x / 2 - left.x / 2) / half, (point.y / 2 - low.y / 2) / half};
  }
  return points;
}

}  // namespace zoo
