#include "zoo/models/safetensors/header.h"
#include "zoo/models/safetensors/json.h"
#include "zoo/models/safetensors/safetensors.h"

namespace zoo {
namespace {

std::string dtype_text(const torch::Tensor& tensor) {
  const auto name = detail::dtype_name(tensor.scalar_type());
  return name.empty() ? c10::toString(tensor.scalar_type()) : std::string(name);
}

std::string tensor_text(const std::string& name, const torch::Tensor& tensor) {
  return detail::in_quotes(name) + " (" + dtype_text(tensor) + " " +
         detail::shape_text(tensor.sizes().vec()) + ")";
}

using TensorsByName = std::map<std::string, torch::Tensor>;

std::vector<std::string> misfits(const NamedTensors& targets, const Safetensors& source,
                                 const TensorsByName& tensors) {
  std::vector<std::string> problems;
  TensorsByName unexpected = tensors;
  for (const auto& [name, target] : targets) {
    unexpected.erase(name);
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      problems.push_back("missing: " + tensor_text(name, target));
      continue;
    }
    const auto& [key, tensor] = *found;
    if (tensor.sizes() != target.sizes()) {
      problems.push_back(detail::in_quotes(name) + " has shape " +
                         detail::shape_text(tensor.sizes().vec()) + ", expected " +
                         detail::shape_text(target.sizes().vec()));
    }
    if (tensor.scalar_type() != target.scalar_type()) {
      problems.push_back(detail::in_quotes(name) + " has dtype " + dtype_text(tensor) +
                         ", expected " + dtype_text(target));
    }
  }
  for (const auto& [name, tensor] : source.tensors) {
    if (unexpected.contains(name)) problems.push_back("unexpected: " + tensor_text(name, tensor));
  }
  return problems;
}

// Parameters, then buffers. A buffer that is switched off is undefined and has no weights.
NamedTensors named_tensors(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) tensors.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) tensors.emplace_back(item.key(), item.value());
  std::erase_if(tensors, [](const auto& item) { return !item.second.defined(); });
  return tensors;
}

}  // namespace

void load_weights(const NamedTensors& targets, const Safetensors& source, const std::string& what) {
  const TensorsByName tensors(source.tensors.begin(), source.tensors.end());
  const auto problems = misfits(targets, source, tensors);
  if (!problems.empty()) {
    std::string message = what + ": the weights do not fit, nothing was loaded";
    for (const auto& problem : problems) message += "\n  " + problem;
    throw SafetensorsError(message);
  }
  const torch::NoGradGuard no_grad;
  for (auto [name, target] : targets) target.copy_(tensors.at(name));
}

void save_module(const torch::nn::Module& module, const std::filesystem::path& path,
                 const std::map<std::string, std::string>& metadata) {
  write_safetensors(path, named_tensors(module), metadata);
}

void load_module(torch::nn::Module& module, const std::filesystem::path& path) {
  load_weights(named_tensors(module), read_safetensors(path), path.string());
}

}  // namespace zoo
