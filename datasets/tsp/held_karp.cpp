#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

#include "zoo/datasets/tsp/solvers.h"

namespace zoo {
namespace {

// Cities without city 0, which is where every path begins: other i is city i + 1.
constexpr size_t kMostOthers = kMostCitiesForHeldKarp - 1;

/// Of every path that leaves city 0, visits the cities of a set and ends at one of them, the
/// shortest.
class ShortestPaths {
 public:
  explicit ShortestPaths(const Distances& distances)
      : others_(distances.size() - 1),
        lengths_(std::make_unique_for_overwrite<double[]>((size_t{1} << others_) * others_)) {
    for (size_t i = 0; i < others_; ++i) {
      from_start_[i] = distances(0, static_cast<int64_t>(i) + 1);
      for (size_t j = 0; j < others_; ++j) {
        between_[i][j] = distances(static_cast<int64_t>(i) + 1, static_cast<int64_t>(j) + 1);
      }
      lengths_[(size_t{1} << i) * others_ + i] = from_start_[i];
    }
    // A set is a larger number than each of its subsets, so it finds them complete.
    for (size_t set = 1; set + 1 < size_t{1} << others_; ++set) extend(set);
  }

  Answer shortest_tour() const {
    Answer tour(others_ + 1);
    size_t set = (size_t{1} << others_) - 1;
    const double* home = from_start_.data();
    // Backwards: the same sums are compared as before, so nothing about the way has to be stored.
    for (size_t place = others_; place > 0; --place) {
      const size_t last = best_end(set, home);
      tour[place] = static_cast<int64_t>(last) + 1;
      home = between_[last].data();
      set &= ~(size_t{1} << last);
    }
    return tour;
  }

 private:
  // The paths through `set` go on to each city outside of it.
  void extend(size_t set) {
    std::array<double, kMostOthers> best;
    best.fill(std::numeric_limits<double>::infinity());
    for (size_t end = 0; end < others_; ++end) {
      if ((set >> end & 1) == 0) continue;
      const double so_far = lengths_[set * others_ + end];
      const double* onward = between_[end].data();
      for (size_t next = 0; next < others_; ++next) {
        best[next] = std::min(best[next], so_far + onward[next]);
      }
    }
    for (size_t next = 0; next < others_; ++next) {
      if ((set >> next & 1) == 0) lengths_[(set | size_t{1} << next) * others_ + next] = best[next];
    }
  }

  size_t best_end(size_t set, const double* onward) const {
    size_t best = others_;
    double shortest = std::numeric_limits<double>::infinity();
    for (size_t end = 0; end < others_; ++end) {
      if ((set >> end & 1) == 0) continue;
      const double length = lengths_[set * others_ + end] + onward[end];
      if (best == others_ || length < shortest) {
        best = end;
        shortest = length;
      }
    }
    return best;
  }

  const size_t others_;
  const std::unique_ptr<double[]> lengths_;  // [set, end]; what a set cannot end with is not set
  std::array<double, kMostOthers> from_start_;
  std::array<std::array<double, kMostOthers>, kMostOthers> between_;
};

}  // namespace

Answer held_karp(const Distances& distances) {
  if (distances.size() > static_cast<size_t>(kMostCitiesForHeldKarp)) {
    throw std::invalid_argument("an optimal tour is found for at most " +
                                std::to_string(kMostCitiesForHeldKarp) + " cities, got " +
                                std::to_string(distances.size()));
  }
  return ShortestPaths(distances).shortest_tour();
}

}  // namespace zoo
