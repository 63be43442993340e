// Random numbers that are the same on every platform and with every compiler.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>

#include "zoo/datasets/dataset.h"

namespace zoo {

/// One number that depends on every key, on their order and on how many there are. Neighbouring
/// keys give unrelated numbers: `mix({seed, step})` is a fresh seed for every step.
uint64_t mix(std::initializer_list<uint64_t> keys);

/// splitmix64: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
/// Good enough to fill the state of a better generator, whatever the seed.
class SplitMix {
 public:
  explicit SplitMix(uint64_t seed) : state_(seed) {}
  uint64_t bits();

 private:
  uint64_t state_;
};

/// xoshiro256**: Blackman and Vigna (2021), "Scrambled linear pseudorandom number generators",
/// arXiv:1805.01407, its state filled by `SplitMix`. The distributions are made here because
/// those of the standard library differ between implementations.
///
///     zoo::Random random({seed, epoch});
///     const int64_t die = random.integer(1, 6);
///
class Random {
 public:
  using State = std::array<uint64_t, 4>;

  /// A stream of its own for every list of keys.
  explicit Random(std::initializer_list<uint64_t> keys);
  /// Goes on from a state, which must not be all zero.
  static Random from_state(const State& state);

  const State& state() const { return state_; }

  /// 64 fair coins.
  uint64_t bits();
  bool coin() { return (bits() >> 63) != 0; }
  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  /// Uniform in low, ..., high, both included; throws `std::invalid_argument` if high < low.
  int64_t integer(int64_t low, int64_t high);
  /// Mean 0, variance 1.
  double normal();

  /// Every order is equally likely (Fisher and Yates).
  template <class T>
  void shuffle(std::span<T> values) {
    for (size_t left = values.size(); left > 1; --left) {
      const auto last = static_cast<int64_t>(left - 1);
      std::swap(values[left - 1], values[static_cast<size_t>(integer(0, last))]);
    }
  }

 private:
  State state_{};
};

/// The stream that makes the batch at `index`. The batch size is no key: a larger batch begins
/// with the examples of a smaller one if they are drawn one after the other.
Random random_of(const BatchIndex& index);

}  // namespace zoo
