// Sequence to sequence with an output dictionary of fixed size, with or without attention: the
// baselines of the Pointer Network.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "zoo/models/attention/additive_score.h"
#include "zoo/models/attention_map/attention_map.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Whether the decoder looks at the encoder's states.
enum class Seq2seqAttention : uint8_t {
  kNone,     ///< it starts from the encoder's last state, and that is all it knows
  kAdditive  ///< a weighted mean of the states joins each of its own
};

constexpr std::array<std::string_view, 2> names_of(Seq2seqAttention) {
  return {"none", "additive"};
}

/// Options of a `Seq2seq`; the defaults are those of the Pointer Network paper, section 4.1.
struct Seq2seqOptions {
  int64_t input_size = 2;   ///< F, features of one input element
  int64_t most_points = 0;  ///< V - 1, inputs that the output dictionary has a symbol for
  int64_t hidden_size = 256;
  Seq2seqAttention attention = Seq2seqAttention::kNone;
  double init_range = 0.08;

  static void fields(auto& self, auto&& visit) {
    visit("input_size", self.input_size, "features of one input element", at_least(1));
    visit("most_points", self.most_points,
          "inputs that the output dictionary has a symbol for (from the data)", at_least(1));
    visit("hidden_size", self.hidden_size, "units of encoder, decoder and embedding", at_least(1));
    visit("attention", self.attention, "whether the decoder looks at the encoder's states");
    visit("init_range", self.init_range, "weights start uniform within plus and minus this",
          above(0));
  }
};

/// What decoding needs of an encoded set of inputs.
///
/// Shapes: B batch, S inputs, H units.
struct Seq2seqMemory {
  torch::Tensor hidden;  ///< [B, H], where the decoder stands
  torch::Tensor cell;    ///< [B, H]
  // With attention only, else undefined:
  torch::Tensor encoded{};  ///< [B, S, H]
  torch::Tensor keys{};     ///< [B, S, H]
  torch::Tensor places{};   ///< [B, S] bool: false in the padding
  torch::Tensor context{};  ///< [B, H], d' of the step before; zeros at first
};

struct Seq2seqStep {
  torch::Tensor logits;       ///< [B, V]
  torch::Tensor attention{};  ///< [B, S]; undefined without attention
};

/// Sutskever, Vinyals and Le (2014), arXiv:1409.3215, and with the content-based attention of
/// Bahdanau et al. (2015), arXiv:1409.0473, both as Vinyals, Fortunato and Jaitly (2015), "Pointer
/// Networks", arXiv:1506.03134, sections 2.1 and 2.2, compare with: symbol 0 of the output
/// dictionary is the end, symbol 1 + j is input j, whatever stands there.
///
/// Shapes: B batch, S inputs, T target steps, F features, H units, V symbols.
class Seq2seqImpl final : public torch::nn::Cloneable<Seq2seqImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit Seq2seqImpl(Seq2seqOptions options);

  /// The scores of the next symbol, with the right answers so far as inputs of the decoder.
  ///
  /// inputs   [B, S, F] floating point, padded at the end, S < V
  /// lengths  [B]       int64, each in 1..S
  /// targets  [B, T]    int64 in 0..V-1, shifted right by this module; the end, 0, begins it too
  /// returns  [B, T, V]
  ///
  /// This and what follows throw `c10::Error` for tensors of another shape, for more inputs than
  /// the dictionary names, and on the CPU for lengths and targets out of range.
  torch::Tensor forward(const torch::Tensor& inputs, const torch::Tensor& lengths,
                        const torch::Tensor& targets);

  /// Decodes step by step, for `beam_search`. Must not outlive the module.
  std::unique_ptr<StepDecoder> decoder(const torch::Tensor& inputs, const torch::Tensor& lengths);

  /// With attention, its weights [T, S] for one example, B = 1; else nothing.
  std::vector<AttentionMap> attention_maps(const torch::Tensor& inputs,
                                           const torch::Tensor& lengths,
                                           const torch::Tensor& targets);

  /// The parts of which the above consist: the encoder, ...
  Seq2seqMemory encode(const torch::Tensor& inputs, const torch::Tensor& lengths);
  /// ... and a step after the symbols `previous` [B] int64; `memory` then stands behind it.
  Seq2seqStep step(Seq2seqMemory& memory, const torch::Tensor& previous);

  void reset() override;

  Seq2seqOptions options;  ///< as constructed; changing it later has no effect

 private:
  torch::Tensor all_at_once(const Seq2seqMemory& memory, const torch::Tensor& previous);

  torch::nn::LSTM encoder_{nullptr};
  torch::nn::Embedding embedding_{nullptr};
  torch::nn::LSTM decoder_{nullptr};
  AdditiveScore attention_{nullptr};
  torch::nn::Linear output_{nullptr};
};
TORCH_MODULE(Seq2seq);

}  // namespace zoo
