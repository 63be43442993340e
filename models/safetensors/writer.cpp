#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <unordered_set>

#include "zoo/models/safetensors/file.h"
#include "zoo/models/safetensors/header.h"
#include "zoo/models/safetensors/json.h"
#include "zoo/models/safetensors/safetensors.h"

namespace zoo {
namespace {

std::string unused_name() {
  static std::atomic<unsigned> count = 0;
  return ".safetensors-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
}

// A new file of a folder, which disappears again unless it gets its final name.
class TemporaryFile {
 public:
  explicit TemporaryFile(const detail::File& folder)
      : folder_(folder), name_(unused_name()), file_(create(), "written") {}
  ~TemporaryFile() {
    if (!name_.empty()) ::unlinkat(folder_.descriptor(), name_.c_str(), 0);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const detail::File& file() const { return file_; }

  void rename(const std::string& name) {
    const int folder = folder_.descriptor();
    if (::renameat(folder, name_.c_str(), folder, name.c_str()) != 0) {
      detail::throw_errno("written");
    }
    name_.clear();
  }

 private:
  int create() {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int descriptor = ::openat(folder_.descriptor(), name_.c_str(), flags, 0666);
    while (descriptor < 0 && errno == EEXIST) {  // left by a killed process of the same number
      name_ = unused_name();
      descriptor = ::openat(folder_.descriptor(), name_.c_str(), flags, 0666);
    }
    return descriptor;
  }

  const detail::File& folder_;
  std::string name_;
  detail::File file_;
};

void check_text(const std::string& what, const std::string& text) {
  if (detail::invalid_utf8(text)) throw SafetensorsError(what + " is not valid UTF-8");
}

void check_tensor(const std::string& about, const torch::Tensor& tensor) {
  if (!tensor.defined()) throw SafetensorsError(about + " is undefined");
  if (tensor.layout() != torch::kStrided || tensor.is_meta() || tensor.is_nested()) {
    throw SafetensorsError(about + " is not dense");
  }
  if (detail::dtype_name(tensor.scalar_type()).empty()) {
    throw SafetensorsError(about + " has dtype " + c10::toString(tensor.scalar_type()) +
                           ", which is not supported; expected one of " + detail::dtype_names());
  }
}

detail::Header header_of(const NamedTensors& tensors,
                         const std::map<std::string, std::string>& metadata) {
  detail::Header header{.tensors = {}, .metadata = metadata};
  for (const auto& [key, value] : metadata) {
    check_text("the metadata's key " + detail::in_quotes(key), key);
    check_text("the metadata's value of " + detail::in_quotes(key), value);
  }
  std::unordered_set<std::string> names = {"__metadata__"};
  int64_t end = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::string about = "tensor " + detail::in_quotes(name);
    check_text("the name of " + about, name);
    if (!names.insert(name).second) {
      throw SafetensorsError(about +
                             (name == "__metadata__" ? " has a reserved name" : " comes twice"));
    }
    check_tensor(about, tensor);
    const int64_t begin = end;
    const auto bytes = detail::tensor_bytes(tensor.scalar_type(), tensor.sizes().vec());
    if (!bytes || __builtin_add_overflow(begin, *bytes, &end)) {
      throw SafetensorsError(about + " is larger than any file");
    }
    header.tensors.push_back({name, tensor.scalar_type(), tensor.sizes().vec(), begin, end});
  }
  return header;
}

void write_content(const detail::File& file, const NamedTensors& tensors,
                   const std::string& header) {
  const uint64_t length = header.size();
  file.append(&length, sizeof(length));
  file.append(header.data(), header.size());
  for (const auto& [name, tensor] : tensors) {
    const auto dense = tensor.detach().to(torch::kCPU).resolve_neg().contiguous();
    file.append(dense.const_data_ptr(), dense.nbytes());
  }
  file.sync();
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  try {
    const std::string header = detail::header_text(header_of(tensors, metadata));
    if (header.size() > static_cast<size_t>(detail::kMaxHeaderBytes)) {
      throw SafetensorsError("header of " + std::to_string(header.size()) +
                             " bytes, the format allows " +
                             std::to_string(detail::kMaxHeaderBytes));
    }
    const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const detail::File folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                              "written");
    TemporaryFile temporary(folder);
    write_content(temporary.file(), tensors, header);
    temporary.rename(path.filename().string());
    folder.sync();
  } catch (const SafetensorsError& error) {
    throw SafetensorsError(path.string() + ": " + error.what());
  }
}

}  // namespace zoo
