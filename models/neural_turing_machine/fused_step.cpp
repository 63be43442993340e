// step_memory_fused: the plain-array step as one node of the autograd graph.
#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>

#include "zoo/models/neural_turing_machine/fused_memory.h"

namespace zoo {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Where one example starts in each array.
template <class Scalar>
struct Example {
  HeadLayout layout;
  int64_t rows;
  int64_t at;

  template <class T>
  T* memory(T* base) const {
    return base + at * rows * layout.columns;
  }
  template <class T>
  T* weights(T* base) const {
    return base + at * layout.heads() * rows;
  }
  template <class T>
  T* reads(T* base) const {
    return base + at * layout.read_heads * layout.columns;
  }
  template <class T>
  T* emitted(T* base) const {
    return base + at * layout.total();
  }
  detail::MemoryInputs<Scalar> inputs(const Tensor& emitted, const Tensor& memory,
                                      const Tensor& weights) const {
    return {this->emitted(emitted.const_data_ptr<Scalar>()),
            this->memory(memory.const_data_ptr<Scalar>()),
            this->weights(weights.const_data_ptr<Scalar>())};
  }
  /// `tape` [3, B, K, N]
  detail::MemoryTape<Scalar> tape(const Tensor& tape) const {
    Scalar* base = tape.data_ptr<Scalar>();
    const int64_t part = tape.stride(0);
    return {weights(base), weights(base + part), weights(base + 2 * part)};
  }
};

class FusedMemoryStep : public torch::autograd::Function<FusedMemoryStep> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& emitted_input,
                               const Tensor& memory_input, const Tensor& weights_input,
                               int64_t read_heads, int64_t write_heads, int64_t shifts) {
    const Tensor emitted = emitted_input.contiguous();
    const Tensor memory = memory_input.contiguous();
    const Tensor weights = weights_input.contiguous();
    const int64_t batch = memory.size(0);
    const int64_t rows = memory.size(1);
    const HeadLayout layout{memory.size(2), read_heads, write_heads, shifts};
    const Tensor new_memory = torch::empty_like(memory);
    const Tensor new_weights = torch::empty_like(weights);
    const Tensor reads = torch::empty({batch, read_heads, layout.columns}, memory.options());
    const Tensor tape = torch::empty({3, batch, layout.heads(), rows}, memory.options());
    AT_DISPATCH_FLOATING_TYPES(memory.scalar_type(), "step_memory_fused", [&] {
      for (int64_t b = 0; b < batch; ++b) {
        const Example<scalar_t> example{layout, rows, b};
        detail::memory_forward(layout, rows, example.inputs(emitted, memory, weights),
                               example.tape(tape),
                               {example.memory(new_memory.data_ptr<scalar_t>()),
                                example.weights(new_weights.data_ptr<scalar_t>()),
                                example.reads(reads.data_ptr<scalar_t>())});
      }
    });
    context->save_for_backward({emitted, memory, weights, new_weights, tape});
    context->saved_data["heads"] = std::vector<int64_t>{read_heads, write_heads, shifts};
    return {new_memory, new_weights, reads};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(),
                "step_memory_fused has no second derivative: use step_memory");
    const auto saved = context->get_saved_variables();
    const Tensor &emitted = saved[0], &memory = saved[1], &weights = saved[2],
                 &new_weights = saved[3], &tape = saved[4];
    const auto heads = context->saved_data["heads"].toIntVector();
    const HeadLayout layout{memory.size(2), heads[0], heads[1], heads[2]};
    const int64_t rows = memory.size(1);
    const auto dense = [](const Tensor& gradient, const Tensor& like, at::IntArrayRef shape) {
      return gradient.defined() ? gradient.contiguous() : torch::zeros(shape, like.options());
    };
    const Tensor memory_output = dense(gradients[0], memory, memory.sizes());
    const Tensor weights_output = dense(gradients[1], memory, weights.sizes());
    const Tensor reads_output =
        dense(gradients[2], memory, {memory.size(0), layout.read_heads, layout.columns});
    const Tensor emitted_gradient = torch::empty_like(emitted);
    const Tensor memory_gradient = torch::empty_like(memory);
    const Tensor weights_gradient = torch::zeros_like(weights);
    AT_DISPATCH_FLOATING_TYPES(memory.scalar_type(), "step_memory_fused", [&] {
      for (int64_t b = 0; b < memory.size(0); ++b) {
        const Example<scalar_t> example{layout, rows, b};
        detail::memory_backward(layout, rows, example.inputs(emitted, memory, weights),
                                example.tape(tape),
                                example.weights(new_weights.const_data_ptr<scalar_t>()),
                                {example.memory(memory_output.const_data_ptr<scalar_t>()),
                                 example.weights(weights_output.const_data_ptr<scalar_t>()),
                                 example.reads(reads_output.const_data_ptr<scalar_t>()),
                                 example.emitted(emitted_gradient.data_ptr<scalar_t>()),
                                 example.memory(memory_gradient.data_ptr<scalar_t>()),
                                 example.weights(weights_gradient.data_ptr<scalar_t>())});
      }
    });
    return {emitted_gradient, memory_gradient, weights_gradient, {}, {}, {}};
  }
};

}  // namespace

MemoryState step_memory_fused(const Tensor& emitted, const MemoryState& previous,
                              const HeadLayout& layout) {
  TORCH_CHECK(emitted.dim() == 2 && emitted.size(1) == layout.total(),
              "step_memory_fused: emitted must be [B, ", layout.total(), "], got ",
              emitted.sizes());
  TORCH_CHECK(emitted.scalar_type() == previous.memory.scalar_type() &&
                  emitted.scalar_type() == previous.weights.scalar_type(),
              "step_memory_fused: all tensors must be of one dtype");
  auto result = FusedMemoryStep::apply(emitted, previous.memory, previous.weights,
                                       layout.read_heads, layout.write_heads, layout.shifts);
  return {.memory = result[0], .weights = result[1], .reads = result[2]};
}

}  // namespace zoo
