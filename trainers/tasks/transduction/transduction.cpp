#include "zoo/trainers/tasks/transduction/transduction.h"

#include <torch/nn/functional/loss.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <stdexcept>
#include <utility>

namespace zoo {
namespace {

using torch::Tensor;

// Bits per sequence [B].
Tensor bits_of(const Tensor& logits, const TransductionBatch& batch) {
  const Tensor nats = torch::binary_cross_entropy_with_logits(logits, batch.targets, {}, {},
                                                              at::Reduction::None);  // [B, T, O]
  return torch::mul(nats, batch.mask.unsqueeze(-1)).sum({1, 2}) / std::numbers::ln2;
}

const TransductionDataset& transduction_of(const Dataset<TransductionBatch>& dataset) {
  return dynamic_cast<const TransductionDataset&>(dataset);
}

TransductionBatch prompt_of(const TransductionDataset& dataset, const std::string& line) {
  const std::string expected = "; expected " + dataset.question_format();
  const auto question = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (question.is_discarded()) throw std::invalid_argument("this is not JSON" + expected);
  try {
    return dataset.prompt(question);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(error.what() + expected);
  }
}

}  // namespace

TransductionTask::TransductionTask(Setup setup, Forward forward, Maps maps)
    : SupervisedTask(std::move(setup)), forward_(std::move(forward)), maps_(std::move(maps)) {}

Tensor TransductionTask::loss(const TransductionBatch& batch) {
  return bits_of(forward_(batch.inputs), batch).mean();
}

Metrics TransductionTask::measure(const Dataset<TransductionBatch>& dataset, const MakeBatch& batch,
                                  int64_t count) {
  Tensor bits, optimal_bits, wrong, asked, wrong_sequences;
  const auto add = [](Tensor& sum, const Tensor& term) { sum = sum.defined() ? sum + term : term; };
  double sequences = 0;
  for (int64_t i = 0; i < count; ++i) {
    const TransductionBatch data = batch(i);
    const Tensor logits = forward_(data.inputs);
    const Tensor mask = data.mask.unsqueeze(-1).expand_as(data.targets);
    const Tensor differs = torch::ne(logits > 0, data.targets > 0.5).mul(mask);  // [B, T, O]
    add(bits, bits_of(logits, data).sum(torch::kDouble));
    add(wrong, differs.sum(torch::kDouble));
    add(asked, mask.sum(torch::kDouble));
    add(wrong_sequences, differs.flatten(1).any(1).sum(torch::kDouble));
    if (const Tensor optimum = transduction_of(dataset).optimal_bits(data); optimum.defined()) {
      add(optimal_bits, optimum.sum());
    }
    sequences += static_cast<double>(data.inputs.size(0));
  }
  const double mean = bits.item<double>() / sequences;
  Metrics metrics = {{"bits_per_sequence", mean},
                     {"wrong_bits", (wrong / asked).item<double>()},
                     {"wrong_sequences", wrong_sequences.item<double>() / sequences}};
  if (optimal_bits.defined()) {
    metrics.push_back({"bits_above_optimum", mean - optimal_bits.item<double>() / sequences});
  }
  return metrics;
}

Sample TransductionTask::sample(const std::string& title, const Dataset<TransductionBatch>&,
                                const TransductionBatch& example) {
  const Tensor logits = forward_(example.inputs);  // [1, T, O]
  const Tensor mask = example.mask.unsqueeze(-1).expand_as(example.targets);
  const Tensor differs = torch::ne(logits > 0, example.targets > 0.5).mul(mask);
  const auto count = [](const Tensor& tensor) {
    return std::to_string(tensor.sum(torch::kLong).item<int64_t>());
  };
  Sample sample{
      .title = title, .texts = {{"wrong bits", count(differs) + " of " + count(mask)}}, .maps = {}};
  const auto add = [&sample](const std::string& name, const Tensor& values) {
    sample.maps.push_back(
        {.name = name, .rows = "channel", .columns = "step", .values = values[0].t()});
  };
  add("inputs", example.inputs);
  add("targets", example.targets);
  add("outputs", torch::sigmoid(logits).mul(mask));
  if (maps_) {
    for (auto& map : maps_(example.inputs)) sample.maps.push_back(std::move(map));
  }
  return sample;
}

Prediction TransductionTask::predict(const std::string& line) {
  const auto& dataset = transduction_of(*setup().dataset);
  const auto prompt = prompt_of(dataset, line).to(setup().device);
  c10::InferenceMode inference;
  setup().module->eval();
  const Tensor probabilities = torch::sigmoid(forward_(prompt.inputs)).cpu();  // [1, T, O]
  return {dataset.answer(probabilities, prompt).dump()};
}

}  // namespace zoo
