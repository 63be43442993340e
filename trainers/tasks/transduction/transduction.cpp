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

std::vector<std::vector<int>> vectors_of(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  const std::string expected = R"(expected {"bits": [[0, 1, ...], ...]})";
  if (json.is_discarded()) throw std::invalid_argument("this is not JSON; " + expected);
  if (!json.is_object() || !json.contains("bits")) {
    throw std::invalid_argument("there is no \"bits\"; " + expected);
  }
  std::vector<std::vector<int>> vectors;
  if (!json["bits"].is_array()) throw std::invalid_argument("\"bits\" is no list; " + expected);
  for (const auto& row : json["bits"]) {
    if (!row.is_array()) throw std::invalid_argument("a vector is no list; " + expected);
    auto& vector = vectors.emplace_back();
    for (const auto& bit : row) {
      // Beyond 32 bits a number would be cut to one that may look like a bit.
      if (!bit.is_number_integer() || std::abs(bit.get<double>()) > 1e9) {
        throw std::invalid_argument("a bit is neither 0 nor 1 but " + bit.dump());
      }
      vector.push_back(bit.get<int>());
    }
  }
  return vectors;
}

}  // namespace

TransductionTask::TransductionTask(Setup setup, Forward forward)
    : SupervisedTask(std::move(setup)), forward_(std::move(forward)) {}

Tensor TransductionTask::loss(const TransductionBatch& batch) {
  return bits_of(forward_(batch.inputs), batch).mean();
}

Metrics TransductionTask::measure(const MakeBatch& batch, int64_t count) {
  Tensor bits, wrong, asked;
  double sequences = 0;
  for (int64_t i = 0; i < count; ++i) {
    const TransductionBatch data = batch(i);
    const Tensor logits = forward_(data.inputs);
    const Tensor mask = data.mask.unsqueeze(-1).expand_as(data.targets);
    const Tensor differs = torch::ne(logits > 0, data.targets > 0.5).mul(mask);
    const Tensor batch_bits = bits_of(logits, data).sum().to(torch::kDouble);
    bits = i == 0 ? batch_bits : bits + batch_bits;
    wrong = i == 0 ? differs.sum(torch::kDouble) : wrong + differs.sum(torch::kDouble);
    asked = i == 0 ? mask.sum(torch::kDouble) : asked + mask.sum(torch::kDouble);
    sequences += static_cast<double>(data.inputs.size(0));
  }
  return {{"bits_per_sequence", bits.item<double>() / sequences},
          {"wrong_bits", (wrong / asked).item<double>()}};
}

std::string TransductionTask::predict(const std::string& line) {
  const auto& dataset = dynamic_cast<const TransductionDataset&>(*setup().dataset);
  const auto prompt = dataset.prompt(vectors_of(line)).to(setup().device);
  c10::InferenceMode inference;
  setup().module->eval();
  const Tensor answer = (forward_(prompt.inputs)[0] > 0).cpu();  // [T, O]
  nlohmann::json bits = nlohmann::json::array();
  for (int64_t time = 0; time < answer.size(0); ++time) {
    if (prompt.mask[0][time].item<float>() == 0) continue;
    auto& vector = bits.emplace_back(nlohmann::json::array());
    for (int64_t i = 0; i < answer.size(1); ++i) {
      vector.push_back(answer[time][i].item<bool>() ? 1 : 0);
    }
  }
  return nlohmann::json{{"bits", bits}}.dump();
}

}  // namespace zoo
