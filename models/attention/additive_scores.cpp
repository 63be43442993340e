#include "zoo/models/attention/additive_scores.h"

#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include "zoo/models/attention/additive_kernel.h"

namespace zoo {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

Tensor scores_of(const Tensor& queries, const Tensor& keys, const Tensor& vector) {
  const int64_t batch = queries.size(0), steps = queries.size(1), places = keys.size(1);
  const int64_t units = vector.size(0);
  const Tensor scores = torch::empty({batch, steps, places}, queries.options());
  AT_DISPATCH_FLOATING_TYPES(queries.scalar_type(), "additive_scores_fused", [&] {
    auto* score = scores.data_ptr<scalar_t>();
    const auto* query = queries.const_data_ptr<scalar_t>();
    for (int64_t row = 0; row < batch * steps; ++row, query += units) {
      const auto* key = keys.const_data_ptr<scalar_t>() + row / steps * places * units;
      for (int64_t s = 0; s < places; ++s, key += units) {
        *score++ = detail::additive_score(query, key, vector.const_data_ptr<scalar_t>(), units);
      }
    }
  });
  return scores;
}

class AdditiveScoresFunction : public torch::autograd::Function<AdditiveScoresFunction> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& queries_input,
                        const Tensor& keys_input, const Tensor& vector_input) {
    const Tensor queries = queries_input.contiguous(), keys = keys_input.contiguous(),
                 vector = vector_input.contiguous();
    context->save_for_backward({queries, keys, vector});
    return scores_of(queries, keys, vector);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(),
                "additive_scores_fused has no second derivative: use additive_scores");
    const auto saved = context->get_saved_variables();
    const Tensor &queries = saved[0], &keys = saved[1], &vector = saved[2];
    const Tensor of_scores = gradients[0].contiguous();
    const Tensor of_queries = torch::zeros_like(queries), of_keys = torch::zeros_like(keys),
                 of_vector = torch::zeros_like(vector);
    const int64_t steps = queries.size(1), places = keys.size(1), units = vector.size(0);
    AT_DISPATCH_FLOATING_TYPES(queries.scalar_type(), "additive_scores_fused", [&] {
      const auto* score = of_scores.const_data_ptr<scalar_t>();
      for (int64_t row = 0; row < queries.size(0) * steps; ++row) {
        const auto* query = queries.const_data_ptr<scalar_t>() + row * units;
        auto* of_query = of_queries.data_ptr<scalar_t>() + row * units;
        for (int64_t s = 0; s < places; ++s) {
          const int64_t at = (row / steps * places + s) * units;
          detail::add_additive_gradients(
              query, keys.const_data_ptr<scalar_t>() + at, vector.const_data_ptr<scalar_t>(), units,
              *score++,
              {of_query, of_keys.data_ptr<scalar_t>() + at, of_vector.data_ptr<scalar_t>()});
        }
      }
    });
    return {of_queries, of_keys, of_vector};
  }
};

}  // namespace

Tensor additive_scores(const Tensor& queries, const Tensor& keys, const Tensor& vector) {
  const Tensor units = torch::tanh(queries.unsqueeze(2) + keys.unsqueeze(1));  // [B, T, S, A]
  return torch::matmul(units, vector);                                         // [B, T, S]
}

Tensor additive_scores_fused(const Tensor& queries, const Tensor& keys, const Tensor& vector) {
  const auto dtype = queries.scalar_type();
  TORCH_CHECK(queries.is_cpu() && keys.is_cpu() && vector.is_cpu() &&
                  (dtype == torch::kFloat || dtype == torch::kDouble) &&
                  keys.scalar_type() == dtype && vector.scalar_type() == dtype,
              "additive_scores_fused: all tensors must be float32 or float64 on the CPU");
  TORCH_CHECK(
      queries.dim() == 3 && keys.dim() == 3 && vector.dim() == 1 &&
          queries.size(0) == keys.size(0) && queries.size(2) == vector.size(0) &&
          keys.size(2) == vector.size(0),
      "additive_scores_fused: queries [B, T, A], keys [B, S, A] and vector [A] do not fit: ",
      queries.sizes(), ", ", keys.sizes(), ", ", vector.sizes());
  if (!torch::GradMode::is_enabled()) {
    return scores_of(queries.contiguous(), keys.contiguous(), vector.contiguous());
  }
  return AdditiveScoresFunction::apply(queries, keys, vector);
}

}  // namespace zoo
