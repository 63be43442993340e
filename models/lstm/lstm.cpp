#include "zoo/models/lstm/lstm.h"

#include <tuple>
#include <utility>

namespace zoo {

LstmImpl::LstmImpl(LstmOptions options) : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "Lstm: ", problem);
  reset();
}

void LstmImpl::reset() {
  lstm_ = register_module(
      "lstm", torch::nn::LSTM(torch::nn::LSTMOptions(options.input_size, options.hidden_size)
                                  .num_layers(options.layers)
                                  .batch_first(true)));
  output_ = register_module("output", torch::nn::Linear(options.hidden_size, options.output_size));
  const auto shape = {options.layers, options.hidden_size};
  initial_hidden_ = register_parameter("initial_hidden", torch::zeros(shape));
  initial_cell_ = register_parameter("initial_cell", torch::zeros(shape));
}

LstmState LstmImpl::initial_state(int64_t batch_size) {
  const auto repeat = [&](const torch::Tensor& one) {
    return one.unsqueeze(1).expand({options.layers, batch_size, options.hidden_size}).contiguous();
  };
  return {.hidden = repeat(initial_hidden_), .cell = repeat(initial_cell_)};
}

torch::Tensor LstmImpl::forward(const torch::Tensor& inputs) {
  return forward(inputs, initial_state(inputs.size(0))).logits;
}

LstmOutput LstmImpl::forward(const torch::Tensor& inputs, const LstmState& state) {
  TORCH_CHECK(inputs.dim() == 3 && inputs.size(1) > 0 && inputs.size(2) == options.input_size,
              "Lstm: inputs must be [B, T >= 1, ", options.input_size, "], got ", inputs.sizes());
  const auto [hidden, last] =
      lstm_->forward(inputs, std::make_tuple(state.hidden, state.cell));  // [B, T, H]
  return {.logits = output_->forward(hidden),
          .state = {.hidden = std::get<0>(last), .cell = std::get<1>(last)}};
}

}  // namespace zoo
