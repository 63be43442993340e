// The equations of memory.h once more on plain arrays, their gradients beside them. The numbers of
// one example fit the first cache, so a step costs a few microseconds instead of some forty
// operators.
#include "zoo/models/neural_turing_machine/fused_memory.h"

#include <algorithm>
#include <vector>

#include "zoo/models/neural_turing_machine/fused_addressing.h"
#include "zoo/models/neural_turing_machine/fused_writing.h"

namespace zoo::detail {
namespace {

template <class Scalar>
void forward_on_arrays(const HeadLayout& layout, int64_t rows, const MemoryInputs<Scalar>& input,
                       const MemoryTape<Scalar>& tape, const MemoryOutputs<Scalar>& output) {
  const int64_t columns = layout.columns;
  const auto norms = row_norms(input.memory, rows, columns);
  for (int64_t k = 0; k < layout.heads(); ++k) {
    const Head<Scalar> head(input.emitted + k * layout.addressing(), layout);
    const int64_t at = k * rows;
    address(head, input.memory, norms, input.weights + at, tape.similarity + at, tape.content + at,
            tape.rotated + at, output.weights + at);
  }
  std::fill(output.reads, output.reads + layout.read_heads * columns, Scalar(0));
  for (int64_t r = 0; r < layout.read_heads; ++r) {
    for (int64_t i = 0; i < rows; ++i) {
      add_scaled(output.reads + r * columns, output.weights[r * rows + i],
                 input.memory + i * columns, columns);
    }
  }
  write(Writing<Scalar>(input.emitted, layout), layout, rows, input.memory,
        output.weights + layout.read_heads * rows, output.memory);
}

template <class Scalar>
void backward_on_arrays(const HeadLayout& layout, int64_t rows, const MemoryInputs<Scalar>& input,
                        const MemoryTape<Scalar>& tape, const Scalar* weights,
                        const MemoryGradients<Scalar>& gradient) {
  const int64_t columns = layout.columns;
  std::vector<Scalar> weights_gradient(gradient.weights_output,
                                       gradient.weights_output + layout.heads() * rows);
  const int64_t writes = layout.read_heads * rows;
  write_backward(layout, rows, input, weights + writes, gradient.memory_output, gradient.memory,
                 weights_gradient.data() + writes, gradient.emitted);
  for (int64_t r = 0; r < layout.read_heads; ++r) {
    const Scalar* read_gradient = gradient.reads_output + r * columns;
    for (int64_t i = 0; i < rows; ++i) {
      weights_gradient[r * rows + i] += dot(read_gradient, input.memory + i * columns, columns);
      add_scaled(gradient.memory + i * columns, weights[r * rows + i], read_gradient, columns);
    }
  }
  const auto norms = row_norms(input.memory, rows, columns);
  std::vector<Scalar> gated(rows);
  std::vector<Scalar> gated_gradient(rows);
  for (int64_t k = 0; k < layout.heads(); ++k) {
    const int64_t at = k * rows;
    const Head<Scalar> head(input.emitted + k * layout.addressing(), layout);
    HeadGradient<Scalar> head_gradient{std::vector<Scalar>(columns),
                                       std::vector<Scalar>(layout.shifts)};
    for (int64_t i = 0; i < rows; ++i) {
      gated[i] = head.gate * tape.content[at + i] + (1 - head.gate) * input.weights[at + i];
    }
    std::fill(gated_gradient.begin(), gated_gradient.end(), Scalar(0));
    sharpen_rotate_backward(head, gated.data(), tape.rotated + at, weights + at,
                            weights_gradient.data() + at, head_gradient, gated_gradient);
    interpolate_backward(head, tape.content + at, input.weights + at, head_gradient, gated_gradient,
                         gradient.weights + at);
    content_backward(head, input.memory, norms, tape.similarity + at, tape.content + at,
                     gated_gradient, head_gradient, gradient.memory);
    squash_backward(head, head_gradient, gradient.emitted + k * layout.addressing());
  }
}

}  // namespace

// Compiled for machines with and without AVX2, chosen when the program starts; `flatten` brings
// the functions above into each version.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define ZOO_FOR_EACH_PROCESSOR __attribute__((target_clones("arch=haswell", "default"), flatten))
#else
#define ZOO_FOR_EACH_PROCESSOR
#endif

ZOO_FOR_EACH_PROCESSOR
void memory_forward(const HeadLayout& layout, int64_t rows, const MemoryInputs<float>& input,
                    const MemoryTape<float>& tape, const MemoryOutputs<float>& output) {
  forward_on_arrays(layout, rows, input, tape, output);
}

ZOO_FOR_EACH_PROCESSOR
void memory_forward(const HeadLayout& layout, int64_t rows, const MemoryInputs<double>& input,
                    const MemoryTape<double>& tape, const MemoryOutputs<double>& output) {
  forward_on_arrays(layout, rows, input, tape, output);
}

ZOO_FOR_EACH_PROCESSOR
void memory_backward(const HeadLayout& layout, int64_t rows, const MemoryInputs<float>& input,
                     const MemoryTape<float>& tape, const float* weights,
                     const MemoryGradients<float>& gradient) {
  backward_on_arrays(layout, rows, input, tape, weights, gradient);
}

ZOO_FOR_EACH_PROCESSOR
void memory_backward(const HeadLayout& layout, int64_t rows, const MemoryInputs<double>& input,
                     const MemoryTape<double>& tape, const double* weights,
                     const MemoryGradients<double>& gradient) {
  backward_on_arrays(layout, rows, input, tape, weights, gradient);
}

}  // namespace zoo::detail
