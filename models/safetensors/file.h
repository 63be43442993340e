// Files by descriptor, because a stream can neither sync nor say why it failed. Internal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace zoo::detail {

/// An open file or folder. Failures throw `SafetensorsError` without the file's name.
class File {
 public:
  /// Takes a descriptor over; if it is negative, throws "cannot be <verb>: <errno's text>".
  File(int descriptor, const std::string& verb);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int descriptor() const { return descriptor_; }
  /// Throws if this is not a regular file (a pipe or /dev/zero has no size).
  int64_t size() const;
  void read(int64_t offset, void* bytes, size_t size) const;
  void append(const void* bytes, size_t size) const;
  /// Until the disk holds it. A folder on a file system that cannot do so is left alone.
  void sync() const;

 private:
  int descriptor_;
};

/// Throws "cannot be <verb>: <errno's text>".
[[noreturn]] void throw_errno(const std::string& verb);

}  // namespace zoo::detail
