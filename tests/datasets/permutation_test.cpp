#include "zoo/datasets/permutation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "support/message_of.h"
#include "support/statistics.h"

namespace zoo {
namespace {

std::vector<int64_t> order_of(const Permutation& permutation, int64_t size) {
  std::vector<int64_t> order;
  for (int64_t place = 0; place < size; ++place) order.push_back(permutation.at(place));
  return order;
}

TEST(Permutation, HasEveryNumberOnce) {
  for (int64_t size = 1; size <= 200; ++size) {
    const auto order = order_of(Permutation({1, static_cast<uint64_t>(size)}, size), size);
    std::set<int64_t> numbers(order.begin(), order.end());
    EXPECT_EQ(numbers.size(), static_cast<size_t>(size));
    EXPECT_EQ(*numbers.begin(), 0);
    EXPECT_EQ(*numbers.rbegin(), size - 1);
  }
}

TEST(Permutation, EveryOrderIsEquallyLikely) {
  std::map<std::vector<int64_t>, int64_t> seen;
  for (uint64_t key = 0; key < 24000; ++key) ++seen[order_of(Permutation({key}, 4), 4)];
  ASSERT_EQ(seen.size(), 24U);
  std::vector<int64_t> counts;
  for (const auto& [order, count] : seen) counts.push_back(count);
  EXPECT_LT(chi_square(counts), 49.7);  // 23 degrees of freedom, exceeded by chance in 0.1 %
}

// Which number stands at a place, and how far the next one is, over the orders of many keys.
TEST(Permutation, PlacesAndNeighboursAreUniform) {
  constexpr int64_t kSize = 50;
  std::vector<int64_t> first(kSize), last(kSize), distance(kSize - 1);
  for (uint64_t key = 0; key < 50000; ++key) {
    const Permutation order({7, key}, kSize);
    ++first[static_cast<size_t>(order.at(0))];
    ++last[static_cast<size_t>(order.at(kSize - 1))];
    const int64_t ahead = (order.at(26) - order.at(25) + kSize) % kSize;
    ++distance[static_cast<size_t>(ahead - 1)];
  }
  EXPECT_LT(chi_square(first), 85.4);  // 49 degrees of freedom, exceeded by chance in 0.1 %
  EXPECT_LT(chi_square(last), 85.4);
  EXPECT_LT(chi_square(distance), 84.0);
}

TEST(Permutation, KeysGiveOrdersOfTheirOwn) {
  const auto order = order_of(Permutation({1, 2}, 1000), 1000);
  EXPECT_EQ(order, order_of(Permutation({1, 2}, 1000), 1000));
  EXPECT_NE(order, order_of(Permutation({2, 1}, 1000), 1000));
  EXPECT_NE(order, order_of(Permutation({1, 3}, 1000), 1000));
}

TEST(Permutation, RefusesNothingToOrder) {
  EXPECT_EQ(message_of<std::invalid_argument>([] { Permutation({1}, 0); }),
            "Permutation: size must be at least 1, got 0");
}

}  // namespace
}  // namespace zoo
