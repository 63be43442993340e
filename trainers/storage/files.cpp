#include "zoo/trainers/storage/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace zoo {
namespace {

/// Repeats a system call that a signal interrupted; other results are the caller's to judge.
template <class Call>
auto storage_retry(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// An open file that closes itself.
class StorageDescriptor {
 public:
  StorageDescriptor(const std::filesystem::path& path, int flags)
      : value_(storage_retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); })) {}
  ~StorageDescriptor() { close(); }
  StorageDescriptor(const StorageDescriptor&) = delete;
  StorageDescriptor& operator=(const StorageDescriptor&) = delete;

  int get() const { return value_; }

  /// Network file systems report a full disk as late as here.
  bool close() {
    const int value = std::exchange(value_, -1);
    // After EINTR the descriptor is gone all the same, so this is never repeated.
    return value < 0 || ::close(value) == 0 || errno == EINTR;
  }

 private:
  int value_;
};

/// False with errno set after a failure; `written` tells how far it came.
bool storage_write(int descriptor, std::string_view bytes, size_t& written) {
  for (written = 0; written < bytes.size();) {
    const ssize_t count = storage_retry(
        [&] { return ::write(descriptor, bytes.data() + written, bytes.size() - written); });
    if (count < 0) return false;
    written += static_cast<size_t>(count);
  }
  return true;
}

/// True also for what has no contents to sync: pipes, and folders of some network file systems.
bool storage_sync(int descriptor) {
  return storage_retry([&] { return ::fsync(descriptor); }) == 0 || errno == EINVAL;
}

/// A name beside `path` that no other call, thread or process uses.
std::filesystem::path storage_partial_path(const std::filesystem::path& path) {
  static std::atomic<unsigned> count = 0;
  auto partial = path;
  partial += "." + std::to_string(::getpid()) + "-" + std::to_string(++count) + ".partial";
  return partial;
}

/// Creates `path` with this content; 0 or the errno of the step that failed.
int storage_create(const std::filesystem::path& path, std::string_view bytes) {
  StorageDescriptor file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (file.get() < 0) return errno;
  size_t written = 0;
  if (!storage_write(file.get(), bytes, written)) return errno;
  if (!storage_sync(file.get())) return errno;
  return file.close() ? 0 : errno;
}

}  // namespace

StorageError storage_error(std::string_view action, const std::filesystem::path& path,
                           int error_number) {
  auto message = "cannot " + std::string(action) + " " + path.string() + ": " +
                 std::generic_category().message(error_number);
  if (error_number == ENOSPC || error_number == EDQUOT) {
    message += "; free some space and try again, nothing that existed was changed";
  }
  return StorageError(message);
}

std::string read_file(const std::filesystem::path& path) {
  StorageDescriptor file(path, O_RDONLY);
  if (file.get() < 0) throw storage_error("read", path, errno);
  std::string bytes;
  struct stat status {};
  // One byte more than the size, so that the end is seen without growing; /proc says size 0.
  const bool sized = ::fstat(file.get(), &status) == 0 && status.st_size > 0;
  size_t room = sized ? static_cast<size_t>(status.st_size) + 1 : 4096;
  size_t used = 0;
  while (true) {
    bytes.resize(used + room);
    const ssize_t count =
        storage_retry([&] { return ::read(file.get(), bytes.data() + used, bytes.size() - used); });
    if (count < 0) throw storage_error("read", path, errno);
    used += static_cast<size_t>(count);
    if (count == 0) break;
    room = used == bytes.size() ? used : bytes.size() - used;
  }
  bytes.resize(used);
  return bytes;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  auto partial = storage_partial_path(path);
  int error = storage_create(partial, bytes);
  // Left by an earlier process of the same number.
  while (error == EEXIST) error = storage_create(partial = storage_partial_path(path), bytes);
  if (error == 0 && ::rename(partial.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(partial.c_str());
    throw storage_error("write", path, error);
  }
  sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

void sync_folder(const std::filesystem::path& folder) {
  StorageDescriptor file(folder, O_RDONLY | O_DIRECTORY);
  if (file.get() < 0) throw storage_error("open folder", folder, errno);
  if (!storage_sync(file.get())) throw storage_error("sync folder", folder, errno);
}

void truncate_file(const std::filesystem::path& path, uint64_t size) {
  StorageDescriptor file(path, O_WRONLY);
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    throw storage_error("shorten", path, errno);
  }
  if (static_cast<uint64_t>(status.st_size) < size) {
    throw StorageError("cannot shorten " + path.string() + " to " + std::to_string(size) +
                       " bytes: it has only " + std::to_string(status.st_size));
  }
  const int result =
      storage_retry([&] { return ::ftruncate(file.get(), static_cast<off_t>(size)); });
  if (result != 0 || !storage_sync(file.get())) throw storage_error("shorten", path, errno);
}

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = storage_retry(
      [&] { return ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666); });
  if (descriptor_ < 0) throw storage_error("open", path_, errno);
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void AppendFile::append(std::string_view bytes) {
  size_t written = 0;
  if (storage_write(descriptor_, bytes, written)) return;
  const int error = errno;
  struct stat status {};
  // Half a line would spoil the next one if there is room again by then. If this fails too, the
  // first error is still the one to report.
  if (written > 0 && ::fstat(descriptor_, &status) == 0) {
    [[maybe_unused]] const int ignored =
        ::ftruncate(descriptor_, status.st_size - static_cast<off_t>(written));
  }
  throw storage_error("write", path_, error);
}

void AppendFile::sync() {
  if (!storage_sync(descriptor_)) throw storage_error("write", path_, errno);
}

}  // namespace zoo
