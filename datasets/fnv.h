// FNV-1a: Fowler, Noll and Vo.
#pragma once

#include <cstdint>
#include <string_view>

namespace zoo {

/// The 64-bit hash of these bytes, or of them after others, whose hash is `sum`. The same on every
/// platform; against damage and for names and splits, not against ill will.
constexpr uint64_t fnv1a(std::string_view bytes, uint64_t sum = 0xCBF29CE484222325) {
  for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  return sum;
}

}  // namespace zoo
