// An output layer that is the embedding once more.
#pragma once

#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>

namespace zoo {

/// Section 3.4 of Vaswani et al. (2017), arXiv:1706.03762: a linear layer [V, M] without a bias
/// whose weight is the embedding's own tensor. It is not to be registered; whoever copies its owner
/// ties the copy anew, since LibTorch gives the copy's embedding another tensor.
torch::nn::Linear tied_output(const torch::nn::Embedding& embedding);

}  // namespace zoo
