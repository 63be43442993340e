#include <fcntl.h>

#include <bit>

#include "zoo/models/safetensors/file.h"
#include "zoo/models/safetensors/header.h"
#include "zoo/models/safetensors/json.h"
#include "zoo/models/safetensors/safetensors.h"

namespace zoo {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little endian");

std::string read_header_text(const detail::File& file, int64_t file_bytes) {
  uint64_t length = 0;
  if (file_bytes < static_cast<int64_t>(sizeof(length))) {
    throw SafetensorsError("holds " + std::to_string(file_bytes) +
                           " bytes, but the length of the header alone takes 8; it is truncated");
  }
  file.read(0, &length, sizeof(length));
  if (length > static_cast<uint64_t>(detail::kMaxHeaderBytes)) {
    throw SafetensorsError("header of " + std::to_string(length) + " bytes, expected at most " +
                           std::to_string(detail::kMaxHeaderBytes) +
                           "; this is not a safetensors file");
  }
  const auto left = static_cast<uint64_t>(file_bytes) - sizeof(length);
  if (length > left) {
    throw SafetensorsError("header of " + std::to_string(length) + " bytes, but the file holds " +
                           std::to_string(left) + " after its length; it is truncated");
  }
  std::string text(length, '\0');
  file.read(sizeof(length), text.data(), text.size());
  return text;
}

torch::Tensor allocate(const detail::TensorEntry& entry) {
  try {
    return torch::empty(entry.shape, entry.dtype);
  } catch (const c10::Error&) {
    throw SafetensorsError("tensor " + detail::in_quotes(entry.name) + " of " +
                           std::to_string(entry.end - entry.begin) +
                           " bytes does not fit in memory");
  }
}

torch::Tensor read_tensor(const detail::File& file, int64_t data_start,
                          const detail::TensorEntry& entry) {
  const auto tensor = allocate(entry);
  const auto size = static_cast<size_t>(entry.end - entry.begin);
  auto* bytes = static_cast<unsigned char*>(tensor.data_ptr());
  file.read(data_start + entry.begin, bytes, size);
  if (entry.dtype != torch::kBool) return tensor;
  // A C++ bool of another value is undefined behaviour wherever it is used later.
  for (size_t index = 0; index < size; ++index) {
    if (bytes[index] > 1) {
      throw SafetensorsError("tensor " + detail::in_quotes(entry.name) + " of dtype BOOL holds " +
                             std::to_string(bytes[index]) + ", expected 0 or 1");
    }
  }
  return tensor;
}

Safetensors read_open_file(const detail::File& file) {
  const int64_t file_bytes = file.size();
  const std::string text = read_header_text(file, file_bytes);
  const auto data_start = static_cast<int64_t>(sizeof(uint64_t) + text.size());
  auto header = detail::parse_header(text, file_bytes - data_start);
  Safetensors result{.tensors = {}, .metadata = std::move(header.metadata)};
  result.tensors.reserve(header.tensors.size());
  for (auto& entry : header.tensors) {
    auto tensor = read_tensor(file, data_start, entry);
    result.tensors.emplace_back(std::move(entry.name), std::move(tensor));
  }
  return result;
}

}  // namespace

const torch::Tensor* Safetensors::find(const std::string& name) const {
  for (const auto& [key, tensor] : tensors) {
    if (key == name) return &tensor;
  }
  return nullptr;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  try {
    // Without O_NONBLOCK a named pipe would wait for its writer.
    return read_open_file({::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), "read"});
  } catch (const SafetensorsError& error) {
    throw SafetensorsError(path.string() + ": " + error.what());
  }
}

}  // namespace zoo
