#include "zoo/datasets/dynamic_ngrams/dynamic_ngrams.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/message_of.h"
#include "support/statistics.h"
#include "support/transduction.h"
#include "zoo/datasets/random.h"

namespace zoo {
namespace {

// All bits of each example: those that are shown and the last target.
std::vector<std::string> ngram_bits(const TransductionBatch& batch) {
  const auto inputs = batch.inputs.accessor<float, 3>();
  const auto targets = batch.targets.accessor<float, 3>();
  std::vector<std::string> examples;
  for (int64_t i = 0; i < inputs.size(0); ++i) {
    auto& bits = examples.emplace_back();
    for (int64_t t = 0; t < inputs.size(1); ++t) bits += inputs[i][t][0] == 1 ? '1' : '0';
    bits += targets[i][targets.size(1) - 1][0] == 1 ? '1' : '0';
  }
  return examples;
}

// By a context as text: how many zeros and ones followed it.
using NgramCounts = std::map<std::string, std::array<double, 2>>;

// Visits each bit after the first `context`: its context, its value, what was counted before it.
template <class Visit>
void visit_ngrams(const std::string& bits, size_t context, const Visit& visit) {
  NgramCounts counts;
  for (size_t i = context; i < bits.size(); ++i) {
    const auto key = bits.substr(i - context, context);
    auto& seen = counts[key];
    const size_t bit = bits[i] == '1' ? 1 : 0;
    visit(key, bit, seen);
    ++seen[bit];
  }
}

// What the rule (N + a) / (N0 + N1 + 2 a) needs.
double bits_of_rule(const std::string& bits, size_t context, double a) {
  double needed = 0;
  visit_ngrams(bits, context, [&](const std::string&, size_t bit, const auto& seen) {
    needed -= std::log2((seen[bit] + a) / (seen[0] + seen[1] + 2 * a));
  });
  return needed;
}

// A batch that shows these bits, with the last as its last target.
TransductionBatch ngram_batch(const DynamicNgrams& ngrams, const std::vector<int>& bits) {
  auto batch = ngrams.prompt({{"bits", std::vector<int>(bits.begin(), bits.end() - 1)}});
  batch.targets[0][-1][0] = bits.back();
  return batch;
}

TEST(DynamicNgrams, DefaultsAreThePapers) {
  const DynamicNgrams ngrams;
  EXPECT_EQ(ngrams.input_size(), 1);
  EXPECT_EQ(ngrams.output_size(), 1);
  const auto batch = ngrams.batch({});
  EXPECT_EQ(batch.inputs.size(1), 199);
  EXPECT_EQ(batch.mask.sum().item<double>(), 195) << "what guessing costs";
  EXPECT_EQ(batch.mask[0][3].item<float>(), 0) << "of the fifth bit, a fair coin";
  EXPECT_EQ(batch.mask[0][4].item<float>(), 1);
}

TEST(DynamicNgrams, AsksForTheNextBit) {
  const DynamicNgrams ngrams({.context = 3, .length = 20});
  for (int64_t step = 0; step < 20; ++step) {
    const auto batch = ngrams.batch({.step = step, .batch_size = 3});
    EXPECT_TRUE(((batch.inputs == 0) | (batch.inputs == 1)).all().item<bool>());
    EXPECT_TRUE(torch::equal(batch.targets.narrow(1, 2, 16), batch.inputs.narrow(1, 3, 16)));
    EXPECT_TRUE((batch.mask == (torch::arange(19) >= 2)).all().item<bool>());
  }
}

// Drawn by the Python program in random_test.cpp from the stream (7, 0, 8, 0), a word w for every
// number u = (w >> 11) / 2^53: for each example the probabilities sin(pi / 2 u)^2 of a 1 after 00,
// 01, 10 and 11, then a number for every bit, which is 1 if that is below the probability. The
// probabilities are 0.137 0.402 0.082 0.885 and 0.552 0.417 0.830 0.291. The bits that the optimal
// estimator needs were computed there too.
TEST(DynamicNgrams, AgreesWithAnIndependentProgram) {
  const DynamicNgrams ngrams({.context = 2, .length = 24});
  const auto batch = ngrams.batch({.seed = 7, .step = 8, .batch_size = 2});
  EXPECT_EQ(ngram_bits(batch), (std::vector<std::string>{"111111100000010000011111",  //
                                                         "011011010110101111010001"}));
  const auto needed = ngrams.optimal_bits(batch);
  EXPECT_NEAR(needed[0].item<double>(), 19.773366730834702, 1e-12);
  EXPECT_NEAR(needed[1].item<double>(), 24.82632286369658, 1e-12);
}

TEST(DynamicNgrams, TheFirstBitsAreFairCoins) {
  std::vector<int64_t> seen(32);
  for (int64_t step = 0; step < 20; ++step) {
    for (const auto& bits : ngram_bits(DynamicNgrams().batch({.step = step, .batch_size = 160}))) {
      ++seen[std::stoul(bits.substr(0, 5), nullptr, 2)];
    }
  }
  EXPECT_LT(chi_square(seen), 61.1);  // 31 degrees of freedom, exceeded by chance in 0.1 %
}

// With a context of one bit, the first bit comes at least k times more with the probability
// E[p^k] = C(2 k, k) / 4^k for p from Beta(1/2, 1/2). These moments determine the distribution.
TEST(DynamicNgrams, ProbabilitiesFollowTheArcsineLaw) {
  constexpr std::array<size_t, 10> kRuns{0, 1, 2, 3, 4, 8, 16, 32, 64, 65};  // where cells begin
  const DynamicNgrams ngrams({.context = 1, .length = 65});
  std::vector<double> probabilities;
  double at_least = 1;
  for (size_t run = 0, cell = 0; cell + 2 < kRuns.size(); ++cell) {
    const double before = at_least;
    for (; run < kRuns[cell + 1]; ++run) {
      at_least *= (static_cast<double>(run) + 0.5) / (static_cast<double>(run) + 1);
    }
    probabilities.push_back(before - at_least);
  }
  probabilities.push_back(at_least);  // to the end of the sequence
  std::array<std::vector<int64_t>, 2> seen;
  for (auto& each : seen) each.resize(probabilities.size());
  for (int64_t step = 0; step < 100; ++step) {
    for (const auto& bits : ngram_bits(ngrams.batch({.step = step, .batch_size = 200}))) {
      const auto run = std::min(bits.find_first_not_of(bits[0]), bits.size()) - 1;
      const auto cell = std::ranges::upper_bound(kRuns, run) - kRuns.begin() - 1;
      ++seen[bits[0] == '1' ? 1 : 0].at(static_cast<size_t>(cell));
    }
  }
  for (const auto& each : seen) {
    EXPECT_LT(chi_square(each, probabilities), 26.1);  // 8 degrees of freedom, 0.1 % by chance
  }
}

// After a 0 came 1: one bit. After a 1 came 1: one bit, and then 0: (0 + 1/2) / (1 + 1), two bits.
// After a 0 came 0: one of one was a 1, two bits. After that one of each, one bit.
TEST(DynamicNgrams, OptimalBitsByHand) {
  const DynamicNgrams ngrams({.context = 1, .length = 6});
  const auto batch = ngram_batch(ngrams, {0, 1, 1, 0, 0, 1});
  EXPECT_NEAR(ngrams.optimal_bits(batch).item<double>(), 1 + 1 + 2 + 2 + 1, 1e-12);
}

// What a context costs does not depend on the order of the bits after it: it is the integral of
// p^N1 (1 - p)^N0 over Beta(1/2, 1/2), a quotient of Beta functions.
TEST(DynamicNgrams, OptimalBitsAreTheIntegralOverAllTables) {
  const auto log_beta = [](double a, double b) {
    return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
  };
  for (const int64_t context : {1, 2, 5, 9}) {
    const DynamicNgrams ngrams({.context = context, .length = 300});
    const auto batch = ngrams.batch({.step = context, .batch_size = 20});
    const auto needed = ngrams.optimal_bits(batch);
    const auto examples = ngram_bits(batch);
    for (size_t i = 0; i < examples.size(); ++i) {
      NgramCounts counts;
      visit_ngrams(examples[i], static_cast<size_t>(context),
                   [&](const std::string& key, size_t bit, const auto&) { ++counts[key][bit]; });
      double expected = 0;
      for (const auto& [key, seen] : counts) {
        expected -= (log_beta(seen[1] + 0.5, seen[0] + 0.5) - log_beta(0.5, 0.5)) / std::log(2.0);
      }
      EXPECT_NEAR(needed[static_cast<int64_t>(i)].item<double>(), expected, 1e-9);
    }
  }
}

// Means of a simulation of 2 000 000 sequences in NumPy: 128.226 for the optimal estimator, whose
// standard deviation is 35.9, and 2.183 more, standard deviation 2.43, for Laplace's rule. Each
// bound is exceeded by chance in less than 0.01 %.
TEST(DynamicNgrams, TheOptimumIs128Bits) {
  constexpr int64_t kBatches = 40, kExamples = 500;
  const DynamicNgrams ngrams;
  double optimum = 0, laplace = 0;
  for (int64_t step = 0; step < kBatches; ++step) {
    const auto batch = ngrams.batch({.step = step, .batch_size = kExamples});
    optimum += ngrams.optimal_bits(batch).sum().item<double>();
    for (const auto& bits : ngram_bits(batch)) laplace += bits_of_rule(bits, 5, 1);
  }
  constexpr double kSequences = kBatches * kExamples;
  EXPECT_NEAR(optimum / kSequences, 128.226, 4 * 35.9 / std::sqrt(kSequences));
  EXPECT_NEAR((laplace - optimum) / kSequences, 2.183, 4 * 2.43 / std::sqrt(kSequences));
}

// Whoever knew the table would need 98.453 bits on average: mean and standard deviation, 31.0, of
// the same simulation; what they need less than their own expectation is 0 on average, with a
// standard deviation of 9.74. The table is what the stream of a batch of one example begins with.
TEST(DynamicNgrams, WhoKnowsTheTableNeeds98Bits) {
  constexpr int64_t kSequences = 4000;
  double needed = 0, expected = 0;
  for (int64_t step = 0; step < kSequences; ++step) {
    const BatchIndex index{.seed = 3, .split = Split::kTest, .step = step};
    Random random = random_of(index);
    std::array<double, 32> ones{};
    for (auto& p : ones) p = std::pow(std::sin(std::numbers::pi / 2 * random.uniform()), 2);
    visit_ngrams(ngram_bits(DynamicNgrams().batch(index)).front(), 5,
                 [&](const std::string& key, size_t bit, const auto&) {
                   const double p = ones[std::stoul(key, nullptr, 2)];
                   needed -= std::log2(bit == 1 ? p : 1 - p);
                   expected -= p * std::log2(p) + (1 - p) * std::log2(1 - p);
                 });
  }
  const double root = std::sqrt(static_cast<double>(kSequences));
  EXPECT_NEAR(needed / kSequences, 98.453, 4 * 31.0 / root);  // exceeded by chance in 0.01 %
  EXPECT_NEAR((needed - expected) / kSequences, 0, 4 * 9.74 / root);  // and this one
}

// The drawing of the README.
TEST(DynamicNgrams, PromptIsTheWorkedExample) {
  const DynamicNgrams ngrams({.context = 2, .length = 3});
  expect_same(ngrams.prompt({{"bits", {0, 1, 1, 0, 1}}}),
              drawn({"0 1 1 0 1"}, {". 1 0 1 ."}, ". 1 1 1 1"));
}

// But for the last target, which a question does not know.
TEST(DynamicNgrams, PromptOfWhatABatchShowsIsThatBatch) {
  const DynamicNgrams ngrams;
  auto batch = ngrams.batch({.step = 4});
  std::vector<int> bits;
  const auto shown = bits_at(batch.inputs, 0, 199, 1).front();
  for (const auto& vector : shown) bits.push_back(vector[0]);
  batch.targets[0][-1][0] = 0;
  expect_same(ngrams.prompt({{"bits", bits}}), batch);
}

TEST(DynamicNgrams, AnswersWithTheProbabilitiesOfAOne) {
  const DynamicNgrams ngrams({.context = 3, .length = 4});
  const auto prompt = ngrams.prompt({{"bits", {0, 1, 1, 0, 1}}});
  const auto probabilities = drawn({"0.9 0.8 0.25 0.123456 1"}).unsqueeze(0);
  EXPECT_EQ(ngrams.answer(probabilities, prompt).dump(), R"({"probabilities":[0.25,0.1235,1.0]})");
}

TEST(DynamicNgrams, SaysWhatIsWrongWithAPrompt) {
  expect_complaints(DynamicNgrams({.context = 3}),
                    {{"{}", R"(there is no "bits")"},
                     {R"({"bits": 3})", R"("bits" must be a list, got 3)"},
                     {R"({"bits": [0, 1, 3]})", R"("bits" must be of 0 and 1, got 3)"},
                     {R"({"bits": [[0, 1, 1]]})", R"("bits" must be of 0 and 1, got [0,1,1])"},
                     {R"({"bits": []})", R"("bits" must have at least 3 bits, got 0)"},
                     {R"({"bits": [0, 1]})", R"("bits" must have at least 3 bits, got 2)"}});
}

TEST(DynamicNgrams, SaysWhatIsWrongWithItsOptions) {
  const auto message = [](const DynamicNgramsOptions& options) {
    return message_of<std::invalid_argument>([&] { DynamicNgrams{options}; });
  };
  EXPECT_EQ(message({.context = 5, .length = 5}),
            "DynamicNgrams: length must be at least context + 1, which is 6, got 5");
  EXPECT_EQ(message({.context = 5, .length = 6}), "no error");
  EXPECT_EQ(message({.context = 0}), "DynamicNgrams: context must be between 1 and 20, got 0");
  EXPECT_EQ(message({.context = 21}), "DynamicNgrams: context must be between 1 and 20, got 21");
  EXPECT_EQ(message({.length = 1}), "DynamicNgrams: length must be between 2 and 1000000, got 1");
}

TEST(DynamicNgrams, FieldsNameEveryOption) {
  expect_fields<DynamicNgramsOptions>({"context", "length"});
}

}  // namespace
}  // namespace zoo
