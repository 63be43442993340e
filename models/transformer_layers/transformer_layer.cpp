#include "zoo/models/transformer_layers/transformer_layer.h"

#include <torch/nn/init.h>

#include <utility>

namespace zoo {

using torch::Tensor;

FeedForwardImpl::FeedForwardImpl(int64_t model_size, int64_t size, Activation activation)
    : model_size_(model_size), size_(size), activation_(activation) {
  reset();
}

void FeedForwardImpl::reset() {
  first = register_module("first", torch::nn::Linear(model_size_, size_));
  second = register_module("second", torch::nn::Linear(size_, model_size_));
  torch::NoGradGuard no_gradients;
  for (const auto& linear : {first, second}) {
    torch::nn::init::xavier_uniform_(linear->weight);
    linear->bias.zero_();
  }
}

Tensor FeedForwardImpl::forward(const Tensor& states) {
  const Tensor hidden = first->forward(states);
  switch (activation_) {
    case Activation::kRelu:
      return second->forward(torch::relu(hidden));
    case Activation::kGeluTanh:
      return second->forward(torch::gelu(hidden, "tanh"));
    case Activation::kGelu:
      return second->forward(torch::gelu(hidden));
  }
  TORCH_INTERNAL_ASSERT(false, "an activation without a function");
}

TransformerLayerImpl::TransformerLayerImpl(TransformerLayerOptions options) : options(options) {
  reset();
}

void TransformerLayerImpl::reset() {
  const auto norm = [this] {
    return torch::nn::LayerNorm(torch::nn::LayerNormOptions({options.attention.model_size}));
  };
  attention = register_module("attention", SelfAttention(options.attention));
  attention_norm_ = register_module("attention_norm", norm());
  if (options.crosses) {
    cross_attention = register_module("cross_attention", CrossAttention(options.attention));
    cross_attention_norm_ = register_module("cross_attention_norm", norm());
  }
  feed_forward = register_module(
      "feed_forward",
      FeedForward(options.attention.model_size, options.feed_forward_size, options.activation));
  feed_forward_norm_ = register_module("feed_forward_norm", norm());
}

Tensor TransformerLayerImpl::before(torch::nn::LayerNorm& norm, const Tensor& states) {
  return options.norm == NormPlacement::kPre ? norm->forward(states) : states;
}

Tensor TransformerLayerImpl::after(torch::nn::LayerNorm& norm, const Tensor& states,
                                   const Tensor& added) {
  const Tensor sum = states + torch::dropout(added, options.dropout, is_training());
  return options.norm == NormPlacement::kPre ? sum : norm->forward(sum);
}

Tensor TransformerLayerImpl::forward(Tensor states, const Sequences& sequences,
                                     const LayerMemory* memory, KeysAndValues* past,
                                     SeenWeights* seen) {
  const Tensor own = attention->forward(before(attention_norm_, states), sequences, past, seen);
  states = after(attention_norm_, states, own);
  if (memory) {
    const Tensor read =
        cross_attention->forward(before(cross_attention_norm_, states), sequences.padding,
                                 memory->source, memory->allowed, seen);
    states = after(cross_attention_norm_, states, read);
  }
  const Tensor made = feed_forward->forward(before(feed_forward_norm_, states));
  return after(feed_forward_norm_, states, made);
}

}  // namespace zoo
