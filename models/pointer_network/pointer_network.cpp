#include "zoo/models/pointer_network/pointer_network.h"

#include <limits>
#include <tuple>
#include <utility>

#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

using torch::Tensor;

namespace {

class PointerDecoder final : public StepDecoder {
 public:
  PointerDecoder(PointerNetworkImpl& model, PointerMemory memory)
      : model_(model), memory_(std::move(memory)) {}

  Tensor next(const Tensor& previous) override {
    const Tensor read = previous.defined() ? model_.chosen_inputs(memory_, previous.unsqueeze(1))
                                           : model_.first_input(memory_);   // [N, 1, F]
    return torch::log_softmax(model_.point(memory_, read).squeeze(1), -1);  // [N, S + 1]
  }

  void select(const Tensor& rows) override {
    for (Tensor* each :
         {&memory_.inputs, &memory_.keys, &memory_.slots, &memory_.hidden, &memory_.cell}) {
      *each = each->index_select(0, rows);
    }
  }

 private:
  PointerNetworkImpl& model_;
  PointerMemory memory_;
};

}  // namespace

PointerNetworkImpl::PointerNetworkImpl(PointerNetworkOptions options)
    : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "PointerNetwork: ", problem);
  reset();
}

void PointerNetworkImpl::reset() {
  const int64_t features = options.input_size, units = options.hidden_size;
  const auto lstm = torch::nn::LSTMOptions(features, units).batch_first(true);
  encoder_ = register_module("encoder", torch::nn::LSTM(lstm));
  decoder_ = register_module("decoder", torch::nn::LSTM(lstm));
  pointer_ = register_module(
      "pointer",
      AdditiveScore(AdditiveScoreOptions{.query_size = units, .key_size = units, .units = units}));
  start_ = register_parameter("start", torch::empty(features));
  end_ = register_parameter("end", torch::empty(units));
  torch::NoGradGuard no_gradients;
  for (auto& weight : parameters()) weight.uniform_(-options.init_range, options.init_range);
}

PointerMemory PointerNetworkImpl::encode(const Tensor& inputs, const Tensor& lengths) {
  check_padded("PointerNetwork", inputs, lengths, options.input_size);
  const auto [encoded, hidden, cell] = run_padded(encoder_, inputs, lengths);  // [B, S, H]
  const Tensor end = end_.expand({inputs.size(0), 1, options.hidden_size});    // [B, 1, H]
  return {.inputs = inputs,
          .keys = pointer_->project_keys(torch::cat({end, encoded}, 1)),  // [B, S + 1, H]
          .slots = length_mask(lengths.to(inputs.device()) + 1, inputs.size(1) + 1),
          .hidden = hidden,
          .cell = cell};
}

Tensor PointerNetworkImpl::chosen_inputs(const PointerMemory& memory, const Tensor& slots) {
  // Nothing is read after the end; any input stands for it.
  const Tensor indices = (slots - 1).clamp_min(0).unsqueeze(2);                  // [B, T, 1]
  return memory.inputs.gather(1, indices.expand({-1, -1, options.input_size}));  // [B, T, F]
}

Tensor PointerNetworkImpl::first_input(const PointerMemory& memory) {
  return start_.expand({memory.inputs.size(0), 1, options.input_size});
}

Tensor PointerNetworkImpl::point(PointerMemory& memory, const Tensor& read) {
  const auto state = std::make_tuple(memory.hidden.unsqueeze(0), memory.cell.unsqueeze(0));
  const auto [decoded, last] = decoder_->forward(read, state);  // [B, T, H]
  memory.hidden = std::get<0>(last)[0];
  memory.cell = std::get<1>(last)[0];
  return pointer_
      ->forward(decoded, memory.keys)  // [B, T, S + 1]
      .masked_fill(memory.slots.logical_not().unsqueeze(1),
                   -std::numeric_limits<double>::infinity());
}

Tensor PointerNetworkImpl::forward(const Tensor& inputs, const Tensor& lengths,
                                   const Tensor& targets) {
  PointerMemory memory = encode(inputs, lengths);
  check_symbols("PointerNetwork", targets, inputs.size(0), lengths);
  const Tensor before = targets.narrow(1, 0, targets.size(1) - 1);
  return point(memory, torch::cat({first_input(memory), chosen_inputs(memory, before)}, 1));
}

std::unique_ptr<StepDecoder> PointerNetworkImpl::decoder(const Tensor& inputs,
                                                         const Tensor& lengths) {
  return std::make_unique<PointerDecoder>(*this, encode(inputs, lengths));
}

}  // namespace zoo
