#include <algorithm>
#include <limits>
#include <tuple>

#include "zoo/datasets/tsp/solvers.h"

namespace zoo {
namespace {

using Neighbours = std::vector<std::vector<int64_t>>;  // of each city; a double edge stands twice

void add_edge(Neighbours& neighbours, int64_t a, int64_t b) {
  neighbours[static_cast<size_t>(a)].push_back(b);
  neighbours[static_cast<size_t>(b)].push_back(a);
}

// Prim (1957).
Neighbours spanning_tree(const Distances& distances) {
  Neighbours tree(distances.size());
  std::vector<int64_t> nearest(distances.size(), 0);  // city of the tree
  std::vector<int64_t> outside;
  for (size_t i = 1; i < distances.size(); ++i) outside.push_back(static_cast<int64_t>(i));
  while (!outside.empty()) {
    const auto next = std::ranges::min_element(outside, {}, [&](int64_t city) {
      return distances(city, nearest[static_cast<size_t>(city)]);
    });
    const int64_t joined = *next;
    outside.erase(next);
    add_edge(tree, joined, nearest[static_cast<size_t>(joined)]);
    for (const int64_t city : outside) {
      auto& old = nearest[static_cast<size_t>(city)];
      if (distances(city, joined) < distances(city, old)) old = joined;
    }
  }
  return tree;
}

// From the closest pair to the last one, until every degree is even.
void match_odd_degrees(const Distances& distances, Neighbours& neighbours) {
  std::vector<int64_t> odd;
  for (size_t i = 0; i < neighbours.size(); ++i) {
    if (neighbours[i].size() % 2 == 1) odd.push_back(static_cast<int64_t>(i));
  }
  std::vector<std::tuple<double, int64_t, int64_t>> pairs;
  for (size_t i = 0; i < odd.size(); ++i) {
    for (size_t j = 0; j < i; ++j) pairs.emplace_back(distances(odd[i], odd[j]), odd[j], odd[i]);
  }
  std::ranges::sort(pairs);
  std::vector<bool> matched(neighbours.size());
  for (const auto& [length, a, b] : pairs) {
    if (matched[static_cast<size_t>(a)] || matched[static_cast<size_t>(b)]) continue;
    matched[static_cast<size_t>(a)] = matched[static_cast<size_t>(b)] = true;
    add_edge(neighbours, a, b);
  }
}

// Every edge once, back to where it began: Hierholzer (1873).
std::vector<int64_t> eulerian_circuit(Neighbours neighbours) {
  std::vector<int64_t> way = {0}, circuit;
  while (!way.empty()) {
    const int64_t here = way.back();
    auto& unused = neighbours[static_cast<size_t>(here)];
    if (unused.empty()) {
      circuit.push_back(here);
      way.pop_back();
      continue;
    }
    const int64_t next = unused.back();
    unused.pop_back();
    auto& back = neighbours[static_cast<size_t>(next)];
    back.erase(std::ranges::find(back, here));
    way.push_back(next);
  }
  circuit.pop_back();  // the first city again
  return circuit;
}

// The cities of the circuit from place `start` on, each only where it comes first.
Answer shortcut(const std::vector<int64_t>& circuit, size_t start, size_t cities) {
  std::vector<bool> visited(cities);
  Answer tour;
  for (size_t i = 0; i < circuit.size(); ++i) {
    const int64_t city = circuit[(start + i) % circuit.size()];
    if (!visited[static_cast<size_t>(city)]) tour.push_back(city);
    visited[static_cast<size_t>(city)] = true;
  }
  return tour;
}

}  // namespace

Answer christofides(const Distances& distances) {
  if (distances.size() == 1) return {0};
  Neighbours neighbours = spanning_tree(distances);
  match_odd_degrees(distances, neighbours);
  const auto circuit = eulerian_circuit(std::move(neighbours));
  Answer best;
  double shortest = std::numeric_limits<double>::infinity();
  const auto starts = std::min(distances.size(), static_cast<size_t>(kMostStarts));
  for (size_t start = 0; start < starts; ++start) {
    Answer tour = shortcut(circuit, start, distances.size());
    two_opt(distances, tour);
    const double length = tour_length(distances, tour);
    if (length < shortest) {
      best = std::move(tour);
      shortest = length;
    }
  }
  return from_city_0(std::move(best));
}

}  // namespace zoo
