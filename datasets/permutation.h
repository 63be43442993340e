// Random orders of so many things that no one wants to write them down.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace zoo {

/// A random order of 0, ..., size - 1, every place of which is found without the others.
///
/// Hoang, Morris and Rogaway (2012), "An enciphering scheme based on a card shuffle": in each round
/// the numbers are paired at random, and a coin for each pair says whether the two change places.
class Permutation {
 public:
  /// An order of its own for every list of keys. Throws `std::invalid_argument` if size < 1.
  Permutation(std::initializer_list<uint64_t> keys, int64_t size);

  /// What stands at place 0 <= place < size.
  int64_t at(int64_t place) const;

 private:
  struct Round {
    uint64_t sum;    // modulo size, of the two of a pair
    uint64_t coins;  // key of the coins
  };

  uint64_t size_;
  std::vector<Round> rounds_;
};

}  // namespace zoo
