#include "zoo/models/neural_turing_machine/memory.h"

#include <vector>

namespace zoo {

using torch::Tensor;

Tensor read_memory(const Tensor& memory, const Tensor& weights) {
  return torch::bmm(weights, memory);  // [B, R, M]
}

Tensor write_memory(const Tensor& memory, const Tensor& weights, const Tensor& erase,
                    const Tensor& add) {
  const Tensor kept = 1 - weights.unsqueeze(-1) * erase.unsqueeze(-2);         // [B, W, N, M]
  return torch::baddbmm(memory * kept.prod(1), weights.transpose(1, 2), add);  // [B, N, M]
}

Tensor row_similarity(const Tensor& memory, const Tensor& key) {
  const Tensor dot = torch::bmm(key, memory.transpose(1, 2));                       // [B, K, N]
  const Tensor key_norm = torch::linalg_vector_norm(key, 2, {-1}, true);            // [B, K, 1]
  const Tensor row_norm = torch::linalg_vector_norm(memory, 2, {-1}).unsqueeze(1);  // [B, 1, N]
  return dot / (key_norm * row_norm + 1e-8);
}

Tensor focus_on_content(const Tensor& similarity, const Tensor& strength) {
  return torch::softmax(strength * similarity, -1);
}

Tensor interpolate(const Tensor& content, const Tensor& previous, const Tensor& gate) {
  return gate * content + (1 - gate) * previous;
}

Tensor rotate(const Tensor& weights, const Tensor& shift) {
  const int64_t shifts = shift.size(-1);
  TORCH_CHECK(shifts % 2 == 1 && shifts <= weights.size(-1),
              "rotate: the number of shifts must be odd and at most the number of rows, got ",
              shifts, " shifts and ", weights.size(-1), " rows");
  Tensor rotated = torch::zeros_like(weights);
  for (int64_t column = 0; column < shifts; ++column) {
    const int64_t offset = column - shifts / 2;
    rotated = rotated + torch::roll(weights, offset, -1) * shift.narrow(-1, column, 1);
  }
  return rotated;
}

Tensor sharpen(const Tensor& weights, const Tensor& gamma) {
  return torch::softmax(gamma * torch::log(weights + 1e-16), -1);
}

HeadParameters head_parameters(const Tensor& emitted, const HeadLayout& layout) {
  const int64_t batch = emitted.size(0);
  const int64_t columns = layout.columns;
  const int64_t addressing = layout.heads() * layout.addressing();
  const int64_t vectors = layout.write_heads * columns;
  const Tensor heads =
      emitted.narrow(1, 0, addressing).reshape({batch, layout.heads(), layout.addressing()});
  const auto parts = heads.split_with_sizes({columns, 1, 1, layout.shifts, 1}, -1);
  const auto vector_shape = {batch, layout.write_heads, columns};
  return {
      .key = torch::tanh(parts[0]),
      .strength = torch::softplus(parts[1]),
      .gate = torch::sigmoid(parts[2]),
      .shift = torch::softmax(parts[3], -1),
      .sharpening = 1 + torch::softplus(parts[4]),
      .erase = torch::sigmoid(emitted.narrow(1, addressing, vectors).reshape(vector_shape)),
      .add = torch::tanh(emitted.narrow(1, addressing + vectors, vectors).reshape(vector_shape))};
}

MemoryState step_memory(const Tensor& emitted, const MemoryState& previous,
                        const HeadLayout& layout) {
  const HeadParameters head = head_parameters(emitted, layout);
  const Tensor similarity = row_similarity(previous.memory, head.key);
  const Tensor content = focus_on_content(similarity, head.strength);
  const Tensor gated = interpolate(content, previous.weights, head.gate);
  const Tensor rotated = rotate(gated, head.shift);
  const Tensor weights = sharpen(rotated, head.sharpening);  // [B, K, N]

  const Tensor reading = weights.narrow(1, 0, layout.read_heads);
  const Tensor writing = weights.narrow(1, layout.read_heads, layout.write_heads);
  return {.memory = write_memory(previous.memory, writing, head.erase, head.add),
          .weights = weights,
          .reads = read_memory(previous.memory, reading)};
}

}  // namespace zoo
