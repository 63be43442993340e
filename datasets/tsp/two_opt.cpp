#include <algorithm>

#include "zoo/datasets/tsp/solvers.h"

namespace zoo {
namespace {

// Less than that is the noise of rounding, after which a search might turn for ever.
constexpr double kLeastGain = 1e-12;

Answer nearest_neighbour(const Distances& distances, int64_t start) {
  Answer tour(distances.size());
  for (size_t i = 0; i < tour.size(); ++i) tour[i] = static_cast<int64_t>(i);
  std::swap(tour[0], tour[static_cast<size_t>(start)]);
  for (size_t visited = 1; visited + 1 < tour.size(); ++visited) {
    const int64_t here = tour[visited - 1];
    const auto unvisited = tour.begin() + static_cast<int64_t>(visited);
    std::iter_swap(unvisited, std::min_element(unvisited, tour.end(), [&](int64_t a, int64_t b) {
                     return distances(here, a) < distances(here, b);
                   }));
  }
  return tour;
}

}  // namespace

void two_opt(const Distances& distances, Answer& tour) {
  const size_t size = tour.size();
  for (bool improved = size > 3; improved;) {
    improved = false;
    for (size_t i = 0; i + 2 < size; ++i) {
      // The edges (i, i + 1) and (j, j + 1) become (i, j) and (i + 1, j + 1).
      const size_t end = i == 0 ? size - 1 : size;  // the last edge and the first are neighbours
      for (size_t j = i + 2; j < end; ++j) {
        const int64_t after = tour[j + 1 < size ? j + 1 : 0];
        const double removed = distances(tour[i], tour[i + 1]) + distances(tour[j], after);
        const double added = distances(tour[i], tour[j]) + distances(tour[i + 1], after);
        if (added + kLeastGain < removed) {
          std::reverse(tour.begin() + static_cast<int64_t>(i) + 1,
                       tour.begin() + static_cast<int64_t>(j) + 1);
          improved = true;
        }
      }
    }
  }
}

Answer multistart_two_opt(const Distances& distances) {
  const auto starts = std::min(static_cast<int64_t>(distances.size()), kMostStarts);
  Answer best;
  double shortest = 0;
  for (int64_t start = 0; start < starts; ++start) {
    Answer tour = nearest_neighbour(distances, start);
    two_opt(distances, tour);
    const double length = tour_length(distances, tour);
    if (start == 0 || length < shortest) {
      best = std::move(tour);
      shortest = length;
    }
  }
  return from_city_0(std::move(best));
}

}  // namespace zoo
