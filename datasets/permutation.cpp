#include "zoo/datasets/permutation.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

#include "zoo/datasets/random.h"

namespace zoo {

Permutation::Permutation(std::initializer_list<uint64_t> keys, int64_t size)
    : size_(static_cast<uint64_t>(size)) {
  if (size < 1) {
    throw std::invalid_argument("Permutation: size must be at least 1, got " +
                                std::to_string(size));
  }
  Random random(keys);
  // Six for each bit leave no trace of the order before (section 4 of the paper).
  const auto bits = static_cast<int>(std::bit_width(size_));
  for (int round = 0; round < 6 * bits; ++round) {
    const auto sum = static_cast<uint64_t>(random.integer(0, size - 1));
    rounds_.push_back({.sum = sum, .coins = random.bits()});
  }
}

int64_t Permutation::at(int64_t place) const {
  auto number = static_cast<uint64_t>(place);
  for (const auto& [sum, coins] : rounds_) {
    const uint64_t partner = sum >= number ? sum - number : sum + size_ - number;
    // Both of a pair must see the same coin.
    const uint64_t coin = SplitMix(coins + std::max(number, partner)).bits();
    if (coin >> 63 != 0) number = partner;
  }
  return static_cast<int64_t>(number);
}

}  // namespace zoo
