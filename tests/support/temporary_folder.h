// Folders for tests.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace zoo {

/// A new, empty folder that vanishes with its contents. It is in memory where there is such a
/// place: what is tested syncs its files many times, and a busy disk takes seconds for that.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const std::string memory = "/dev/shm/";
    auto pattern =
        (::access(memory.c_str(), W_OK) == 0 ? memory : testing::TempDir()) + "zoo_XXXXXX";
    const char* made = ::mkdtemp(pattern.data());
    if (!made) throw std::runtime_error("cannot create the folder " + pattern);
    path_ = made;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace zoo
