// Stacked LSTM: the baseline without attention or memory.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include "zoo/models/options/options.h"

namespace zoo {

/// Options of an `Lstm`; the defaults are those of the NTM paper's copy task (table 3).
struct LstmOptions {
  int64_t input_size = 0;     ///< I, channels of an input
  int64_t output_size = 0;    ///< O, channels of an output
  int64_t hidden_size = 256;  ///< H, units of a layer
  int64_t layers = 3;         ///< L

  static void fields(auto& self, auto&& visit) {
    visit("input_size", self.input_size, "channels of an input (from the data)", at_least(1));
    visit("output_size", self.output_size, "channels of an output (from the data)", at_least(1));
    visit("hidden_size", self.hidden_size, "units of a layer", at_least(1));
    visit("layers", self.layers, "layers on top of each other", at_least(1));
  }
};

/// What one call hands to the next.
struct LstmState {
  torch::Tensor hidden;  ///< [L, B, H]
  torch::Tensor cell;    ///< [L, B, H]
};

struct LstmOutput {
  torch::Tensor logits;  ///< [B, T, O]
  LstmState state;
};

/// Hochreiter and Schmidhuber (1997), "Long Short-Term Memory", with forget gates, stacked and
/// read out linearly as in the baselines of Graves et al. (2014), arXiv:1410.5401, section 4.
///
/// Shapes: B batch, T time, I input, O output, H units, L layers.
class LstmImpl final : public torch::nn::Cloneable<LstmImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit LstmImpl(LstmOptions options);

  /// inputs [B, T, I], T >= 1; returns logits [B, T, O], from the learned initial state.
  torch::Tensor forward(const torch::Tensor& inputs);

  /// The same from a given state, which later inputs can go on from.
  LstmOutput forward(const torch::Tensor& inputs, const LstmState& state);

  LstmState initial_state(int64_t batch_size);

  void reset() override;

  LstmOptions options;  ///< as constructed; changing it later has no effect

 private:
  torch::nn::LSTM lstm_{nullptr};
  torch::nn::Linear output_{nullptr};
  torch::Tensor initial_hidden_;  // [L, H]
  torch::Tensor initial_cell_;    // [L, H]
};
TORCH_MODULE(Lstm);

}  // namespace zoo
