// A layer of the LSTMN: an LSTM that remembers all of its states, one beside the other.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "zoo/models/lstmn/intra_attention.h"
#include "zoo/models/lstmn/lstmn_options.h"

namespace zoo {

struct LstmnLayerOptions {
  int64_t input_size = 0;   ///< I
  int64_t hidden_size = 0;  ///< N
  int64_t tape = 0;         ///< places that the tapes keep; 0: all
  PreviousSummary previous_summary = PreviousSummary::kUsed;

  static void fields(auto& self, auto&& visit) {
    visit("input_size", self.input_size, "features of one input", at_least(1));
    visit("hidden_size", self.hidden_size, "units", at_least(1));
    visit("tape", self.tape, "latest steps that each step can look at; 0: all", at_least(0));
    visit("previous_summary", self.previous_summary,
          "whether where a step has looked plays a part in where the next one looks");
  }
};

/// What a layer hands from one call to the next. Time comes first, since that is how a recurrence
/// goes through memory; the oldest place is the first.
///
/// Shapes: K places so far, B batch, N units.
struct LstmnTapes {
  torch::Tensor hidden;   ///< h_i, [K, B, N]
  torch::Tensor memory;   ///< c_i, [K, B, N]
  torch::Tensor keys;     ///< W_h h_i, [K, B, N]
  torch::Tensor summary;  ///< h~ of the last step, [B, N]

  /// Those of these examples, `rows` [M] int64.
  LstmnTapes select(const torch::Tensor& rows) const;
};

struct LstmnLayerRun {
  torch::Tensor hidden;   ///< h_t, [T, B, N]
  torch::Tensor memory;   ///< c_t, [T, B, N]
  torch::Tensor weights;  ///< s of each step, [T, B, K + T]: 0 at itself, after it and off the tape
  LstmnTapes tapes;       ///< to go on from
};

/// h~_t = sum of s_i h_i, c~_t = sum of s_i c_i, with s of `IntraAttention`
/// i, f, o = sigm(W [h~_t; x_t] + b), c^ = tanh(W [h~_t; x_t] + b), by the rows of W
/// c_t = f * c~_t + i * c^,  h_t = o * tanh(c_t)
///
/// Cheng, Dong and Lapata (2016), arXiv:1601.06733, eq. 6 to 9. Of an empty tape h~ and c~ are 0.
///
/// Shapes: T steps, B batch, I input, N units.
class LstmnLayerImpl final : public torch::nn::Cloneable<LstmnLayerImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit LstmnLayerImpl(LstmnLayerOptions options);

  /// inputs [T, B, I]. In float32 and float64 on the CPU one node of the graph, without second
  /// derivative.
  LstmnLayerRun forward(const torch::Tensor& inputs, const LstmnTapes& before);

  /// The same made of LibTorch's parts, on every device.
  LstmnLayerRun forward_composed(const torch::Tensor& inputs, const LstmnTapes& before);

  /// Empty tapes of `batch` examples.
  LstmnTapes empty_tapes(int64_t batch) const;

  void reset() override;

  LstmnLayerOptions options;  ///< as constructed; changing it later has no effect

  IntraAttention attention{nullptr};
  torch::nn::Linear gates{nullptr};  ///< W and b: [4 N, N + I], rows in the order i, f, o, c^

 private:
  torch::Tensor as_of_lstm(const torch::Tensor& rows) const;
  LstmnTapes latest(const LstmnTapes& tapes) const;
};
TORCH_MODULE(LstmnLayer);

}  // namespace zoo
