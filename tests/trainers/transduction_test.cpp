// Bits and wrong bits on logits made by hand, and questions that do not fit.
#include "zoo/trainers/tasks/transduction/transduction.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>

#include "support/message_of.h"
#include "support/temporary_folder.h"
#include "support/tensors.h"
#include "zoo/datasets/copy/copy.h"

namespace zoo {
namespace {

using torch::Tensor;

/// The same batch whenever it is asked.
class FixedData final : public TransductionDataset {
 public:
  /// `optimum`: bits that the best predictor needs for each sequence, if chance has a part.
  explicit FixedData(TransductionBatch batch, std::optional<double> optimum = {})
      : batch_(std::move(batch)), optimum_(optimum) {}
  TransductionBatch batch(const BatchIndex&) const override { return batch_; }
  int64_t input_size() const override { return batch_.inputs.size(2); }
  int64_t output_size() const override { return batch_.targets.size(2); }
  Tensor optimal_bits(const TransductionBatch& batch) const override {
    return optimum_ ? torch::full({batch.inputs.size(0)}, *optimum_, torch::kDouble) : Tensor();
  }
  std::string question_format() const override { return "anything"; }
  TransductionBatch prompt(const nlohmann::json&) const override { return batch_; }

 private:
  TransductionBatch batch_;
  std::optional<double> optimum_;
};

/// Two sequences of three steps and two channels. Two steps of the first sequence and one of the
/// second count: six bits, four of them 1.
TransductionBatch small_batch() {
  return {.inputs = torch::zeros({2, 3, 1}),
          .targets =
              torch::tensor({0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 0, 0}, torch::kFloat).reshape({2, 3, 2}),
          .mask = torch::tensor({0, 1, 1, 0, 1, 0}, torch::kFloat).reshape({2, 3})};
}

TransductionTask make_task(std::shared_ptr<const Dataset<TransductionBatch>> dataset,
                           TransductionTask::Forward forward, uint64_t seed = 1) {
  TransductionTask::Setup setup;
  setup.dataset = std::move(dataset);
  setup.module = torch::nn::Linear(1, 1).ptr();
  setup.trainer.optimizer = SgdOptions{};
  setup.trainer.evaluate_batches = 3;
  setup.trainer.evaluate_batch_size = 2;
  setup.seed = seed;
  return {std::move(setup), std::move(forward)};
}

TransductionTask task_with_logits(const Tensor& logits) {
  return make_task(std::make_shared<FixedData>(small_batch()),
                   [logits](const Tensor&) { return logits; });
}

void expect_metrics(const Metrics& metrics, double bits, double wrong, double wrong_sequences) {
  ASSERT_EQ(metrics.size(), 3u) << "nothing is left to chance, so there is no optimum";
  EXPECT_EQ(metrics[0].name, "bits_per_sequence");
  EXPECT_NEAR(metrics[0].value, bits, 1e-6 * (1 + bits));
  EXPECT_EQ(metrics[1].name, "wrong_bits");
  EXPECT_NEAR(metrics[1].value, wrong, 1e-9);
  EXPECT_EQ(metrics[2].name, "wrong_sequences");
  EXPECT_NEAR(metrics[2].value, wrong_sequences, 1e-9);
}

TEST(TransductionTask, ChanceCostsOneBitForEachBitAsked) {
  // A logit of 0 is rounded to 0, so the four ones are wrong.
  auto task = task_with_logits(torch::zeros({2, 3, 2}));
  expect_metrics(task.evaluate("test"), 3, 4.0 / 6, 1);
  expect_metrics(task.evaluate("validation"), 3, 4.0 / 6, 1);
}

TEST(TransductionTask, CountsBitsByHand) {
  // A probability of 3/4 for a one: log2(4/3) bits where there is one, 2 where there is none.
  auto task = task_with_logits(torch::full({2, 3, 2}, std::log(3.0F)));
  expect_metrics(task.evaluate("test"), (4 * std::log2(4.0 / 3) + 2 * 2) / 2, 2.0 / 6, 1);
}

TEST(TransductionTask, WhatIsNotAskedCostsNothing) {
  const auto batch = small_batch();
  const auto right = (batch.targets * 2 - 1) * 100;
  const auto nonsense = torch::where(batch.mask.unsqueeze(-1) > 0, right, -right * 7 + 3);
  auto task = task_with_logits(nonsense);
  expect_metrics(task.evaluate("test"), 0, 0, 0);
  auto worst = task_with_logits(-right);
  expect_metrics(worst.evaluate("test"), 6 * 100 / std::numbers::ln2 / 2, 1, 1);
}

TEST(TransductionTask, TheTrainingLossIsTheSameInBits) {
  TransductionTask::Setup setup;
  torch::nn::Linear linear(1, 2);
  setup.dataset = std::make_shared<FixedData>(small_batch());
  setup.module = linear.ptr();
  setup.trainer.optimizer = SgdOptions{.learning_rate = 1};
  {
    const torch::NoGradGuard no_grad;
    linear->bias.zero_();
  }
  TransductionTask task(std::move(setup), [linear](const Tensor& inputs) mutable {
    return linear(inputs);  // the inputs are 0: the bias
  });
  const auto values = task.train_step(0);
  EXPECT_EQ(values.at(0).first, "loss");
  EXPECT_NEAR(values.at(0).second.item<double>(), 3, 1e-6);
  EXPECT_EQ(task.training_values(), (std::vector<std::string>{"loss", "gradient_norm"}));
  // The gradient of a logit of 0 is (1/2 - target) / ln 2, halved by the mean over sequences; of
  // the three bits of each channel two are 1.
  const double step = (2 * 0.5 - 0.5) / std::numbers::ln2 / 2;
  EXPECT_NEAR(linear->bias[0].item<double>(), step, 1e-6);
  EXPECT_NEAR(linear->bias[1].item<double>(), step, 1e-6);
  EXPECT_TRUE(task.goal().lower_is_better);
  EXPECT_EQ(task.goal().name, "bits_per_sequence");
}

TEST(TransductionTask, EvaluationDependsOnNoSeed) {
  const auto copy = std::make_shared<Copy>(CopyOptions{.bits = 3, .max_length = 4});
  const auto noisy = [](const Tensor& inputs) {
    return inputs.narrow(2, 0, 3) + torch::randn({inputs.size(0), inputs.size(1), 3});
  };
  auto one = make_task(copy, noisy, 1), other = make_task(copy, noisy, 2);
  torch::manual_seed(5);
  const auto first = one.evaluate("validation");
  const auto again = one.evaluate("validation");
  torch::manual_seed(6);
  const auto second = other.evaluate("validation");
  for (const auto& metrics : {again, second}) {
    ASSERT_EQ(metrics.size(), 3u);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(metrics[i].value, first[i].value);
  }
  EXPECT_NE(one.evaluate("test")[0].value, first[0].value) << "other data";
  EXPECT_THROW(one.evaluate("tset"), std::invalid_argument);
}

TEST(TransductionTask, NamedEvaluationsHaveTheirOwnData) {
  TransductionTask::Setup setup;
  setup.dataset = std::make_shared<Copy>(CopyOptions{.bits = 3, .max_length = 4});
  setup.module = torch::nn::Linear(1, 1).ptr();
  setup.evaluations.push_back(
      {.name = "length_7",
       .dataset = std::make_shared<Copy>(CopyOptions{.bits = 3, .min_length = 7, .max_length = 7}),
       .batches = 5,
       .batch_size = 2});
  TransductionTask task(std::move(setup), [](const Tensor& inputs) {
    return torch::zeros({inputs.size(0), inputs.size(1), 3});
  });
  EXPECT_NEAR(task.evaluate("length_7").at(0).value, 21, 1e-4) << "7 vectors of 3 bits at chance";
  EXPECT_LE(task.evaluate("test").at(0).value, 12.001);
}

/// Answers with the vectors that it has seen.
Tensor perfect_memory(const Tensor& inputs) {
  const int64_t bits = inputs.size(2) - 1;
  return torch::roll(inputs.narrow(2, 0, bits), inputs.size(1) / 2 + 1, 1) * 2 - 1;
}

TEST(TransductionTask, ShowsOneExampleOfEachEvaluation) {
  TransductionTask::Setup setup;
  setup.dataset = std::make_shared<Copy>(CopyOptions{.bits = 3, .max_length = 4});
  setup.module = torch::nn::Linear(1, 1).ptr();
  for (const int64_t length : {7, 5}) {
    const CopyOptions of_length{.bits = 3, .min_length = length, .max_length = length};
    setup.evaluations.push_back(
        {.name = "length_" + std::to_string(length), .dataset = std::make_shared<Copy>(of_length)});
  }
  TransductionTask task(std::move(setup), perfect_memory, [](const Tensor& inputs) {
    return std::vector<AttentionMap>{
        {.name = "weights", .rows = "location", .columns = "step", .values = inputs[0].t()}};
  });
  const auto samples = task.samples();
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].title, "test");
  EXPECT_EQ(samples[2].title, "length_5") << "in the order of the configuration";
  const auto& sample = samples[1];
  EXPECT_EQ(sample.title, "length_7");
  ASSERT_EQ(sample.texts.size(), 1u);
  EXPECT_EQ(sample.texts[0].name, "wrong bits");
  EXPECT_EQ(sample.texts[0].text, "0 of 21");
  std::vector<std::string> names;
  for (const auto& map : sample.maps) names.push_back(map.name);
  EXPECT_EQ(names, (std::vector<std::string>{"inputs", "targets", "outputs", "weights"}));
  EXPECT_EQ(sample.maps[0].values.sizes(), (std::vector<int64_t>{4, 15}));
  EXPECT_TRUE(torch::equal(sample.maps[3].values, sample.maps[0].values));
  EXPECT_EQ(sample.maps[2].values.narrow(1, 0, 8).sum().item<double>(), 0) << "not asked for";
  EXPECT_TRUE(torch::equal(sample.maps[2].values > 0.5, sample.maps[1].values > 0.5));
  EXPECT_TRUE(torch::equal(task.samples()[1].maps[0].values, sample.maps[0].values));
}

TEST(TransductionTask, PredictsVectors) {
  auto task = make_task(std::make_shared<Copy>(CopyOptions{.bits = 3}), perfect_memory);
  const std::string line = R"({"bits":[[0,1,1],[1,0,0],[0,0,1],[1,1,1]]})";
  EXPECT_EQ(task.predict(line).line, line);
  EXPECT_EQ(task.predict(R"( { "bits" : [ [ 1, 0, 1 ] ] } )").line, R"({"bits":[[1,0,1]]})");
  EXPECT_EQ(task.evaluate("test").at(1).value, 0) << "no wrong bits";
}

// Of one wrong sequence in two only that one counts.
TEST(TransductionTask, CountsWrongSequences) {
  auto logits = (small_batch().targets * 2 - 1) * 100;
  logits[1][1][0] *= -1;
  auto task = task_with_logits(logits);
  const auto metrics = task.evaluate("test");
  EXPECT_NEAR(metrics.at(1).value, 1.0 / 6, 1e-9);
  EXPECT_NEAR(metrics.at(2).value, 0.5, 1e-9);
}

// Where chance has a part, what the best predictor needs is taken off: that of the evaluation's own
// dataset.
TEST(TransductionTask, ComparesWithTheOptimumOfTheDataItMeasures) {
  TransductionTask::Setup setup;
  setup.dataset = std::make_shared<FixedData>(small_batch(), 1.25);
  setup.module = torch::nn::Linear(1, 1).ptr();
  setup.evaluations.push_back(
      {.name = "easier", .dataset = std::make_shared<FixedData>(small_batch(), 0.5), .batches = 4});
  TransductionTask task(std::move(setup), [](const Tensor&) { return torch::zeros({2, 3, 2}); });
  for (const auto& [split, above] : {std::pair("test", 3 - 1.25), std::pair("easier", 3 - 0.5)}) {
    const auto metrics = task.evaluate(split);
    EXPECT_NEAR(metrics.at(0).value, 3, 1e-6) << "at chance";
    EXPECT_EQ(metrics.at(3).name, "bits_above_optimum");
    EXPECT_NEAR(metrics.at(3).value, above, 1e-6) << split;
  }
}

TEST(TransductionTask, TellsWhatIsWrongWithALine) {
  auto task = make_task(std::make_shared<Copy>(CopyOptions{.bits = 3}), perfect_memory);
  const std::string expected = R"(; expected {"bits": [[0, 1, ...], ...]})";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "this is not JSON" + expected},
      {"0 1 1", "this is not JSON" + expected},
      {R"({"bits": [[0, 1, 1]})", "this is not JSON" + expected},
      {"[[0, 1, 1]]", "this is no JSON object but [[0,1,1]]" + expected},
      {R"({"bit": [[0, 1, 1]]})", "there is no \"bits\"" + expected},
      {R"({"bits": [[0, 1, "1"]]})",
       R"(vector 1 of "bits" must be of 0 and 1, got "1")" + expected}};
  for (const auto& [line, message] : table) {
    EXPECT_EQ(message_of<std::invalid_argument>([&] { task.predict(line); }), message) << line;
  }
}

TEST(TransductionTask, ModelsTakeTheirSizesFromTheData) {
  struct {
    int64_t input_size = 0;
    int64_t output_size = 3;
  } options;
  Transduction::complete(options, Copy(CopyOptions{.bits = 3}));
  EXPECT_EQ(options.input_size, 4);
  EXPECT_EQ(options.output_size, 3);
  EXPECT_EQ(message_of<std::invalid_argument>(
                [&] { Transduction::complete(options, Copy(CopyOptions{.bits = 5})); }),
            "input_size is 4, but the dataset has 6; leave it out to follow the data");
}

}  // namespace
}  // namespace zoo
