// Files that are whole or not there at all, and errors that tell a person what to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace zoo {

/// A file could not be read or written, or holds what it should not.
class StorageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// "cannot write runs/a/x: No space left on device; free some space …": what was tried, on which
/// path, and why it failed (a value of errno).
StorageError storage_error(std::string_view action, const std::filesystem::path& path,
                           int error_number);

/// The whole file. Throws `StorageError`.
std::string read_file(const std::filesystem::path& path);

/// Replaces the file or creates it, so that whoever looks, even after a power failure, sees the
/// old content or the new one and nothing between. The folder must exist. Throws `StorageError`;
/// the old file is untouched then, unless only the last step, syncing the folder, failed. A process
/// killed here leaves a `<name>.<numbers>.partial` beside.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// Makes the creation, renaming and removal of files in `folder` survive a power failure.
void sync_folder(const std::filesystem::path& folder);

/// Keeps the first `size` bytes. Throws `StorageError`, also if the file has fewer.
void truncate_file(const std::filesystem::path& path, uint64_t size);

/// Writes at the end of a file, which is created if missing. One writer per file.
class AppendFile {
 public:
  /// Throws `StorageError`.
  explicit AppendFile(std::filesystem::path path);
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;

  /// Adds `bytes` in one write, so that a killed process hardly ever leaves half of them; a reader
  /// must expect it all the same. Throws `StorageError`, with the file as it was before.
  void append(std::string_view bytes);

  /// Returns when everything appended would survive a power failure. Throws `StorageError`.
  void sync();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace zoo
