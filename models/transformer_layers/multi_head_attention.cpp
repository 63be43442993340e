#include "zoo/models/transformer_layers/multi_head_attention.h"

#include <torch/nn/init.h>

namespace zoo {
namespace {

using torch::Tensor;

// [B, T, H D] -> [B, H, T, D]
Tensor by_head(const Tensor& projected, int64_t heads) {
  return projected.unflatten(2, {heads, -1}).transpose(1, 2);
}

torch::nn::Linear linear(int64_t from, int64_t to, bool biases) {
  return torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(biases));
}

// Its rows are several matrices of so many rows each.
void start(const torch::nn::Linear& linear, const std::vector<int64_t>& rows) {
  torch::NoGradGuard no_gradients;
  for (const Tensor& matrix : linear->weight.split_with_sizes(rows)) {
    torch::nn::init::xavier_uniform_(matrix);
  }
  if (linear->bias.defined()) linear->bias.zero_();
}

// Concat(head_1 .. head_H) W^O of queries [B, T, H K], without the rows of their padding.
Tensor attend(const Tensor& queries, const Padding& padding, const KeysAndValues& memory,
              const AllowedKeys& allowed, const MultiHeadAttentionOptions& options, bool training,
              torch::nn::Linear& merge, SeenWeights* seen) {
  const auto told = seen ? AttentionWeights::kTell : AttentionWeights::kKeep;
  const auto [contexts, weights] =
      scaled_dot_product(by_head(queries, options.heads), memory.keys, memory.values, allowed, told,
                         training ? options.dropout : 0);
  if (seen) seen->push_back(weights);
  return merge->forward(padding.strip(contexts.transpose(1, 2).flatten(2)));
}

}  // namespace

void KeysAndValues::append(const KeysAndValues& later) {
  keys = keys.defined() ? torch::cat({keys, later.keys}, 2) : later.keys;
  values = values.defined() ? torch::cat({values, later.values}, 2) : later.values;
}

void KeysAndValues::select(const Tensor& rows) {
  if (!keys.defined()) return;
  keys = keys.index_select(0, rows);
  values = values.index_select(0, rows);
}

SelfAttentionImpl::SelfAttentionImpl(MultiHeadAttentionOptions options) : options(options) {
  reset();
}

void SelfAttentionImpl::reset() {
  const int64_t size = options.model_size, keys = options.heads * options.key_size,
                values = options.heads * options.value_size;
  query_key_value =
      register_module("query_key_value", linear(size, 2 * keys + values, options.biases));
  merge = register_module("merge", linear(values, size, options.biases));
  start(query_key_value, {keys, keys, values});
  start(merge, {size});
}

Tensor SelfAttentionImpl::forward(const Tensor& states, const Sequences& sequences,
                                  KeysAndValues* past, SeenWeights* seen) {
  const int64_t keys = options.heads * options.key_size,
                values = options.heads * options.value_size;
  const auto& [allowed, padding] = sequences;
  const auto projected = padding.restore(query_key_value->forward(states))
                             .split_with_sizes({keys, keys, values}, /*dim=*/2);
  KeysAndValues own{.keys = by_head(projected[1], options.heads),
                    .values = by_head(projected[2], options.heads)};
  if (past) past->append(own);
  return attend(projected[0], padding, past ? *past : own, allowed, options, is_training(), merge,
                seen);
}

CrossAttentionImpl::CrossAttentionImpl(MultiHeadAttentionOptions options) : options(options) {
  reset();
}

void CrossAttentionImpl::reset() {
  const int64_t size = options.model_size, keys = options.heads * options.key_size,
                values = options.heads * options.value_size;
  query = register_module("query", linear(size, keys, options.biases));
  key_value = register_module("key_value", linear(size, keys + values, options.biases));
  merge = register_module("merge", linear(values, size, options.biases));
  start(query, {keys});
  start(key_value, {keys, values});
  start(merge, {size});
}

KeysAndValues CrossAttentionImpl::project(const Tensor& memory, const Padding& padding) {
  const auto projected =
      padding.restore(key_value->forward(memory))
          .split_with_sizes({options.heads * options.key_size, options.heads * options.value_size},
                            /*dim=*/2);
  return {.keys = by_head(projected[0], options.heads),
          .values = by_head(projected[1], options.heads)};
}

Tensor CrossAttentionImpl::forward(const Tensor& states, const Padding& padding,
                                   const KeysAndValues& memory, const AllowedKeys& allowed,
                                   SeenWeights* seen) {
  return attend(padding.restore(query->forward(states)), padding, memory, allowed, options,
                is_training(), merge, seen);
}

}  // namespace zoo
