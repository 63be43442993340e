// Pointer Network: attention used as the output distribution.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include <memory>

#include "zoo/models/attention/additive_score.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Options of a `PointerNetwork`; the defaults are those of the paper, section 4.1.
struct PointerNetworkOptions {
  int64_t input_size = 2;     ///< F, features of one input element (2: points in the plane)
  int64_t hidden_size = 256;  ///< H, units of the encoder, of the decoder and of the pointer
  double init_range = 0.08;   ///< every weight starts uniform in [-init_range, init_range]

  static void fields(auto& self, auto&& visit) {
    visit("input_size", self.input_size, "features of one input element", at_least(1));
    visit("hidden_size", self.hidden_size, "units of encoder, decoder and pointer", at_least(1));
    visit("init_range", self.init_range, "weights start uniform within plus and minus this",
          above(0));
  }
};

/// What decoding needs of an encoded set of inputs. Slot 0 is the end, slot 1 + j is input j.
///
/// Shapes: B batch, S inputs, H units.
struct PointerMemory {
  torch::Tensor inputs;  ///< [B, S, F]
  torch::Tensor keys;    ///< [B, S + 1, H], W1 e_j
  torch::Tensor slots;   ///< [B, S + 1] bool: false in the padding
  torch::Tensor hidden;  ///< [B, H], where the decoder stands
  torch::Tensor cell;    ///< [B, H]
};

/// Answers a question about a sequence by pointing at its elements.
///
/// Vinyals, Fortunato and Jaitly (2015), "Pointer Networks", arXiv:1506.03134.
/// The decoder scores every input position instead of a fixed vocabulary, so the size of the
/// output dictionary is the length of the input.
///
/// Shapes: B batch, S inputs, T target steps, F features, H units.
///
///     zoo::PointerNetwork model(zoo::PointerNetworkOptions{.hidden_size = 512});
///     auto logits = model(points, lengths, tour);  // [B, T, S + 1]
///     auto answer = zoo::beam_search(*model->decoder(points, lengths), {.max_steps = 20});
///
class PointerNetworkImpl final : public torch::nn::Cloneable<PointerNetworkImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit PointerNetworkImpl(PointerNetworkOptions options = {});

  /// Section 2.3, eq. 3: u^i_j = v . tanh(W1 e_j + W2 d_i), before the softmax, with the right
  /// answers so far as inputs of the decoder. The states d_i do not depend on what is pointed at,
  /// so all steps are one call of each LSTM and one batched score.
  ///
  /// inputs   [B, S, F] floating point, padded at the end
  /// lengths  [B]       int64, each in 1..S
  /// targets  [B, T]    int64 in 0..lengths[b]: the slots to point at, shifted right by this
  ///                    module; 0 is the end, what is scored after it means nothing
  /// returns  [B, T, S + 1]; the padding scores -inf
  ///
  /// This and what follows throw `c10::Error` for tensors of another shape, and on the CPU for
  /// lengths and targets out of range.
  torch::Tensor forward(const torch::Tensor& inputs, const torch::Tensor& lengths,
                        const torch::Tensor& targets);

  /// Decodes step by step, for `beam_search`: symbol 0 is the end, symbol 1 + j points at input j.
  /// Must not outlive the module.
  std::unique_ptr<StepDecoder> decoder(const torch::Tensor& inputs, const torch::Tensor& lengths);

  /// The parts of which `forward` and `decoder` consist: the encoder, ...
  PointerMemory encode(const torch::Tensor& inputs, const torch::Tensor& lengths);
  /// ... what the decoder reads after pointing at `slots` [B, T]: [B, T, F], ...
  torch::Tensor chosen_inputs(const PointerMemory& memory, const torch::Tensor& slots);
  /// ... what it reads in the first step: [B, 1, F], ...
  torch::Tensor first_input(const PointerMemory& memory);
  /// ... and the scores [B, T, S + 1] after reading [B, T, F]; `memory` then stands behind them.
  torch::Tensor point(PointerMemory& memory, const torch::Tensor& read);

  void reset() override;

  PointerNetworkOptions options;  ///< as constructed; changing it later has no effect

 private:
  torch::nn::LSTM encoder_{nullptr};
  torch::nn::LSTM decoder_{nullptr};
  AdditiveScore pointer_{nullptr};  // W1, W2, v
  torch::Tensor start_;             // [F], the input of the first decoder step
  torch::Tensor end_;               // [H], stands for the encoding of the end
};
TORCH_MODULE(PointerNetwork);

}  // namespace zoo
