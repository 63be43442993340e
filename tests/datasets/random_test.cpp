#include "zoo/datasets/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

#include "support/statistics.h"

namespace zoo {
namespace {

// The first outputs published with the algorithm for this seed.
TEST(Random, SplitMixGivesThePublishedOutputs) {
  SplitMix generator(1234567);
  for (const uint64_t expected : {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                  4593380528125082431U, 16408922859458223821U}) {
    EXPECT_EQ(generator.bits(), expected);
  }
}

// The first outputs of the authors' C code from the state 1, 2, 3, 4.
TEST(Random, XoshiroGivesThePublishedOutputs) {
  auto generator = Random::from_state({1, 2, 3, 4});
  for (const uint64_t expected : std::initializer_list<uint64_t>{
           11520U, 0U, 1509978240U, 1215971899390074240U, 1216172134540287360U, 607988272756665600U,
           16172922978634559625U, 8476171486693032832U, 10595114339597558777U,
           2904607092377533576U}) {
    EXPECT_EQ(generator.bits(), expected);
  }
}

// Computed with Python's unbounded integers:
//
//   M = 2**64 - 1
//   G = 0x9E3779B97F4A7C15
//   def scramble(z):
//       z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & M
//       z = (z ^ z >> 27) * 0x94D049BB133111EB & M
//       return z ^ z >> 31
//   def mix(*keys):
//       h = len(keys)
//       for k in keys: h = scramble(h + G + scramble(k + G & M) & M)
//       return h
//   def rotate(x, k): return (x << k | x >> 64 - k) & M
//   def stream(*keys):
//       s = [scramble(mix(*keys) + G * i & M) for i in (1, 2, 3, 4)]
//       while True:
//           yield rotate(s[1] * 5 & M, 7) * 9 & M
//           t = s[1] << 17 & M
//           s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotate(s[3],
//           45)
TEST(Random, StreamsAgreeWithAnIndependentProgram) {
  EXPECT_EQ(mix({}), 0U);
  EXPECT_EQ(mix({0}), 3069472533636442495U);
  EXPECT_EQ(mix({1, 2}), 3483896784332655460U);
  EXPECT_EQ(mix({2, 1}), 3741392443595272392U);
  EXPECT_EQ(mix({1, 2, 3}), 6548580830893916435U);
  Random random({1, 2, 3});
  for (const uint64_t expected :
       {13488215293401256050U, 2009541339129329948U, 180989713743040317U, 15781068921741560824U}) {
    EXPECT_EQ(random.bits(), expected);
  }
}

TEST(Random, GoesOnFromItsState) {
  Random random({5});
  for (int i = 0; i < 10; ++i) random.bits();
  auto other = Random::from_state(random.state());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(other.bits(), random.bits());
  EXPECT_THROW(Random::from_state({0, 0, 0, 0}), std::invalid_argument);
}

TEST(Random, NoTwoListsOfKeysMixAlike) {
  std::set<uint64_t> mixed;
  size_t lists = 1;
  mixed.insert(mix({}));
  for (uint64_t a = 0; a < 64; ++a) {
    lists += 2;
    mixed.insert({mix({a}), mix({~a})});
    for (uint64_t b = 0; b < 64; ++b) {
      lists += 3;
      mixed.insert({mix({a, b}), mix({a, b, 0}), mix({a, b, a + b + 1})});
    }
  }
  EXPECT_EQ(mixed.size(), lists);
}

// Flipping any bit of a key flips every bit of the result half of the time: 256 trials, standard
// deviation 8.
TEST(Random, EveryBitOfAKeyReachesEveryBitOfTheMix) {
  for (int place = 0; place < 2; ++place) {
    for (int in = 0; in < 64; ++in) {
      std::array<int, 64> flips{};
      for (uint64_t trial = 0; trial < 256; ++trial) {
        const uint64_t flip = uint64_t{1} << in;
        const uint64_t changed = place == 0 ? mix({trial ^ flip, 7}) : mix({7, trial ^ flip});
        const uint64_t difference = changed ^ (place == 0 ? mix({trial, 7}) : mix({7, trial}));
        for (size_t out = 0; out < 64; ++out) flips[out] += static_cast<int>(difference >> out & 1);
      }
      const auto [low, high] = std::ranges::minmax(flips);
      EXPECT_GT(low, 128 - 48) << "bit " << in << " of key " << place;
      EXPECT_LT(high, 128 + 48) << "bit " << in << " of key " << place;
    }
  }
}

// Over neighbouring streams rather than within one: the first word of each.
TEST(Random, NeighbouringStreamsAreUnrelated) {
  constexpr int kStreams = 20000;
  std::array<int64_t, 64> ones{};
  int64_t equal_bits = 0;
  for (uint64_t step = 0; step < kStreams; ++step) {
    const uint64_t word = Random({1, 0, step, 0}).bits();
    for (size_t bit = 0; bit < 64; ++bit) ones[bit] += static_cast<int64_t>(word >> bit & 1);
    equal_bits += std::popcount(~(word ^ Random({1, 0, step + 1, 0}).bits()));
  }
  const double deviation = std::sqrt(kStreams) / 2;
  for (const int64_t count : ones) EXPECT_NEAR(count, kStreams / 2, 4.5 * deviation);
  EXPECT_NEAR(equal_bits, kStreams * 32, 4.5 * deviation * 8);
}

TEST(Random, EveryPartOfABatchIndexButItsSizeChoosesTheStream) {
  const BatchIndex index{.seed = 3, .split = Split::kTraining, .step = 5, .rank = 1};
  const uint64_t first = random_of(index).bits();
  EXPECT_EQ(random_of(index).bits(), first);
  auto changed = index;
  changed.batch_size = 64;
  EXPECT_EQ(random_of(changed).bits(), first);
  std::set<uint64_t> seen;
  for (const uint64_t seed : {3, 4}) {
    for (const auto split : {Split::kTraining, Split::kValidation, Split::kTest}) {
      for (const int64_t step : {0, 1, 5}) {
        for (const int64_t rank : {0, 1, 2}) {
          seen.insert(random_of({.seed = seed, .split = split, .step = step, .rank = rank}).bits());
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), 2U * 3U * 3U * 3U);
}

TEST(Random, UniformFillsTheUnitIntervalEvenly) {
  Random random({11});
  std::vector<int64_t> cells(100);
  for (int i = 0; i < 100000; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    ++cells[static_cast<size_t>(value * 100)];
  }
  EXPECT_LT(chi_square(cells), 149);  // 99 degrees of freedom, exceeded by chance in 0.1 %
}

TEST(Random, UniformNeverReachesOne) {
  auto generator = Random::from_state({0, 0x4FC71C71C71C71C7, 0, 0});
  auto again = generator;
  ASSERT_EQ(generator.bits(), ~uint64_t{0});  // the largest word that there is
  EXPECT_EQ(again.uniform(), 1.0 - 0x1.0p-53);
}

TEST(Random, IntegersAreEvenlySpreadAndBothEndsOccur) {
  for (const int64_t count : {1, 2, 3, 6, 7, 20, 64, 65}) {
    Random random({12, static_cast<uint64_t>(count)});
    std::vector<int64_t> cells(static_cast<size_t>(count));
    for (int64_t i = 0; i < 2000 * count; ++i) {
      const int64_t value = random.integer(-5, count - 6);
      ASSERT_GE(value, -5);
      ASSERT_LE(value, count - 6);
      ++cells[static_cast<size_t>(value + 5)];
    }
    const auto freedom = static_cast<double>(count - 1);
    EXPECT_LE(chi_square(cells), freedom + 4.5 * std::sqrt(2 * freedom)) << count;
  }
}

TEST(Random, IntegersOfTheWidestRanges) {
  constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
  constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();
  Random random({13});
  int64_t negative = 0;
  for (int i = 0; i < 1000; ++i) negative += random.integer(kLowest, kHighest) < 0 ? 1 : 0;
  EXPECT_NEAR(negative, 500, 80);
  EXPECT_EQ(random.integer(kLowest, kLowest), kLowest);
  EXPECT_EQ(random.integer(kHighest, kHighest), kHighest);
  for (int i = 0; i < 100; ++i) EXPECT_GE(random.integer(kHighest - 1, kHighest), kHighest - 1);
  EXPECT_THROW(random.integer(3, 2), std::invalid_argument);
}

TEST(Random, CoinsAreFair) {
  Random random({14});
  int64_t heads = 0;
  for (int i = 0; i < 100000; ++i) heads += random.coin() ? 1 : 0;
  EXPECT_NEAR(heads, 50000, 4.5 * 158);
}

// Cells that the normal distribution fills equally, by its own distribution function.
TEST(Random, NormalNumbersAreNormal) {
  Random random({15});
  constexpr int kCount = 200000;
  std::vector<int64_t> cells(50);
  double sum = 0;
  double squares = 0;
  double fourths = 0;
  double largest = 0;
  for (int i = 0; i < kCount; ++i) {
    const double value = random.normal();
    const double below = 0.5 * std::erfc(-value / std::sqrt(2.0));
    ++cells[std::min<size_t>(static_cast<size_t>(below * 50), 49)];
    sum += value;
    squares += value * value;
    fourths += value * value * value * value;
    largest = std::max(largest, std::abs(value));
  }
  EXPECT_LT(chi_square(cells), 86);  // 49 degrees of freedom, exceeded by chance in 0.1 %
  EXPECT_NEAR(sum / kCount, 0, 4.5 / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount, 1, 4.5 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(fourths / kCount, 3, 4.5 * std::sqrt(96.0 / kCount));
  EXPECT_GT(largest, 4);
}

TEST(Random, EveryOrderIsEquallyLikely) {
  Random random({16});
  std::map<std::array<int, 4>, int64_t> orders;
  for (int i = 0; i < 24000; ++i) {
    std::array<int, 4> values{0, 1, 2, 3};
    random.shuffle(std::span<int>(values));
    ++orders[values];
  }
  ASSERT_EQ(orders.size(), 24U);
  std::vector<int64_t> counts;
  for (const auto& [order, count] : orders) counts.push_back(count);
  EXPECT_LT(chi_square(counts), 50);  // 23 degrees of freedom, exceeded by chance in 0.1 %
}

TEST(Random, ShufflingNothingDrawsNothing) {
  Random random({17});
  const auto before = random.state();
  std::vector<int> none;
  std::vector<int> one{5};
  random.shuffle(std::span<int>(none));
  random.shuffle(std::span<int>(one));
  EXPECT_EQ(one, std::vector<int>{5});
  EXPECT_EQ(random.state(), before);
}

}  // namespace
}  // namespace zoo
