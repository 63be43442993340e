// What every generated dataset of sequences promises; its own test says what is in the batches.
#include "zoo/datasets/transduction.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/message_of.h"
#include "support/tensors.h"
#include "support/transduction.h"
#include "zoo/datasets/associative_recall/associative_recall.h"
#include "zoo/datasets/copy/copy.h"
#include "zoo/datasets/dynamic_ngrams/dynamic_ngrams.h"
#include "zoo/datasets/priority_sort/priority_sort.h"
#include "zoo/datasets/repeat_copy/repeat_copy.h"

namespace zoo {
namespace {

struct TransductionSpecimen {
  std::string name;
  std::shared_ptr<const TransductionDataset> dataset;  // with the defaults
  std::shared_ptr<const TransductionDataset> varied;   // two equal examples are no accident
};

template <class Class>
TransductionSpecimen specimen(std::string name, typename Class::Options varied) {
  return {.name = std::move(name),
          .dataset = std::make_shared<Class>(),
          .varied = std::make_shared<Class>(varied)};
}

class EveryTransduction : public testing::TestWithParam<TransductionSpecimen> {
 protected:
  const TransductionDataset& dataset() const { return *GetParam().dataset; }
  const TransductionDataset& varied() const { return *GetParam().varied; }
};

INSTANTIATE_TEST_SUITE_P(
    Datasets, EveryTransduction,
    testing::Values(specimen<Copy>("Copy", {.min_length = 20}),
                    specimen<RepeatCopy>("RepeatCopy", {.bits = 16, .min_length = 10}),
                    specimen<AssociativeRecall>("AssociativeRecall", {.min_items = 6}),
                    specimen<DynamicNgrams>("DynamicNgrams", {.context = 12, .length = 100}),
                    specimen<PrioritySort>("PrioritySort", {})),
    [](const auto& test) { return test.param.name; });

TEST_P(EveryTransduction, ShapesAndTypes) {
  for (int64_t step = 0; step < 20; ++step) {
    const auto batch = dataset().batch({.step = step, .batch_size = 3});
    const int64_t steps = batch.inputs.size(1);
    EXPECT_EQ(batch.inputs.sizes(), (std::vector<int64_t>{3, steps, dataset().input_size()}));
    EXPECT_EQ(batch.targets.sizes(), (std::vector<int64_t>{3, steps, dataset().output_size()}));
    EXPECT_EQ(batch.mask.sizes(), (std::vector<int64_t>{3, steps}));
    for (const auto& tensor : {batch.inputs, batch.targets, batch.mask}) {
      EXPECT_EQ(tensor.scalar_type(), torch::kFloat32);
      EXPECT_TRUE(tensor.is_contiguous());
      EXPECT_FALSE(tensor.requires_grad());
    }
  }
}

// Batches are not padded: all examples of one are asked at the same steps, the last among them.
TEST_P(EveryTransduction, MasksAreZeroOrOneAndTargetsZeroElsewhere) {
  for (int64_t step = 0; step < 20; ++step) {
    const auto batch = dataset().batch({.step = step, .batch_size = 3});
    for (const auto& bits : {batch.mask, batch.targets}) {
      EXPECT_TRUE(((bits == 0) | (bits == 1)).all().item<bool>());
    }
    EXPECT_TRUE((batch.targets * (1 - batch.mask.unsqueeze(2)) == 0).all().item<bool>());
    EXPECT_TRUE((batch.mask == batch.mask[0]).all().item<bool>());
    EXPECT_TRUE((batch.mask.select(1, -1) == 1).all().item<bool>());
  }
}

TEST_P(EveryTransduction, SameIndexSameBatchWhateverWasDrawnBefore) {
  std::vector<TransductionBatch> forwards;
  for (int64_t step = 0; step < 20; ++step) {
    forwards.push_back(dataset().batch({.seed = 2, .step = step, .batch_size = 4}));
  }
  for (int64_t step = 19; step >= 0; --step) {
    const auto again = dataset().batch({.seed = 2, .step = step, .batch_size = 4});
    EXPECT_TRUE(same(again, forwards[static_cast<size_t>(step)])) << step;
  }
}

TEST_P(EveryTransduction, SameBatchOnEveryThread) {
  constexpr int kSteps = 50;
  std::vector<std::vector<TransductionBatch>> made(4);
  std::vector<std::thread> threads;
  for (auto& batches : made) {
    threads.emplace_back([this, &batches] {
      for (int64_t step = 0; step < kSteps; ++step) {
        batches.push_back(dataset().batch({.step = step}));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (int64_t step = 0; step < kSteps; ++step) {
    const auto expected = dataset().batch({.step = step});
    for (const auto& batches : made) {
      EXPECT_TRUE(same(batches[static_cast<size_t>(step)], expected));
    }
  }
}

TEST_P(EveryTransduction, SmallBatchesAreTheBeginningOfLargeOnes) {
  const auto large = dataset().batch({.step = 9, .batch_size = 6});
  const auto small = dataset().batch({.step = 9, .batch_size = 2});
  EXPECT_TRUE(same(small, {.inputs = large.inputs.narrow(0, 0, 2),
                           .targets = large.targets.narrow(0, 0, 2),
                           .mask = large.mask.narrow(0, 0, 2)}));
}

TEST_P(EveryTransduction, NoExampleComesTwice) {
  std::set<std::string> examples;
  for (const uint64_t seed : {1, 2}) {
    for (const auto split : {Split::kTraining, Split::kValidation, Split::kTest}) {
      for (int64_t rank = 0; rank < 3; ++rank) {
        for (int64_t step = 0; step < 20; ++step) {
          const auto batch = varied().batch(
              {.seed = seed, .split = split, .step = step, .batch_size = 4, .rank = rank});
          for (int64_t i = 0; i < 4; ++i) examples.insert(bytes_of(batch.inputs[i]));
        }
      }
    }
  }
  EXPECT_EQ(examples.size(), 2U * 3U * 3U * 20U * 4U);
}

TEST_P(EveryTransduction, OptimalBitsAreOneNumberForEachSequenceWhereThereIsChance) {
  const auto bits = dataset().optimal_bits(dataset().batch({.batch_size = 3}));
  const bool chance = GetParam().name == "DynamicNgrams";  // elsewhere the inputs settle the answer
  ASSERT_EQ(bits.defined(), chance);
  if (!chance) return;
  EXPECT_EQ(bits.sizes(), (std::vector<int64_t>{3}));
  EXPECT_EQ(bits.scalar_type(), torch::kFloat64);
  EXPECT_TRUE((bits > 0).all().item<bool>()) << bits;
}

TEST_P(EveryTransduction, RefusesEmptyBatches) {
  for (const int64_t size : {0, -1}) {
    EXPECT_EQ(message_of<std::invalid_argument>([&] { dataset().batch({.batch_size = size}); }),
              GetParam().name + ": batch_size must be at least 1, got " + std::to_string(size));
  }
}

// The first member that is missed is one that the format names.
TEST_P(EveryTransduction, AsksForQuestionsInItsFormat) {
  expect_complaints(dataset(), {{"[]", "this is no JSON object but []"}});
  const auto message =
      message_of<std::invalid_argument>([&] { dataset().prompt(nlohmann::json::object()); });
  const std::string beginning = "there is no ";
  ASSERT_EQ(message.substr(0, beginning.size()), beginning);
  EXPECT_EQ(dataset().question_format().find(message.substr(beginning.size()) + ": ["), 1U);
}

TEST(Transduction, AnswersTheBitsThatCount) {
  const Copy copy({.bits = 2});
  const auto prompt = copy.prompt({{"bits", {{1, 0}, {0, 0}}}});
  const auto probabilities = drawn({"1 1 1 0.51 0.5", "1 1 1 0.2 0.9"}).unsqueeze(0);
  EXPECT_EQ(copy.answer(probabilities, prompt),
            nlohmann::json::parse(R"({"bits": [[1,0],[0,1]]})"));
}

TEST(Transduction, MovesAsAWhole) {
  const auto batch = Copy().batch({.batch_size = 2});
  EXPECT_TRUE(same(batch.to(torch::kCPU), batch));
}

}  // namespace
}  // namespace zoo
