#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "zoo/trainers/storage/crc32c.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test.
class StorageFilesTest : public testing::Test {
 protected:
  StorageFilesTest() {
    auto pattern = testing::TempDir() + "storage_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~StorageFilesTest() override { fs::remove_all(folder_); }

  size_t entries() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

/// Files of this process cannot grow beyond `bytes`: a disk that fills up in the midst of a write.
class StorageFileLimit {
 public:
  explicit StorageFileLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~StorageFileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  sighandler_t handler_;
  rlimit before_{};
};

template <class Call>
std::string storage_message(Call&& call) {
  try {
    call();
  } catch (const StorageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(StorageCrc32c, MatchesPublishedVectors) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("a"), 0xC1D04330u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  // RFC 3720, B.4.
  std::string ascending(32, '\0');
  std::iota(ascending.begin(), ascending.end(), '\0');
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(ascending), 0x46DD794Eu);
  EXPECT_EQ(crc32c(std::string(ascending.rbegin(), ascending.rend())), 0x113FDB5Cu);
  std::string read_command(48, '\0');
  read_command[0] = '\x01', read_command[1] = '\xC0', read_command[16] = '\x14';
  read_command[22] = '\x04', read_command[27] = '\x14', read_command[31] = '\x18';
  read_command[32] = '\x28', read_command[40] = '\x02';
  EXPECT_EQ(crc32c(read_command), 0xD9963A56u);
}

TEST(StorageCrc32c, AgreesWithTheDefinitionAtEveryLength) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) bytes.push_back(static_cast<char>(i * 37 + 200));
  for (size_t size = 0; size <= bytes.size(); ++size) {
    uint32_t expected = ~0u;
    for (size_t i = 0; i < size; ++i) {
      expected ^= static_cast<uint8_t>(bytes[i]);
      for (int bit = 0; bit < 8; ++bit) expected = expected >> 1 ^ (expected & 1 ? 0x82F63B78 : 0);
    }
    EXPECT_EQ(crc32c(bytes.substr(0, size)), ~expected) << size << " bytes";
  }
}

TEST(StorageCrc32c, SumsInPieces) {
  const std::string bytes = "a text that is longer than eight bytes";
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(crc32c(bytes.substr(cut), crc32c(bytes.substr(0, cut))), crc32c(bytes));
  }
}

TEST_F(StorageFilesTest, WriteReplacesAndReadReturnsEveryByte) {
  const auto path = folder_ / "file";
  std::string bytes(100000, 'x');
  bytes[0] = '\0', bytes[5] = '\n', bytes[99999] = '\xFF';
  write_file(path, "old");
  EXPECT_EQ(read_file(path), "old");
  write_file(path, bytes);
  EXPECT_EQ(read_file(path), bytes);
  write_file(path, "");
  EXPECT_EQ(read_file(path), "");
  EXPECT_EQ(entries(), 1u);
  EXPECT_GT(read_file("/proc/self/status").size(), 100u) << "files whose size says 0";
}

TEST_F(StorageFilesTest, WriteMakesOrdinaryFilesAlsoInTheWorkingFolder) {
  const auto before = fs::current_path();
  const auto mask = ::umask(022);
  fs::current_path(folder_);
  write_file("name", "content");
  fs::current_path(before);
  ::umask(mask);
  EXPECT_EQ(read_file(folder_ / "name"), "content");
  EXPECT_EQ(fs::status(folder_ / "name").permissions(), static_cast<fs::perms>(0644));
}

TEST_F(StorageFilesTest, WriteLeavesTheOldFileWhenTheDiskIsFull) {
  const auto path = folder_ / "file";
  write_file(path, "precious");
  std::string message;
  {
    const StorageFileLimit limit(4096);
    message = storage_message([&] { write_file(path, std::string(10000, 'x')); });
  }
  EXPECT_EQ(message, "cannot write " + path.string() + ": File too large");
  EXPECT_EQ(read_file(path), "precious");
  EXPECT_EQ(entries(), 1u) << "the temporary file was left behind";
}

TEST_F(StorageFilesTest, WriteLeavesNothingWhenItCannotRename) {
  const auto path = folder_ / "taken";
  fs::create_directory(path);
  EXPECT_EQ(storage_message([&] { write_file(path, "x"); }),
            "cannot write " + path.string() + ": Is a directory");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(StorageFilesTest, ErrorsNameActionPathAndReason) {
  const auto path = folder_ / "no" / "file";
  const std::string reason = path.string() + ": No such file or directory";
  EXPECT_EQ(storage_message([&] { read_file(path); }), "cannot read " + reason);
  EXPECT_EQ(storage_message([&] { write_file(path, ""); }), "cannot write " + reason);
  EXPECT_EQ(storage_message([&] { truncate_file(path, 0); }), "cannot shorten " + reason);
  EXPECT_EQ(storage_message([&] { AppendFile file(path); }), "cannot open " + reason);
  EXPECT_EQ(storage_message([&] { sync_folder(path); }), "cannot open folder " + reason);
  EXPECT_EQ(storage_message([&] { read_file(folder_); }),
            "cannot read " + folder_.string() + ": Is a directory");
}

TEST_F(StorageFilesTest, FullDiskSaysWhatToDo) {
  AppendFile file("/dev/full");
  EXPECT_EQ(storage_message([&] { file.append("line\n"); }),
            "cannot write /dev/full: No space left on device; free some space and try again, "
            "nothing that existed was changed");
  EXPECT_EQ(std::string(storage_error("copy", "a/b", EACCES).what()),
            "cannot copy a/b: Permission denied");
}

TEST_F(StorageFilesTest, TruncateKeepsTheBeginning) {
  const auto path = folder_ / "file";
  write_file(path, "0123456789");
  truncate_file(path, 4);
  EXPECT_EQ(read_file(path), "0123");
  EXPECT_EQ(storage_message([&] { truncate_file(path, 5); }),
            "cannot shorten " + path.string() + " to 5 bytes: it has only 4");
  EXPECT_EQ(read_file(path), "0123");
}

TEST_F(StorageFilesTest, AppendGoesOnAtTheEnd) {
  const auto path = folder_ / "log";
  AppendFile first(path);
  first.append("one\n");
  AppendFile moved = std::move(first);
  moved.append("two\n");
  moved.sync();
  AppendFile again(path);
  EXPECT_EQ(again.path(), path);
  again.append("three\n");
  moved = std::move(again);
  moved.append("four\n");
  EXPECT_EQ(read_file(path), "one\ntwo\nthree\nfour\n");
}

TEST_F(StorageFilesTest, AppendTakesBackHalfALine) {
  const auto path = folder_ / "log";
  AppendFile file(path);
  file.append("first line\n");
  {
    const StorageFileLimit limit(20);
    EXPECT_EQ(storage_message([&] { file.append("a line too long\n"); }),
              "cannot write " + path.string() + ": File too large");
  }
  EXPECT_EQ(read_file(path), "first line\n");
  file.append("second line\n");
  EXPECT_EQ(read_file(path), "first line\nsecond line\n");
}

TEST_F(StorageFilesTest, AppendIsOneWritePerLine) {
  const auto path = folder_ / "log";
  const auto write_lines = [&path](char letter) {
    AppendFile file(path);
    for (int i = 0; i < 300; ++i) file.append(std::string(200, letter) + "\n");
  };
  std::thread other(write_lines, 'a');
  write_lines('b');
  other.join();
  std::ifstream stream(path);
  int lines = 0;
  for (std::string line; std::getline(stream, line); ++lines) {
    ASSERT_EQ(line.find_first_not_of(line.front()), std::string::npos) << line;
    ASSERT_EQ(line.size(), 200u);
  }
  EXPECT_EQ(lines, 600);
}

TEST_F(StorageFilesTest, AppendSurvivesSignalsAndShortWrites) {
  const auto path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  // Without SA_RESTART, a signal cuts a blocked write short or fails it with EINTR.
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGALRM, &action, &before), 0);
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  std::string received;
  ::pthread_sigmask(SIG_BLOCK, &alarm, nullptr);  // inherited by the thread that reads
  std::thread reader([&] {
    std::ifstream stream(path, std::ios::binary);
    std::vector<char> piece(50000);
    while (stream.read(piece.data(), 50000) || stream.gcount() > 0) {
      received.append(piece.data(), static_cast<size_t>(stream.gcount()));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  std::string sent;
  for (int i = 0; sent.size() < 1000000; ++i) sent += std::to_string(i) + " ";
  {
    AppendFile file(path);
    const itimerval often = {{0, 1000}, {0, 1000}};
    const itimerval never = {};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    EXPECT_NO_THROW(file.append(sent));
    EXPECT_NO_THROW(file.sync()) << "a pipe has nothing to sync";
    ::setitimer(ITIMER_REAL, &never, nullptr);
  }
  reader.join();
  ::sigaction(SIGALRM, &before, nullptr);
  EXPECT_TRUE(received == sent) << received.size() << " of " << sent.size() << " bytes arrived";
}

}  // namespace
}  // namespace zoo
