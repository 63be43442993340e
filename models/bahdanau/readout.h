// What the output layer of `Bahdanau` is given.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "zoo/models/options/options.h"

namespace zoo {

struct MaxoutReadoutOptions {
  int64_t state_size = 0;      ///< n
  int64_t embedding_size = 0;  ///< m
  int64_t context_size = 0;    ///< D
  int64_t maxout_size = 0;     ///< l

  static void fields(auto& self, auto&& visit) {
    visit("state_size", self.state_size, "features of the decoder's state", at_least(1));
    visit("embedding_size", self.embedding_size, "features of the symbol before", at_least(1));
    visit("context_size", self.context_size, "features of the context", at_least(1));
    visit("maxout_size", self.maxout_size, "maxout units", at_least(1));
  }
};

/// t~ = U_o s + V_o E y + C_o c + b,   t_j = max(t~_{2j-1}, t~_{2j})
///
/// Bahdanau et al. (2015), arXiv:1409.0473, appendix A.2.2; Goodfellow et al. (2013), "Maxout
/// Networks", arXiv:1302.4389.
class MaxoutReadoutImpl final : public torch::nn::Cloneable<MaxoutReadoutImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit MaxoutReadoutImpl(MaxoutReadoutOptions options);

  /// state [..., n], embedded [..., m] and context [..., D], broadcast; returns [..., l].
  torch::Tensor forward(const torch::Tensor& state, const torch::Tensor& embedded,
                        const torch::Tensor& context);

  void reset() override;

  MaxoutReadoutOptions options;  ///< as constructed; changing it later has no effect

 private:
  torch::nn::Linear state_{nullptr};      // U_o and b
  torch::nn::Linear embedding_{nullptr};  // V_o
  torch::nn::Linear context_{nullptr};    // C_o
};
TORCH_MODULE(MaxoutReadout);

}  // namespace zoo
