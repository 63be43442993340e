#include "zoo/datasets/copy/copy.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace zoo {
namespace {

using Vectors = std::vector<std::vector<int>>;

bool same(const TransductionBatch& a, const TransductionBatch& b) {
  return torch::equal(a.inputs, b.inputs) && torch::equal(a.targets, b.targets) &&
         torch::equal(a.mask, b.mask);
}

int64_t length_of(const TransductionBatch& batch) { return (batch.inputs.size(1) - 1) / 2; }

// The bits that one example shows, as "0110...": a name for the example.
std::string shown_bits(const TransductionBatch& batch, int64_t example) {
  const auto bits = batch.targets.size(2);
  const auto shown = batch.inputs[example].narrow(0, 0, length_of(batch)).narrow(1, 0, bits);
  std::string name;
  const auto flat = shown.contiguous();
  for (int64_t i = 0; i < flat.numel(); ++i) name += flat.data_ptr<float>()[i] == 1 ? '1' : '0';
  return name;
}

// What `call` complains about.
template <class Call>
std::string complaint_of(Call call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no complaint";
}

TEST(Copy, ShapesAndTypes) {
  const Copy copy({.bits = 5, .min_length = 7, .max_length = 7});
  EXPECT_EQ(copy.input_size(), 6);
  EXPECT_EQ(copy.output_size(), 5);
  const auto batch = copy.batch({.batch_size = 3});
  EXPECT_EQ(batch.inputs.sizes(), (std::vector<int64_t>{3, 15, 6}));
  EXPECT_EQ(batch.targets.sizes(), (std::vector<int64_t>{3, 15, 5}));
  EXPECT_EQ(batch.mask.sizes(), (std::vector<int64_t>{3, 15}));
  for (const auto& tensor : {batch.inputs, batch.targets, batch.mask}) {
    EXPECT_EQ(tensor.scalar_type(), torch::kFloat32);
    EXPECT_TRUE(tensor.is_contiguous());
    EXPECT_FALSE(tensor.requires_grad());
  }
}

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
  const auto inputs = torch::tensor({{{0, 0, 1, 0},
                                      {1, 1, 1, 0},
                                      {1, 1, 0, 0},
                                      {0, 0, 0, 1},
                                      {0, 0, 0, 0},
                                      {0, 0, 0, 0},
                                      {0, 0, 0, 0}},
                                     {{0, 0, 0, 0},
                                      {0, 0, 1, 0},
                                      {1, 1, 1, 0},
                                      {0, 0, 0, 1},
                                      {0, 0, 0, 0},
                                      {0, 0, 0, 0},
                                      {0, 0, 0, 0}}},
                                    torch::kFloat32);
  EXPECT_TRUE(torch::equal(batch.inputs, inputs)) << batch.inputs;
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

TEST(Copy, SameIndexSameBatchWhateverWasDrawnBefore) {
  const Copy copy;
  std::vector<TransductionBatch> forwards;
  for (int64_t step = 0; step < 20; ++step) {
    forwards.push_back(copy.batch({.seed = 2, .step = step, .batch_size = 4}));
  }
  const Copy other;
  for (int64_t step = 19; step >= 0; --step) {
    const auto again = other.batch({.seed = 2, .step = step, .batch_size = 4});
    EXPECT_TRUE(same(again, forwards[static_cast<size_t>(step)])) << step;
  }
}

TEST(Copy, SameBatchOnEveryThread) {
  const Copy copy;
  constexpr int kSteps = 50;
  std::vector<std::vector<TransductionBatch>> made(4);
  std::vector<std::thread> threads;
  for (auto& batches : made) {
    threads.emplace_back([&copy, &batches] {
      for (int64_t step = 0; step < kSteps; ++step) batches.push_back(copy.batch({.step = step}));
    });
  }
  for (auto& thread : threads) thread.join();
  for (int64_t step = 0; step < kSteps; ++step) {
    const auto expected = copy.batch({.step = step});
    for (const auto& batches : made)
      EXPECT_TRUE(same(batches[static_cast<size_t>(step)], expected));
  }
}

TEST(Copy, SmallBatchesAreTheBeginningOfLargeOnes) {
  const Copy copy;
  const auto large = copy.batch({.step = 9, .batch_size = 6});
  const auto small = copy.batch({.step = 9, .batch_size = 2});
  EXPECT_TRUE(torch::equal(small.inputs, large.inputs.narrow(0, 0, 2)));
  EXPECT_TRUE(torch::equal(small.targets, large.targets.narrow(0, 0, 2)));
}

// 160 bits each: two that are equal are no accident.
TEST(Copy, NoExampleComesTwice) {
  const Copy copy({.bits = 8, .min_length = 20, .max_length = 20});
  std::set<std::string> examples;
  for (const uint64_t seed : {1, 2}) {
    for (const auto split : {Split::kTraining, Split::kValidation, Split::kTest}) {
      for (int64_t rank = 0; rank < 3; ++rank) {
        for (int64_t step = 0; step < 40; ++step) {
          const auto batch = copy.batch(
              {.seed = seed, .split = split, .step = step, .batch_size = 4, .rank = rank});
          for (int64_t i = 0; i < 4; ++i) examples.insert(shown_bits(batch, i));
        }
      }
    }
  }
  EXPECT_EQ(examples.size(), 2U * 3U * 3U * 40U * 4U);
}

TEST(Copy, LengthsAreUniform) {
  const Copy copy({.bits = 1, .min_length = 3, .max_length = 12});
  constexpr int kBatches = 20000;
  std::vector<int> seen(10);
  for (int64_t step = 0; step < kBatches; ++step) {
    const auto length = length_of(copy.batch({.step = step}));
    ASSERT_GE(length, 3);
    ASSERT_LE(length, 12);
    ++seen[static_cast<size_t>(length - 3)];
  }
  double chi_square = 0;
  for (const int count : seen) {
    chi_square += std::pow(count - kBatches / 10.0, 2) / (kBatches / 10.0);
  }
  EXPECT_LT(chi_square, 27.9);  // 9 degrees of freedom, exceeded by chance in 0.1 %
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

TEST(Copy, PromptIsTheWorkedExample) {
  const Copy copy({.bits = 3, .min_length = 1, .max_length = 1});
  const auto batch = copy.prompt({{"bits", Vectors{{1, 0, 1}, {0, 1, 1}}}});
  const TransductionBatch expected{
      .inputs =
          torch::tensor({{{1, 0, 1, 0}, {0, 1, 1, 0}, {0, 0, 0, 1}, {0, 0, 0, 0}, {0, 0, 0, 0}}},
                        torch::kFloat32),
      .targets =
          torch::tensor({{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {1, 0, 1}, {0, 1, 1}}}, torch::kFloat32),
      .mask = torch::tensor({{0, 0, 0, 1, 1}}, torch::kFloat32)};
  EXPECT_TRUE(same(batch, expected));
}

TEST(Copy, PromptOfWhatABatchShowsIsThatBatch) {
  const Copy copy;
  const auto batch = copy.batch({.step = 4});
  Vectors vectors(static_cast<size_t>(length_of(batch)), std::vector<int>(8));
  for (size_t i = 0; i < vectors.size(); ++i) {
    for (size_t j = 0; j < 8; ++j) {
      vectors[i][j] =
          batch.inputs.index({0, static_cast<int64_t>(i), static_cast<int64_t>(j)}).item<int>();
    }
  }
  EXPECT_TRUE(same(copy.prompt({{"bits", vectors}}), batch));
}

TEST(Copy, SaysWhatIsWrongWithAPrompt) {
  const Copy copy({.bits = 3});
  struct Case {
    std::string question;
    std::string message;
  };
  const std::vector<Case> cases{
      {"[]", "this is no JSON object but []"},
      {"{}", R"(there is no "bits")"},
      {R"({"bits": 7})", R"("bits" must be a list of vectors of 3 bits, got 7)"},
      {R"({"bits": []})", R"("bits" must be a list of vectors of 3 bits, got [])"},
      {R"({"bits": [1, 0, 1]})", R"(vector 1 of "bits" must be a list, got 1)"},
      {R"({"bits": [[]]})", R"(vector 1 of "bits" must have 3 bits, got 0)"},
      {R"({"bits": [[0,1,0],[1,1]]})", R"(vector 2 of "bits" must have 3 bits, got 2)"},
      {R"({"bits": [[0,1,0],[1,5,0]]})", R"(vector 2 of "bits" must be of 0 and 1, got 5)"},
      {R"({"bits": [[0,1,-1]]})", R"(vector 1 of "bits" must be of 0 and 1, got -1)"},
      {R"({"bits": [[0,1,0.5]]})", R"(vector 1 of "bits" must be of 0 and 1, got 0.5)"},
      {R"({"bits": [[0,1,4294967297]]})",
       R"(vector 1 of "bits" must be of 0 and 1, got 4294967297)"}};
  for (const auto& [question, message] : cases) {
    EXPECT_EQ(complaint_of([&] { copy.prompt(nlohmann::json::parse(question)); }), message);
  }
}

TEST(Copy, SaysWhatIsWrongWithItsOptions) {
  EXPECT_EQ(complaint_of([] { Copy({.min_length = 5, .max_length = 3}); }),
            "Copy: max_length must be at least min_length, which is 5, got 3");
  EXPECT_EQ(complaint_of([] { Copy({.bits = 0}); }),
            "Copy: bits must be between 1 and 1024, got 0");
  EXPECT_EQ(complaint_of([] { Copy({.min_length = 0}); }),
            "Copy: min_length must be between 1 and 1000000, got 0");
  EXPECT_EQ(complaint_of([] { Copy().batch({.batch_size = 0}); }),
            "Copy: batch_size must be at least 1, got 0");
}

TEST(Copy, FieldsNameEveryOption) {
  CopyOptions options;
  std::vector<std::string> names;
  for (const auto& field : fields_of(options)) {
    names.push_back(field.name);
    *std::get<int64_t*>(field.value) = 100;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"bits", "min_length", "max_length"}));
  EXPECT_EQ(options.bits + options.min_length + options.max_length, 300);
}

}  // namespace
}  // namespace zoo
