#include "zoo/models/safetensors/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "zoo/models/safetensors/safetensors.h"

namespace zoo::detail {
namespace {

constexpr size_t kMaxTransfer = size_t{1} << 30;  // a single call refuses 2 GiB and more

// Calls `transfer(done, size)` until all is done; a signal may interrupt it.
template <class Transfer>
void transfer_all(size_t size, const std::string& verb, const Transfer& transfer) {
  for (size_t done = 0; done < size;) {
    const ssize_t count = transfer(done, std::min(size - done, kMaxTransfer));
    if (count > 0) {
      done += static_cast<size_t>(count);
    } else if (count == 0) {
      throw SafetensorsError("cannot be " + verb + " whole: it became shorter meanwhile");
    } else if (errno != EINTR) {
      throw_errno(verb);
    }
  }
}

}  // namespace

void throw_errno(const std::string& verb) {
  throw SafetensorsError("cannot be " + verb + ": " + std::generic_category().message(errno));
}

File::File(int descriptor, const std::string& verb) : descriptor_(descriptor) {
  if (descriptor < 0) throw_errno(verb);
}

File::~File() { ::close(descriptor_); }

int64_t File::size() const {
  struct stat status = {};
  if (::fstat(descriptor_, &status) != 0) throw_errno("read");
  if (!S_ISREG(status.st_mode)) throw SafetensorsError("is not a regular file");
  return status.st_size;
}

void File::read(int64_t offset, void* bytes, size_t size) const {
  transfer_all(size, "read", [&](size_t done, size_t count) {
    return ::pread(descriptor_, static_cast<char*>(bytes) + done, count,
                   offset + static_cast<int64_t>(done));
  });
}

void File::append(const void* bytes, size_t size) const {
  transfer_all(size, "written", [&](size_t done, size_t count) {
    return ::write(descriptor_, static_cast<const char*>(bytes) + done, count);
  });
}

void File::sync() const {
  while (::fsync(descriptor_) != 0) {
    if (errno == EINVAL || errno == ENOTSUP) return;
    if (errno != EINTR) throw_errno("written");
  }
}

}  // namespace zoo::detail
