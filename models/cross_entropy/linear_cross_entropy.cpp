#include "zoo/models/cross_entropy/linear_cross_entropy.h"

#include <ATen/Dispatch.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/nn/functional/loss.h>

#include <optional>

#include "zoo/models/cross_entropy/cross_entropy_kernel.h"
#include "zoo/models/vector_math/can_fuse.h"

namespace zoo {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void check_tensors(const Tensor& features, const Tensor& weight, const Tensor& bias,
                   const Tensor& targets, double smoothing) {
  TORCH_CHECK(features.dim() == 2 && weight.dim() == 2 && features.size(1) == weight.size(1) &&
                  (!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(0))) &&
                  targets.dim() == 1 && targets.size(0) == features.size(0) &&
                  targets.scalar_type() == torch::kLong,
              "linear_cross_entropy: features [N, D], weight [V, D], bias [V] and targets [N] "
              "int64 do not fit: ",
              features.sizes(), ", ", weight.sizes(), ", ",
              bias.defined() ? bias.sizes() : torch::IntArrayRef(), ", ", targets.sizes());
  TORCH_CHECK(smoothing >= 0 && smoothing < 1,
              "linear_cross_entropy: smoothing must be at least 0 and below 1, got ", smoothing);
  if (!targets.is_cpu() || targets.numel() == 0) return;
  const auto least = targets.min().item<int64_t>(), most = targets.max().item<int64_t>();
  TORCH_CHECK(least >= 0 && most < weight.size(0), "linear_cross_entropy: targets must be in 0..",
              weight.size(0) - 1, ", got ", least < 0 ? least : most);
}

Tensor logits_of(const Tensor& features, const Tensor& weight, const Tensor& bias) {
  return bias.defined() ? torch::addmm(bias, features, weight.t())
                        : torch::mm(features, weight.t());
}

double sum_of_rows(const Tensor& logits, const Tensor& targets, double smoothing) {
  const int64_t symbols = logits.size(1);
  const Tensor chosen = targets.contiguous();
  double sum = 0;
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "linear_cross_entropy", [&] {
    const auto* row = logits.const_data_ptr<scalar_t>();
    for (int64_t i = 0; i < logits.size(0); ++i, row += symbols) {
      sum += detail::row_cross_entropy(row, symbols, chosen.const_data_ptr<int64_t>()[i],
                                       static_cast<scalar_t>(smoothing));
    }
  });
  return sum;
}

// The same; the logits become the gradients of it, and those of the bias, if defined, are added
// up on the way, while each row is at hand.
double sum_and_gradients(const Tensor& logits, const Tensor& targets, double smoothing,
                         const Tensor& of_bias) {
  const int64_t symbols = logits.size(1);
  const Tensor chosen = targets.contiguous();
  double sum = 0;
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "linear_cross_entropy", [&] {
    auto* row = logits.data_ptr<scalar_t>();
    for (int64_t i = 0; i < logits.size(0); ++i, row += symbols) {
      sum += detail::row_cross_entropy_gradients(row, symbols, chosen.const_data_ptr<int64_t>()[i],
                                                 static_cast<scalar_t>(smoothing));
      if (of_bias.defined()) detail::add_row(row, symbols, of_bias.data_ptr<scalar_t>());
    }
  });
  return sum;
}

class LinearCrossEntropy : public torch::autograd::Function<LinearCrossEntropy> {
 public:
  // An undefined tensor is no argument of a node; an empty optional is.
  static Tensor forward(AutogradContext* context, const Tensor& features, const Tensor& weight,
                        const std::optional<Tensor>& bias, const Tensor& targets,
                        double smoothing) {
    const Tensor logits = logits_of(features, weight, bias.value_or(Tensor()));
    const Tensor of_bias = bias ? torch::zeros_like(*bias) : Tensor();
    const double sum = sum_and_gradients(logits, targets, smoothing, of_bias);
    context->save_for_backward({features, weight, logits, of_bias});
    return torch::full({}, sum, features.options());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "linear_cross_entropy has no second derivative");
    const auto saved = context->get_saved_variables();
    const Tensor &features = saved[0], &weight = saved[1], &of_logits = saved[2],
                 &of_bias = saved[3], &scale = gradients[0];
    return {torch::mm(of_logits, weight).mul_(scale), torch::mm(of_logits.t(), features * scale),
            of_bias.defined() ? of_bias * scale : Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor linear_cross_entropy(const Tensor& features, const Tensor& weight, const Tensor& bias,
                            const Tensor& targets, double smoothing) {
  check_tensors(features, weight, bias, targets, smoothing);
  if (!can_fuse(features)) {
    namespace F = torch::nn::functional;
    return F::cross_entropy(
        logits_of(features, weight, bias), targets,
        F::CrossEntropyFuncOptions().reduction(torch::kSum).label_smoothing(smoothing));
  }
  if (!torch::GradMode::is_enabled()) {
    const double sum = sum_of_rows(logits_of(features, weight, bias), targets, smoothing);
    return torch::full({}, sum, features.options());
  }
  const auto given = bias.defined() ? std::optional(bias) : std::nullopt;
  return LinearCrossEntropy::apply(features, weight, given, targets, smoothing);
}

}  // namespace zoo
