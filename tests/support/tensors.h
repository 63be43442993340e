// Tensors as bytes, for comparisons that forgive nothing.
#pragma once

#include <torch/types.h>

#include <string>

#include "zoo/models/safetensors/safetensors.h"

namespace zoo {

inline std::string bytes_of(const torch::Tensor& tensor) {
  const auto plain = tensor.detach().cpu().contiguous();
  return {static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()};
}

/// Names and bytes of all.
inline std::string bytes_of(const NamedTensors& tensors) {
  std::string bytes;
  for (const auto& [name, tensor] : tensors) bytes += name + "=" + bytes_of(tensor) + ";";
  return bytes;
}

}  // namespace zoo
