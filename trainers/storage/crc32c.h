// CRC-32C (Castagnoli), the checksum of RFC 3720 and of TensorFlow's record files.
#pragma once

#include <cstdint>
#include <string_view>

namespace zoo {

/// The checksum of `bytes`; `seed` is that of the bytes before them, so that long data can be
/// summed in pieces: `crc32c(b, crc32c(a))` is `crc32c(a + b)`.
uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);

}  // namespace zoo
