#include "zoo/models/lstm_cell/lstm_stack.h"

#include <vector>

#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

using torch::Tensor;

LstmWeights lstm_weights(const torch::nn::LSTM& lstm, int64_t layer) {
  const auto weights = lstm->all_weights();  // W, U and their biases, layer by layer
  const auto at = static_cast<size_t>(layer) * 4;
  return {.weight = torch::cat({weights[at], weights[at + 1]}, 1),
          .bias = weights[at + 2] + weights[at + 3]};
}

LstmStackRun run_lstm_stack(const torch::nn::LSTM& lstm, const Tensor& inputs,
                            const Tensor& lengths) {
  const auto& options = lstm->options;
  const auto [order, sorted, active] = longest_first(lengths, inputs.size(0));
  const Tensor back = order.argsort();
  const Tensor start = torch::zeros({inputs.size(1), options.hidden_size()}, inputs.options());
  std::vector<Tensor> hidden, cell;
  Tensor read = inputs.index_select(1, order);
  for (int64_t layer = 0; layer < options.num_layers(); ++layer) {
    if (layer > 0 && options.dropout() > 0 && lstm->is_training()) {
      read = torch::dropout(read, options.dropout(), /*train=*/true);
    }
    const LstmSequence run = lstm_sequence(read, start, start, active, lstm_weights(lstm, layer));
    hidden.push_back(last_of_padded(run.hidden, sorted).index_select(0, back));
    cell.push_back(last_of_padded(run.cells, sorted).index_select(0, back));
    read = run.hidden;
  }
  return {.outputs = read.index_select(1, back),
          .hidden = torch::stack(hidden),
          .cell = torch::stack(cell)};
}

}  // namespace zoo
