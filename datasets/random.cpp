#include "zoo/datasets/random.h"

#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

namespace zoo {
namespace {

constexpr uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;  // 2^64 / phi, made odd

// Stafford's variant 13 of the 64-bit finaliser of MurmurHash3: a bijection.
uint64_t scramble(uint64_t word) {
  word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
  word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
  return word ^ (word >> 31);
}

}  // namespace

uint64_t mix(std::initializer_list<uint64_t> keys) {
  // A key is scrambled before it meets the others: of a plain sum, (1, 2) and (2, 1) are one.
  uint64_t mixed = keys.size();
  for (const uint64_t key : keys) {
    mixed = scramble(mixed + kGoldenRatio + scramble(key + kGoldenRatio));
  }
  return mixed;
}

uint64_t SplitMix::bits() { return scramble(state_ += kGoldenRatio); }

Random::Random(std::initializer_list<uint64_t> keys) {
  SplitMix seeds(mix(keys));
  for (auto& word : state_) word = seeds.bits();
}

Random Random::from_state(const State& state) {
  if (state == State{}) {
    throw std::invalid_argument("Random: a state must not be all zero, from there nothing follows");
  }
  Random random({});
  random.state_ = state;
  return random;
}

uint64_t Random::bits() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

int64_t Random::integer(int64_t low, int64_t high) {
  if (high < low) {
    throw std::invalid_argument("Random: no integer lies between " + std::to_string(low) + " and " +
                                std::to_string(high));
  }
  // As many bits as the largest offset has; too large ones are refused, so there is no bias and
  // on average fewer than two are drawn. Unsigned, for the offset may not fit in int64_t.
  const uint64_t largest = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  const int unused = std::countl_zero(largest | 1);
  uint64_t offset = bits() >> unused;
  while (offset > largest) offset = bits() >> unused;
  return static_cast<int64_t>(static_cast<uint64_t>(low) + offset);
}

double Random::normal() {
  // Ratio of uniforms (Kinderman and Monahan 1977). The logarithm, whose last bit differs between
  // platforms, only decides what is refused; the number itself is a quotient, exact everywhere.
  constexpr double kWidth = 1.7155277699214135;  // sqrt(8 / e)
  while (true) {
    const double divisor = 1.0 - uniform();  // in (0, 1]
    const double ratio = kWidth * (uniform() - 0.5) / divisor;
    if (ratio * ratio <= -4.0 * std::log(divisor)) return ratio;
  }
}

Random random_of(const BatchIndex& index) {
  return Random({index.seed, static_cast<uint64_t>(index.split), static_cast<uint64_t>(index.step),
                 static_cast<uint64_t>(index.rank)});
}

}  // namespace zoo
