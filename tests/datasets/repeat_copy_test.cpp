#include "zoo/datasets/repeat_copy/repeat_copy.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "support/message_of.h"
#include "support/statistics.h"
#include "support/transduction.h"

namespace zoo {
namespace {

struct RepeatCopySizes {
  int64_t length = 0, repeats = 0;
};

// From the mask alone: silence begins the answer, and of its steps one is the end marker.
RepeatCopySizes repeat_copy_sizes(const TransductionBatch& batch) {
  const auto asked = batch.mask[0].sum().item<int64_t>();
  const int64_t length = batch.mask.size(1) - asked - 1;
  return {.length = length, .repeats = (asked - 1) / length};
}

TEST(RepeatCopy, DefaultsAreThePapers) {
  const RepeatCopy repeat_copy;
  EXPECT_EQ(repeat_copy.input_size(), 9);
  EXPECT_EQ(repeat_copy.output_size(), 9);
  // Lengths and repetitions are uniform in 1..10 and independent: 100 pairs of them.
  std::vector<int64_t> seen(100);
  for (int64_t step = 0; step < 10000; ++step) {
    const auto [length, repeats] = repeat_copy_sizes(repeat_copy.batch({.step = step}));
    ASSERT_TRUE(length >= 1 && length <= 10 && repeats >= 1 && repeats <= 10);
    ++seen[static_cast<size_t>((length - 1) * 10 + repeats - 1)];
  }
  EXPECT_LT(chi_square(seen), 149);  // 99 degrees of freedom, exceeded by chance in 0.1 %
}

TEST(RepeatCopy, ShowsCountsOfMeanZeroAndVarianceOne) {
  double sum = 0, squares = 0;
  for (int repeats = 1; repeats <= 10; ++repeats) {
    const auto batch = RepeatCopy({.bits = 1}).prompt({{"bits", {{0}}}, {"repeats", repeats}});
    const auto count = batch.inputs[0][1][1].item<double>();
    EXPECT_NEAR(count, (repeats - 5.5) / 2.872, 1e-3);
    sum += count;
    squares += count * count;
  }
  EXPECT_NEAR(sum / 10, 0, 1e-7);
  EXPECT_NEAR(squares / 10, 1, 1e-6);
}

// Drawn by the Python program in random_test.cpp from the stream (7, 0, 6, 0): its first word,
// shortened to two bits, is 1, so the length is 2; the next six give 3, which is refused, and
// the eighth 2, so there are 3 repetitions; then one word for every vector, lowest bit first.
TEST(RepeatCopy, AgreesWithAnIndependentProgram) {
  const RepeatCopy repeat_copy(
      {.bits = 3, .min_length = 1, .max_length = 4, .min_repeats = 1, .max_repeats = 3});
  expect_same(repeat_copy.batch({.seed = 7, .step = 6, .batch_size = 2}),
              joined(drawn({". . . . . . . . . .",  //
                            ". 1 . . . . . . . .",  //
                            "1 . . . . . . . . .",  //
                            ". . -0.87038828 . . . . . . ."},
                           {". . . . . . . . . .",  //
                            ". . . . 1 . 1 . 1 .",  //
                            ". . . 1 . 1 . 1 . .",  //
                            ". . . . . . . . . 1"},
                           ". . . 1 1 1 1 1 1 1"),
                     drawn({". 1 . . . . . . . .",  //
                            "1 . . . . . . . . .",  //
                            "1 . . . . . . . . .",  //
                            ". . -0.87038828 . . . . . . ."},
                           {". . . . 1 . 1 . 1 .",  //
                            ". . . 1 . 1 . 1 . .",  //
                            ". . . 1 . 1 . 1 . .",  //
                            ". . . . . . . . . 1"},
                           ". . . 1 1 1 1 1 1 1")));
}

// Distinct sizes everywhere, more bits than a word has, and a count of another scale.
TEST(RepeatCopy, ShowsThenCountsThenAsksAgainAndAgain) {
  const RepeatCopy repeat_copy({.bits = 70,
                                .min_length = 2,
                                .max_length = 5,
                                .min_repeats = 3,
                                .max_repeats = 7,
                                .count_mean = 2,
                                .count_deviation = 0.5});
  for (int64_t step = 0; step < 50; ++step) {
    const auto batch = repeat_copy.batch({.step = step, .batch_size = 3});
    const auto [length, repeats] = repeat_copy_sizes(batch);
    const auto shown = batch.inputs.narrow(1, 0, length);  // [B, L, 71]
    EXPECT_TRUE(((shown == 0) | (shown == 1)).all().item<bool>());
    auto expected = TransductionBatch{.inputs = torch::zeros_like(batch.inputs),
                                      .targets = torch::zeros_like(batch.targets),
                                      .mask = torch::zeros_like(batch.mask)};
    expected.inputs.narrow(1, 0, length).narrow(2, 0, 70) = shown.narrow(2, 0, 70);
    expected.inputs.narrow(1, length, 1).select(2, 70).fill_(2 * (repeats - 2));
    expected.targets.narrow(1, length + 1, length * repeats) = shown.repeat({1, repeats, 1});
    expected.targets.select(1, -1).select(1, 70).fill_(1);
    expected.mask.narrow(1, length + 1, length * repeats + 1).fill_(1);
    EXPECT_TRUE(same(batch, expected)) << step;
  }
}

// 8 bits for each of 5.5 * 5.5 vectors; of their number the standard deviation is
// sqrt(38.5^2 - 5.5^4) = 23.8. The end marker is one step more, and asked for on all 9 channels.
TEST(RepeatCopy, GuessingTheVectorsCosts242Bits) {
  constexpr int64_t kBatches = 10000;
  double bits = 0, all = 0;
  for (int64_t step = 0; step < kBatches; ++step) {
    const auto asked = RepeatCopy().batch({.step = step}).mask.sum().item<double>();
    bits += 8 * (asked - 1);
    all += 9 * asked;
  }
  EXPECT_NEAR(bits / kBatches, 242, 4.5 * 8 * 23.8 / std::sqrt(kBatches));
  EXPECT_NEAR(all / kBatches, 281.25, 4.5 * 9 * 23.8 / std::sqrt(kBatches));
}

// The drawing of the README.
TEST(RepeatCopy, PromptIsTheWorkedExample) {
  const RepeatCopy repeat_copy({.bits = 3});
  expect_same(repeat_copy.prompt({{"bits", {{1, 0, 0}, {0, 1, 1}}}, {"repeats", 3}}),
              drawn({"1 . . . . . . . . .",  //
                     ". 1 . . . . . . . .",  //
                     ". 1 . . . . . . . .",  //
                     ". . -0.87038828 . . . . . . ."},
                    {". . . 1 . 1 . 1 . .",  //
                     ". . . . 1 . 1 . 1 .",  //
                     ". . . . 1 . 1 . 1 .",  //
                     ". . . . . . . . . 1"},
                    ". . . 1 1 1 1 1 1 1"));
}

TEST(RepeatCopy, PromptOfWhatABatchShowsIsThatBatch) {
  const RepeatCopy repeat_copy;
  const auto batch = repeat_copy.batch({.step = 4});
  const auto [length, repeats] = repeat_copy_sizes(batch);
  const auto vectors = bits_at(batch.inputs, 0, length, 8).front();
  expect_same(repeat_copy.prompt({{"bits", vectors}, {"repeats", repeats}}), batch);
}

TEST(RepeatCopy, SaysWhatIsWrongWithAPrompt) {
  expect_complaints(
      RepeatCopy({.bits = 3}),
      {{R"({"repeats": 3})", R"(there is no "bits")"},
       {R"({"bits": [[0,1,0]]})", R"(there is no "repeats")"},
       {R"({"bits": [0,1,0], "repeats": 3})", R"(vector 1 of "bits" must be a list, got 0)"},
       {R"({"bits": [[0,1,0]], "repeats": 0})",
        R"("repeats" must be a whole number from 1 to 100000, got 0)"},
       {R"({"bits": [[0,1,0]], "repeats": 100001})",
        R"("repeats" must be a whole number from 1 to 100000, got 100001)"},
       {R"({"bits": [[0,1,0]], "repeats": "twice"})",
        R"("repeats" must be a whole number from 1 to 100000, got "twice")"}});
}

TEST(RepeatCopy, SaysWhatIsWrongWithItsOptions) {
  const auto message = [](const RepeatCopyOptions& options) {
    return message_of<std::invalid_argument>([&] { RepeatCopy{options}; });
  };
  EXPECT_EQ(message({.min_length = 5, .max_length = 3}),
            "RepeatCopy: max_length must be at least min_length, which is 5, got 3");
  EXPECT_EQ(message({.min_repeats = 11}),
            "RepeatCopy: max_repeats must be at least min_repeats, which is 11, got 10");
  EXPECT_EQ(message({.bits = 1025}), "RepeatCopy: bits must be between 1 and 1024, got 1025");
  EXPECT_EQ(message({.min_length = 0}),
            "RepeatCopy: min_length must be between 1 and 100000, got 0");
  EXPECT_EQ(message({.max_length = 100001}),
            "RepeatCopy: max_length must be between 1 and 100000, got 100001");
  EXPECT_EQ(message({.min_repeats = 0}),
            "RepeatCopy: min_repeats must be between 1 and 100000, got 0");
  EXPECT_EQ(message({.max_repeats = 0}),
            "RepeatCopy: max_repeats must be between 1 and 100000, got 0");
  EXPECT_EQ(message({.count_deviation = 0}), "RepeatCopy: count_deviation must be above 0, got 0");
  EXPECT_EQ(message({.count_mean = std::nan("")}),
            "RepeatCopy: count_mean must be a number, got nan");
}

TEST(RepeatCopy, FieldsNameEveryOption) {
  expect_fields<RepeatCopyOptions>({"bits", "min_length", "max_length", "min_repeats",
                                    "max_repeats", "count_mean", "count_deviation"});
}

}  // namespace
}  // namespace zoo
