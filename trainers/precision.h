// In how many bits a model is trained.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace zoo {

/// In what the loss of a training step is computed; weights and their updates are always float32.
enum class Precision : uint8_t {
  kFloat32,
  kBfloat16  ///< products of matrices in bfloat16, by LibTorch's autocast
};

constexpr std::array<std::string_view, 2> names_of(Precision) { return {"float32", "bfloat16"}; }

}  // namespace zoo
