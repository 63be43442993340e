#include "zoo/datasets/convex_hull/convex_hull.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "zoo/datasets/checks.h"
#include "zoo/datasets/generated_points.h"
#include "zoo/datasets/qhull.h"

namespace zoo {
namespace {

// Twice the area of the triangle, positive if it is counter-clockwise. The sign is right for points
// that float32 holds: of those the products are exact in double precision, unless the differences
// are of very different magnitude.
double turn(const Point& a, const Point& b, const Point& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

bool within_box(const Point& a, const Point& b, const Point& point) {
  return std::min(a.x, b.x) <= point.x && point.x <= std::max(a.x, b.x) &&
         std::min(a.y, b.y) <= point.y && point.y <= std::max(a.y, b.y);
}

// Whether the segments a b and c d have a point in common.
bool meet(const Point& a, const Point& b, const Point& c, const Point& d) {
  const double c_side = turn(a, b, c), d_side = turn(a, b, d);
  const double a_side = turn(c, d, a), b_side = turn(c, d, b);
  const auto opposite = [](double one, double other) {
    return (one < 0 && other > 0) || (one > 0 && other < 0);
  };
  if (opposite(c_side, d_side) && opposite(a_side, b_side)) return true;
  return (c_side == 0 && within_box(a, b, c)) || (d_side == 0 && within_box(a, b, d)) ||
         (a_side == 0 && within_box(c, d, a)) || (b_side == 0 && within_box(c, d, b));
}

Answer corners_of(Answer answer) {
  if (answer.size() > 1 && answer.front() == answer.back()) answer.pop_back();
  return answer;
}

bool distinct_in_range(const Answer& corners, size_t count) {
  std::vector<bool> seen(count);
  for (const int64_t corner : corners) {
    if (corner < 0 || corner >= static_cast<int64_t>(count)) return false;
    if (seen[static_cast<size_t>(corner)]) return false;
    seen[static_cast<size_t>(corner)] = true;
  }
  return true;
}

Points places(const Points& points, const Answer& corners) {
  Points result;
  for (const int64_t corner : corners) result.push_back(points[static_cast<size_t>(corner)]);
  return result;
}

bool edges_apart(const Points& polygon) {
  const size_t count = polygon.size();
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = i + 2; j < count; ++j) {
      if (i == 0 && j + 1 == count) continue;  // neighbours
      if (meet(polygon[i], polygon[i + 1], polygon[j], polygon[(j + 1) % count])) return false;
    }
  }
  return true;
}

double area_of(const Points& polygon) {
  double twice = 0;
  for (size_t i = 2; i < polygon.size(); ++i) twice += turn(polygon[0], polygon[i - 1], polygon[i]);
  return std::abs(twice) / 2;
}

// The area of a simple polygon, 0 of anything else.
double simple_area(const Points& points, const Answer& corners) {
  if (corners.size() < 3 || !distinct_in_range(corners, points.size())) return 0;
  const Points polygon = places(points, corners);
  return edges_apart(polygon) ? area_of(polygon) : 0;
}

// The same cycle, in either direction.
bool same_polygon(const Answer& given, Answer solved) {
  if (given.size() != solved.size() || given.empty()) return false;
  for (int direction = 0; direction < 2; ++direction) {
    const auto start = std::ranges::find(solved, given.front());
    if (start == solved.end()) return false;
    std::ranges::rotate(solved, start);
    if (given == solved) return true;
    std::ranges::reverse(solved);
  }
  return false;
}

}  // namespace

Answer ConvexHullProblem::solve(const Points& points) const {
  Answer answer = convex_hull_of(points);
  answer.push_back(answer.front());
  return answer;
}

Judgement ConvexHullProblem::judge(const Points& points, const Answer& given,
                                   const Answer& solved) const {
  const Answer corners = corners_of(given), hull = corners_of(solved);
  const double area = simple_area(points, corners);
  return {.valid = area > 0,
          .correct = area > 0 && same_polygon(corners, hull),
          .given = area,
          .solved = area_of(places(points, hull))};
}

std::vector<std::pair<std::string, double>> ConvexHullProblem::summary(
    std::span<const Judgement> judgements) const {
  double sum = 0, valid = 0;
  for (const auto& judgement : judgements) {
    if (!judgement.valid) continue;
    sum += judgement.given / judgement.solved;
    ++valid;
  }
  const auto all = static_cast<double>(judgements.size());
  const bool enough = valid > 0 && all - valid <= 0.01 * all;
  return {{"area_coverage", enough ? sum / valid : std::numeric_limits<double>::quiet_NaN()}};
}

void ConvexHullProblem::allow(std::span<const int64_t> prefix, std::span<bool> may_follow) const {
  const bool closed = prefix.size() > 1 && prefix.front() == prefix.back();
  std::ranges::fill(may_follow, !closed);
  may_follow[0] = closed;
  if (closed) return;
  for (const int64_t point : prefix) may_follow[static_cast<size_t>(point) + 1] = false;
  if (prefix.size() >= 3) may_follow[static_cast<size_t>(prefix.front()) + 1] = true;
}

nlohmann::ordered_json ConvexHullProblem::describe(const Points& points,
                                                   const Answer& answer) const {
  const Answer corners = corners_of(answer);
  nlohmann::ordered_json description{{"indices", corners}, {"area", nullptr}};
  if (const double area = simple_area(points, corners); area > 0) description["area"] = area;
  return description;
}

std::vector<Outline> ConvexHullProblem::outlines(const Answer& answer) const {
  return {{.indices = corners_of(answer), .closed = true}};
}

ConvexHull::ConvexHull(ConvexHullOptions options) : options_(options) {
  check_options("ConvexHull", options);
  check_order("ConvexHull", "min_points", options.min_points, "max_points", options.max_points);
}

PointingBatch ConvexHull::batch(const BatchIndex& index) const {
  return draw_points("ConvexHull", problem_, options_.min_points, options_.max_points, index);
}

}  // namespace zoo
