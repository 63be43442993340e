#include "zoo/trainers/tasks/supervised.h"

#include <sstream>

namespace zoo {
namespace {

bool all_finite(const torch::Tensor& tensor) {
  return !tensor.is_floating_point() || torch::isfinite(tensor).all().item<bool>();
}

std::string list_names(const std::vector<std::string>& names) {
  constexpr size_t kShown = 4;
  std::ostringstream text;
  for (size_t i = 0; i < names.size() && i < kShown; ++i) text << (i ? ", " : "") << names[i];
  if (names.size() > kShown) text << " and " << names.size() - kShown << " more";
  return text.str();
}

}  // namespace

NamedTensors named_parameters_of(const torch::nn::Module& module) {
  NamedTensors result;
  for (const auto& item : module.named_parameters()) {
    if (item.value().defined()) result.push_back({item.key(), item.value()});
  }
  return result;
}

NamedTensors named_tensors_of(const torch::nn::Module& module) {
  auto result = named_parameters_of(module);
  for (const auto& item : module.named_buffers()) {
    if (item.value().defined()) result.push_back({item.key(), item.value()});
  }
  return result;
}

std::string describe_non_finite(const torch::Tensor& loss, const NamedTensors& parameters) {
  std::vector<std::string> weights, gradients;
  for (const auto& [name, tensor] : parameters) {
    if (!all_finite(tensor)) weights.push_back(name);
    if (tensor.grad().defined() && !all_finite(tensor.grad())) gradients.push_back(name);
  }
  std::ostringstream text;
  const auto value = loss.item<double>();
  text << "the loss is ";
  std::isnan(value) ? text << "nan" : text << value;  // a NaN has a sign, which tells nothing
  if (!gradients.empty()) text << ", the gradient is not finite in " << list_names(gradients);
  if (!weights.empty()) {
    text << "; weights are not finite: " << list_names(weights)
         << "; they were loaded so, or the learning rate is far too large";
  } else if (all_finite(loss) && gradients.empty()) {
    text << ", but the norm of the gradient is too large to be represented; a learning rate that "
            "is too large is likely";
  } else if (all_finite(loss)) {
    text << "; a division by zero or a root of zero in the backward pass is likely";
  } else {
    text << "; a learning rate that is too large or missing gradient clipping is likely";
  }
  return text.str();
}

}  // namespace zoo
