#include "zoo/datasets/delaunay/delaunay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "zoo/datasets/checks.h"
#include "zoo/datasets/generated_points.h"
#include "zoo/datasets/qhull.h"

namespace zoo {
namespace {

double side(const Point& a, const Point& b) {
  const double x = a.x - b.x, y = a.y - b.y;
  return std::sqrt(x * x + y * y);
}

// The centre of the inscribed circle: the corners weighted by the lengths of the opposite sides.
std::array<double, 2> incentre(const Points& points, const Triangle& triangle) {
  const auto& [a, b, c] =
      std::array{points[static_cast<size_t>(triangle[0])], points[static_cast<size_t>(triangle[1])],
                 points[static_cast<size_t>(triangle[2])]};
  const double to_a = side(b, c), to_b = side(c, a), to_c = side(a, b);
  const double sum = to_a + to_b + to_c;
  return {(to_a * a.x + to_b * b.x + to_c * c.x) / sum,
          (to_a * a.y + to_b * b.y + to_c * c.y) / sum};
}

// Every three indices as they stand; what remains at the end is dropped.
std::vector<Triangle> triangles_of(std::span<const int64_t> indices) {
  std::vector<Triangle> triangles;
  for (size_t at = 0; at + 3 <= indices.size(); at += 3) {
    triangles.push_back({indices[at], indices[at + 1], indices[at + 2]});
  }
  return triangles;
}

std::set<Triangle> set_of(const Answer& answer) {
  std::set<Triangle> triangles;
  for (Triangle triangle : triangles_of(answer)) {
    std::ranges::sort(triangle);
    triangles.insert(triangle);
  }
  return triangles;
}

bool sound(const std::set<Triangle>& triangles, size_t points) {
  return std::ranges::all_of(triangles, [points](const Triangle& triangle) {
    const auto& [a, b, c] = triangle;
    return 0 <= a && a < b && b < c && c < static_cast<int64_t>(points);
  });
}

// How many triangles of increasing indices below `count` have `next` after the same `begun` ones.
int64_t triangles_with(size_t begun, int64_t next, int64_t count) {
  const int64_t larger = count - 1 - next;
  if (begun == 2) return 1;
  return begun == 1 ? larger : larger * (larger - 1) / 2;
}

}  // namespace

Answer DelaunayProblem::solve(const Points& points) const {
  std::vector<std::pair<std::array<double, 2>, Triangle>> ordered;
  for (const auto& triangle : delaunay_of(points)) {
    ordered.emplace_back(incentre(points, triangle), triangle);
  }
  std::ranges::sort(ordered);
  Answer answer;
  for (const auto& [centre, triangle] : ordered) {
    answer.insert(answer.end(), triangle.begin(), triangle.end());
  }
  return answer;
}

Judgement DelaunayProblem::judge(const Points& points, const Answer& given,
                                 const Answer& solved) const {
  const auto triangles = set_of(given), right = set_of(solved);
  const auto common = std::ranges::count_if(
      triangles, [&right](const Triangle& triangle) { return right.contains(triangle); });
  const bool complete = !given.empty() && triangles.size() * 3 == given.size();
  return {.valid = complete && sound(triangles, points.size()),
          .correct = complete && triangles == right,
          .given = static_cast<double>(common),
          .solved = static_cast<double>(right.size())};
}

std::vector<std::pair<std::string, double>> DelaunayProblem::summary(
    std::span<const Judgement> judgements) const {
  double sum = 0;
  for (const auto& judgement : judgements) sum += judgement.given / judgement.solved;
  return {{"triangle_coverage", sum / static_cast<double>(judgements.size())}};
}

void DelaunayProblem::allow(std::span<const int64_t> prefix, std::span<bool> may_follow) const {
  const auto count = static_cast<int64_t>(may_follow.size()) - 1;
  const size_t begun = prefix.size() % 3;
  const auto head = prefix.last(begun);
  // For each index, how many of the triangles given so far begin with the head and then with it.
  std::vector<int64_t> taken(static_cast<size_t>(count));
  for (const auto& triangle : triangles_of(prefix)) {
    if (std::ranges::equal(head, std::span(triangle).first(begun))) {
      ++taken[static_cast<size_t>(triangle[begun])];
    }
  }
  std::ranges::fill(may_follow, false);
  may_follow[0] = begun == 0 && !prefix.empty();
  const bool complete = static_cast<int64_t>(prefix.size()) >= most_steps(count) - 1;
  if (complete) return;
  for (int64_t next = begun == 0 ? 0 : head.back() + 1; next < count; ++next) {
    const auto index = static_cast<size_t>(next);
    may_follow[index + 1] = taken[index] < triangles_with(begun, next, count);
  }
}

nlohmann::ordered_json DelaunayProblem::describe(const Points&, const Answer& answer) const {
  return {{"indices", answer}, {"triangles", triangles_of(answer)}};
}

std::vector<Outline> DelaunayProblem::outlines(const Answer& answer) const {
  std::vector<Outline> lines;
  for (const auto& [a, b, c] : triangles_of(answer)) {
    lines.push_back({.indices = {a, b, c}, .closed = true});
  }
  return lines;
}

Delaunay::Delaunay(DelaunayOptions options) : options_(options) {
  check_options("Delaunay", options);
  check_order("Delaunay", "min_points", options.min_points, "max_points", options.max_points);
}

PointingBatch Delaunay::batch(const BatchIndex& index) const {
  return draw_points("Delaunay", problem_, options_.min_points, options_.max_points, index);
}

}  // namespace zoo
