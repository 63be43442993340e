#include "zoo/models/transformer_layers/transformer_stack.h"

#include <utility>

namespace zoo {

using torch::Tensor;

TransformerStackImpl::TransformerStackImpl(TransformerLayerOptions options, int64_t layers)
    : options_(options), count_(layers) {
  reset();
}

void TransformerStackImpl::reset() {
  layers = register_module("layers", torch::nn::ModuleList());
  for (int64_t i = 0; i < count_; ++i) layers->push_back(TransformerLayer(options_));
  if (options_.norm != NormPlacement::kPre) return;
  norm = register_module(
      "norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({options_.attention.model_size})));
}

Tensor TransformerStackImpl::forward(Tensor states, const Sequences& sequences,
                                     const std::vector<LayerMemory>& memory,
                                     std::vector<KeysAndValues>* past, SeenWeights* seen) {
  for (size_t i = 0; i < layers->size(); ++i) {
    states = layers->ptr<TransformerLayerImpl>(i)->forward(states, sequences,
                                                           memory.empty() ? nullptr : &memory[i],
                                                           past ? &(*past)[i] : nullptr, seen);
  }
  return norm.is_empty() ? states : norm->forward(states);
}

std::vector<LayerMemory> TransformerStackImpl::project(const Tensor& memory,
                                                       const Sequences& sequences) {
  std::vector<LayerMemory> projected;
  for (size_t i = 0; i < layers->size(); ++i) {
    auto& attention = layers->ptr<TransformerLayerImpl>(i)->cross_attention;
    projected.push_back(
        {.source = attention->project(memory, sequences.padding), .allowed = sequences.allowed});
  }
  return projected;
}

}  // namespace zoo
