#include "zoo/models/beam_search/top_symbols.h"

#include <gtest/gtest.h>

#include <limits>

namespace zoo {
namespace {

using torch::Tensor;

constexpr double kNever = -std::numeric_limits<double>::infinity();
constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

/// Both ways agree with a stable sort of all; of what is impossible only that it is.
void expect_as_sorted(const Tensor& scores, int64_t count) {
  const Tensor clean = scores.to(torch::kDouble).nan_to_num(kNever, -kNever, kNever);
  const auto [sorted, order] = torch::sort(clean, /*stable=*/true, /*dim=*/1, /*descending=*/true);
  const int64_t found = std::min(count, scores.size(1));
  const Tensor expected = sorted.narrow(1, 0, found);
  const Tensor possible = expected.isneginf().logical_not();
  const auto expect_equal = [&](const TopSymbols& top, const char* way) {
    EXPECT_EQ(top.scores.scalar_type(), torch::kDouble);
    EXPECT_TRUE(torch::equal(top.scores, expected)) << way << top.scores << expected;
    EXPECT_TRUE(torch::equal(top.symbols.masked_select(possible),
                             order.narrow(1, 0, found).masked_select(possible)))
        << way << top.symbols << order;
  };
  expect_equal(top_symbols(scores, count), "a scan");
  if (scores.scalar_type() == torch::kFloat) {
    expect_equal(top_symbols_by_keys(scores, count), "by keys");
  }
}

TEST(TopSymbols, AreTheFirstOfAStableSort) {
  torch::manual_seed(3);
  for (const auto type : {torch::kFloat, torch::kDouble, torch::kHalf, torch::kBFloat16}) {
    const Tensor scores = torch::randn({7, 300}, torch::kDouble) * 5;
    for (const int64_t count : {1, 2, 17, 300, 1000}) {
      expect_as_sorted(scores.to(type), count);
      expect_as_sorted(scores.round().to(type), count);  // a few values, many are equal
      expect_as_sorted(scores.to(type).t(), count);      // not in the order of memory
    }
  }
}

TEST(TopSymbols, KnowWhatIsImpossibleAndThatMinusZeroIsZero) {
  const Tensor scores = torch::tensor({{kNever, -1.0, kNoNumber, -3.0, -1.0},
                                       {-0.0, 0.0, -1e-40, 0.0, 1e-40},
                                       {kNever, kNever, kNever, kNever, kNoNumber},
                                       {-1e30, 1e30, -kNever, 2.0, kNoNumber}});
  for (const auto type : {torch::kFloat, torch::kDouble}) {
    for (int64_t count = 1; count <= 5; ++count) expect_as_sorted(scores.to(type), count);
  }
}

TEST(TopSymbols, ByHand) {
  const auto top = top_symbols(torch::tensor({{-2.0f, -1.0f, -3.0f, -1.0f, -2.0f}}), 3);
  EXPECT_TRUE(torch::equal(top.symbols, torch::tensor({{1, 3, 0}})));
  EXPECT_TRUE(torch::equal(top.scores, torch::tensor({{-1.0, -1.0, -2.0}}, torch::kDouble)));
}

}  // namespace
}  // namespace zoo
