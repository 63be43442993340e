#include "zoo/models/lstm_cell/lstm_stack.h"

#include <vector>

#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {

using torch::Tensor;

namespace {

// Where the last step of each sequence is among packed ones, which stand at `rows` of padded ones.
Tensor last_packed(const Tensor& rows, const Tensor& lengths, int64_t steps) {
  const int64_t batch = lengths.size(0);
  const Tensor packed =
      torch::zeros({steps * batch}, torch::kLong).index_copy(0, rows, torch::arange(rows.size(0)));
  return last_of_padded(packed.view({steps, batch}), lengths);
}

}  // namespace

LstmWeights lstm_weights(const torch::nn::LSTM& lstm, int64_t layer) {
  const auto weights = lstm->all_weights();  // W, U and their biases, layer by layer
  const auto at = static_cast<size_t>(layer) * 4;
  return {
      .input = weights[at], .state = weights[at + 1], .bias = weights[at + 2] + weights[at + 3]};
}

LstmStackRun run_lstm_stack(const torch::nn::LSTM& lstm, const Tensor& inputs,
                            const Tensor& lengths) {
  const auto& options = lstm->options;
  const int64_t steps = inputs.size(0), batch = inputs.size(1);
  const LongestFirst sequences = longest_first(lengths, steps);
  const PackedSteps packed(sequences.active);
  const Tensor rows = packed_rows(sequences, Direction::kForward);
  const Tensor last = last_packed(rows, lengths, steps);
  std::vector<Tensor> hidden, cell;
  Tensor read = inputs.flatten(0, 1).index_select(0, rows);
  for (int64_t layer = 0; layer < options.num_layers(); ++layer) {
    if (layer > 0 && options.dropout() > 0 && lstm->is_training()) {
      read = torch::dropout(read, options.dropout(), /*train=*/true);
    }
    const LstmSequence run = lstm_sequence(read, packed, lstm_weights(lstm, layer));
    hidden.push_back(run.hidden.index_select(0, last));
    cell.push_back(run.cells.index_select(0, last));
    read = run.hidden;
  }
  return {.outputs = unpack(read, rows, steps, batch),
          .hidden = torch::stack(hidden),
          .cell = torch::stack(cell)};
}

}  // namespace zoo
