// Closed tours through cities of the plane: one exact solver and three approximate ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "zoo/datasets/pointing.h"

namespace zoo {

/// The Euclidean distance of every two points, in float64.
class Distances {
 public:
  explicit Distances(const Points& points);

  size_t size() const { return size_; }
  double operator()(int64_t from, int64_t to) const {
    return values_[static_cast<size_t>(from) * size_ + static_cast<size_t>(to)];
  }

 private:
  size_t size_;
  std::vector<double> values_;
};

/// The length of the closed line through the points of these indices.
double tour_length(const Points& points, const Answer& tour);
double tour_length(const Distances& distances, const Answer& tour);

/// The same closed tour in the same direction, from city 0 on.
Answer from_city_0(Answer tour);

/// Most cities for `held_karp`, whose time and memory double with every further one.
constexpr int64_t kMostCitiesForHeldKarp = 20;

/// The two heuristics that try several tours do not try more.
constexpr int64_t kMostStarts = 20;

// Each solver is a pure function of the distances and gives every city once, from city 0 on, in
// whichever direction it came upon. Equal points do no harm. There is at least one city.

/// A shortest tour: Held and Karp (1962), "A dynamic programming approach to sequencing problems".
/// Throws `std::invalid_argument` for more than `kMostCitiesForHeldKarp` cities.
Answer held_karp(const Distances& distances);

/// From each of the first min(n, 20) cities always on to the nearest unvisited one, then 2-opt; the
/// shortest of these tours.
Answer multistart_two_opt(const Distances& distances);

/// Edges from short to long, each taken unless a city would have three or a cycle close early.
Answer greedy_edge(const Distances& distances);

/// After Christofides (1976): the minimum spanning tree, its vertices of odd degree matched
/// greedily instead of optimally, the Eulerian circuit of both shortened to a tour from each of
/// its first min(n, 20) cities, then 2-opt; the shortest of these tours.
Answer christofides(const Distances& distances);

/// Croes (1958): turns a part of the tour around as long as that makes it shorter.
void two_opt(const Distances& distances, Answer& tour);

}  // namespace zoo
