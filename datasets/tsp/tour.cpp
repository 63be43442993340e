#include <algorithm>
#include <cmath>

#include "zoo/datasets/tsp/solvers.h"

namespace zoo {
namespace {

double distance(const Point& a, const Point& b) {
  // Not std::hypot, which may differ in the last bit between platforms.
  const double x = a.x - b.x, y = a.y - b.y;
  return std::sqrt(x * x + y * y);
}

// distance_of(from, to) for every two neighbours, the last and the first included.
template <class DistanceOf>
double closed_length(const Answer& tour, const DistanceOf& distance_of) {
  double length = 0;
  for (size_t i = 0; i < tour.size(); ++i) {
    length += distance_of(tour[i], tour[i + 1 < tour.size() ? i + 1 : 0]);
  }
  return length;
}

}  // namespace

Distances::Distances(const Points& points) : size_(points.size()) {
  values_.reserve(size_ * size_);
  for (const auto& from : points) {
    for (const auto& to : points) values_.push_back(distance(from, to));
  }
}

double tour_length(const Points& points, const Answer& tour) {
  return closed_length(tour, [&points](int64_t from, int64_t to) {
    return distance(points[static_cast<size_t>(from)], points[static_cast<size_t>(to)]);
  });
}

double tour_length(const Distances& distances, const Answer& tour) {
  return closed_length(tour, distances);
}

Answer from_city_0(Answer tour) {
  std::ranges::rotate(tour, std::ranges::find(tour, 0));
  return tour;
}

}  // namespace zoo
