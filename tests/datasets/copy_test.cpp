#include "zoo/datasets/copy/copy.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <vector>

#include "support/message_of.h"
#include "support/statistics.h"
#include "support/transduction.h"

namespace zoo {
namespace {

int64_t length_of(const TransductionBatch& batch) { return (batch.inputs.size(1) - 1) / 2; }

TEST(Copy, DefaultsAreThePapers) {
  const Copy copy;
  EXPECT_EQ(copy.input_size(), 9);
  EXPECT_EQ(copy.output_size(), 8);
  std::set<int64_t> lengths;
  for (int64_t step = 0; step < 1000; ++step) lengths.insert(length_of(copy.batch({.step = step})));
  EXPECT_EQ(lengths.size(), 20U);
  EXPECT_EQ(*lengths.begin(), 1);
  EXPECT_EQ(*lengths.rbegin(), 20);
}

// Drawn by the Python program in random_test.cpp from the stream (7, 0, 3, 0): its first word,
// shortened to two bits, is 2, so the length is 3; then one word for every vector, lowest bit
// first.
TEST(Copy, AgreesWithAnIndependentProgram) {
  const Copy copy({.bits = 3, .min_length = 1, .max_length = 4});
  const auto batch = copy.batch({.seed = 7, .split = Split::kTraining, .step = 3, .batch_size = 2});
  expect_same(batch, joined(drawn({". 1 1 . . . .",  //
                                   ". 1 1 . . . .",  //
                                   "1 1 . . . . .",  //
                                   ". . . 1 . . ."},
                                  {". . . . . 1 1",  //
                                   ". . . . . 1 1",  //
                                   ". . . . 1 1 ."},
                                  ". . . . 1 1 1"),
                            drawn({". . 1 . . . .",  //
                                   ". . 1 . . . .",  //
                                   ". 1 1 . . . .",  //
                                   ". . . 1 . . ."},
                                  {". . . . . . 1",  //
                                   ". . . . . . 1",  //
                                   ". . . . . 1 1"},
                                  ". . . . 1 1 1")));
}

TEST(Copy, ShowsThenFallsSilentThenAsksForTheSame) {
  const Copy copy({.bits = 70, .min_length = 1, .max_length = 9});  // more bits than a word has
  for (int64_t step = 0; step < 50; ++step) {
    const auto batch = copy.batch({.step = step, .batch_size = 3});
    const auto length = length_of(batch);
    const auto shown = batch.inputs.narrow(1, 0, length);
    const auto delimiter = batch.inputs.select(1, length);
    const auto silence = batch.inputs.narrow(1, length + 1, length);
    EXPECT_TRUE(((shown == 0) | (shown == 1)).all().item<bool>());
    EXPECT_TRUE((shown.select(2, 70) == 0).all().item<bool>());
    EXPECT_TRUE((delimiter.select(1, 70) == 1).all().item<bool>());
    EXPECT_EQ(delimiter.sum().item<double>(), 3);
    EXPECT_TRUE((silence == 0).all().item<bool>());
    EXPECT_TRUE(torch::equal(batch.targets.narrow(1, length + 1, length), shown.narrow(2, 0, 70)));
    EXPECT_TRUE((batch.targets.narrow(1, 0, length + 1) == 0).all().item<bool>());
    EXPECT_TRUE((batch.mask.narrow(1, 0, length + 1) == 0).all().item<bool>());
    EXPECT_TRUE((batch.mask.narrow(1, length + 1, length) == 1).all().item<bool>());
  }
}

TEST(Copy, LengthsAreUniform) {
  const Copy copy({.bits = 1, .min_length = 3, .max_length = 12});
  constexpr int kBatches = 20000;
  std::vector<int64_t> seen(10);
  for (int64_t step = 0; step < kBatches; ++step) {
    const auto length = length_of(copy.batch({.step = step}));
    ASSERT_GE(length, 3);
    ASSERT_LE(length, 12);
    ++seen[static_cast<size_t>(length - 3)];
  }
  EXPECT_LT(chi_square(seen), 27.9);  // 9 degrees of freedom, exceeded by chance in 0.1 %
}

// Every bit is a fair coin of its own: also those of one vector, and of neighbouring examples.
TEST(Copy, BitsAreFairAndIndependent) {
  const Copy copy({.bits = 8, .min_length = 10, .max_length = 10});
  constexpr int64_t kBatches = 2000;
  auto products = torch::zeros({240, 240}, torch::kFloat64);
  auto sums = torch::zeros({240}, torch::kFloat64);
  for (int64_t step = 0; step < kBatches; ++step) {
    const auto batch = copy.batch({.step = step, .batch_size = 3});
    const auto bits = batch.targets.narrow(1, 11, 10).reshape({240}).to(torch::kFloat64) * 2 - 1;
    sums += bits;
    products += torch::outer(bits, bits);
  }
  const auto deviation = std::sqrt(static_cast<double>(kBatches));
  EXPECT_LT(sums.abs().max().item<double>(), 4.5 * deviation);
  const auto different = products - torch::diag(torch::diagonal(products));
  EXPECT_LT(different.abs().max().item<double>(), 5.5 * deviation);  // 28 680 pairs
}

// The drawing of the README.
TEST(Copy, PromptIsTheWorkedExample) {
  const Copy copy({.bits = 4, .min_length = 1, .max_length = 1});
  expect_same(copy.prompt({{"bits", {{1, 0, 0, 1}, {0, 1, 0, 1}, {1, 1, 1, 0}}}}),
              drawn({"1 . 1 . . . .",  //
                     ". 1 1 . . . .",  //
                     ". . 1 . . . .",  //
                     "1 1 . . . . .",  //
                     ". . . 1 . . ."},
                    {". . . . 1 . 1",  //
                     ". . . . . 1 1",  //
                     ". . . . . . 1",  //
                     ". . . . 1 1 ."},
                    ". . . . 1 1 1"));
}

TEST(Copy, PromptOfWhatABatchShowsIsThatBatch) {
  const Copy copy;
  const auto batch = copy.batch({.step = 4});
  const auto vectors = bits_at(batch.inputs, 0, length_of(batch), 8).front();
  expect_same(copy.prompt({{"bits", vectors}}), batch);
}

// 8 bits for each of 10.5 vectors; of lengths the standard deviation is 5.77.
TEST(Copy, GuessingCosts84Bits) {
  constexpr int64_t kBatches = 4000;
  double asked = 0;
  for (int64_t step = 0; step < kBatches; ++step) {
    asked += Copy().batch({.step = step}).mask.sum().item<double>() * 8;
  }
  EXPECT_NEAR(asked / kBatches, 84, 4.5 * 8 * 5.77 / std::sqrt(kBatches));
}

TEST(Copy, SaysWhatIsWrongWithAPrompt) {
  expect_complaints(
      Copy({.bits = 3}),
      {{"{}", R"(there is no "bits")"},
       {R"({"bits": 7})", R"("bits" must be a list of vectors of 3 bits, got 7)"},
       {R"({"bits": [[0,1,0],[1,5,0]]})", R"(vector 2 of "bits" must be of 0 and 1, got 5)"}});
}

TEST(Copy, SaysWhatIsWrongWithItsOptions) {
  EXPECT_EQ(message_of<std::invalid_argument>([] { Copy({.min_length = 5, .max_length = 3}); }),
            "Copy: max_length must be at least min_length, which is 5, got 3");
  EXPECT_EQ(message_of<std::invalid_argument>([] { Copy({.bits = 0}); }),
            "Copy: bits must be between 1 and 1024, got 0");
  EXPECT_EQ(message_of<std::invalid_argument>([] { Copy({.min_length = 0}); }),
            "Copy: min_length must be between 1 and 1000000, got 0");
}

TEST(Copy, FieldsNameEveryOption) {
  expect_fields<CopyOptions>({"bits", "min_length", "max_length"});
}

}  // namespace
}  // namespace zoo
