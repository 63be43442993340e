#include <algorithm>
#include <array>
#include <numeric>

#include "zoo/datasets/tsp/solvers.h"

namespace zoo {
namespace {

struct Edge {
  double length;
  int64_t from;
  int64_t to;
};

std::vector<Edge> edges_from_short_to_long(const Distances& distances) {
  const auto size = static_cast<int64_t>(distances.size());
  std::vector<Edge> edges;
  edges.reserve(distances.size() * (distances.size() - 1) / 2);
  for (int64_t from = 0; from < size; ++from) {
    for (int64_t to = from + 1; to < size; ++to) edges.push_back({distances(from, to), from, to});
  }
  std::ranges::stable_sort(edges, {}, &Edge::length);
  return edges;
}

/// Paths that grow together until one of them visits every city.
class Fragments {
 public:
  explicit Fragments(size_t cities) : neighbours_(cities), other_end_(cities) {
    std::iota(other_end_.begin(), other_end_.end(), 0);
  }

  void join(const Edge& edge) {
    auto& from = neighbours_[static_cast<size_t>(edge.from)];
    auto& to = neighbours_[static_cast<size_t>(edge.to)];
    const int64_t from_end = other_end_[static_cast<size_t>(edge.from)];
    if (from.size() == 2 || to.size() == 2 || from_end == edge.to) return;
    const int64_t to_end = other_end_[static_cast<size_t>(edge.to)];
    other_end_[static_cast<size_t>(from_end)] = to_end;
    other_end_[static_cast<size_t>(to_end)] = from_end;
    from.push_back(edge.to);
    to.push_back(edge.from);
  }

  // From one end of the only path that is left to the other.
  Answer path() const {
    const auto end = std::ranges::find_if(neighbours_, [](auto& few) { return few.size() < 2; });
    Answer cities = {end - neighbours_.begin()};
    while (cities.size() < neighbours_.size()) {
      const auto& next = neighbours_[static_cast<size_t>(cities.back())];
      const bool back = cities.size() > 1 && next.front() == cities[cities.size() - 2];
      cities.push_back(back ? next.back() : next.front());
    }
    return cities;
  }

 private:
  std::vector<std::vector<int64_t>> neighbours_;
  std::vector<int64_t> other_end_;  // of the path that ends at this city; of inner ones outdated
};

}  // namespace

Answer greedy_edge(const Distances& distances) {
  Fragments fragments(distances.size());
  for (const auto& edge : edges_from_short_to_long(distances)) fragments.join(edge);
  return from_city_0(fragments.path());
}

}  // namespace zoo
