// The header of a safetensors file: text to entries and back. Internal to this folder.
#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zoo::detail {

constexpr int64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

/// One tensor; its bytes are [begin, end) of the data that follow the header.
struct TensorEntry {
  std::string name;
  c10::ScalarType dtype = c10::ScalarType::Undefined;
  std::vector<int64_t> shape;
  int64_t begin = 0;
  int64_t end = 0;
};

struct Header {
  std::vector<TensorEntry> tensors;
  std::map<std::string, std::string> metadata;
};

/// The header of a file with that many bytes of data. Checks every rule of the format and throws
/// `SafetensorsError` without the file's name.
Header parse_header(std::string_view text, int64_t data_bytes);

/// The header padded so that the data begin at a multiple of 8 bytes.
std::string header_text(const Header& header);

/// The format's name of a dtype; empty if the format has none, or none that is read here.
std::string_view dtype_name(c10::ScalarType dtype);

/// "F64, F32, ... and BOOL"
std::string dtype_names();

/// The bytes of a dense tensor; nothing if they, or its strides, are past 2^63 - 1.
std::optional<int64_t> tensor_bytes(c10::ScalarType dtype, const std::vector<int64_t>& shape);

/// "[2, 3]"
std::string shape_text(const std::vector<int64_t>& shape);

}  // namespace zoo::detail
