#include "zoo/datasets/text_files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <stdexcept>

#include "support/message_of.h"
#include "support/temporary_folder.h"
#include "support/written_files.h"
#include "zoo/datasets/fnv.h"

namespace zoo {
namespace {

using Lines = std::vector<std::string>;

Lines all_of(const TextLines& lines) {
  Lines all;
  for (size_t i = 0; i < lines.size(); ++i) all.emplace_back(lines[i]);
  return all;
}

class TextFilesTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    return write_file(path(name), bytes);
  }

  // What is said of a file, without the folder.
  std::string complaint(const std::string& name) const {
    auto message = message_of<std::runtime_error>([&] { read_lines(path(name)); });
    const auto folder = folder_.path().string() + "/";
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
      message.erase(at, folder.size());
    }
    return message;
  }

  TemporaryFolder folder_;
};

TEST_F(TextFilesTest, LinesMayEndInAnyWay) {
  EXPECT_EQ(all_of(read_lines(write("a", "one\n two \r\n\nfo\rur"))),
            (Lines{"one", " two ", "", "fo\rur"}));
  EXPECT_EQ(all_of(read_lines(write("b", "\r\n\n"))), (Lines{"", ""}));
  EXPECT_EQ(all_of(read_lines(write("c", "\xEF\xBB\xBFö\n"))), (Lines{"ö"}));
  EXPECT_EQ(all_of(read_lines(write("d", ""))), Lines{});
  EXPECT_EQ(all_of(read_lines(write("e", "\xEF\xBB\xBF"))), Lines{});
  EXPECT_EQ(all_of(read_lines(write("f", "\n"))), (Lines{""}));
}

TEST_F(TextFilesTest, ReadsWhatIsCompressed) {
  const std::string large(300000, 'x');
  const auto gzip = write_archive(path("text.gz"), {{"", "eins\nzwei\n" + large}});
  EXPECT_EQ(all_of(read_lines(gzip)), (Lines{"eins", "zwei", large}));
  const auto one = write_archive(path("one.zip"), {{"folder/", ""}, {"folder/de.txt", "eins"}});
  EXPECT_EQ(all_of(read_lines(one)), (Lines{"eins"}));
  const auto two = write_archive(path("two.zip"), {{"de.txt", "eins"}, {"en.txt", "one"}});
  EXPECT_EQ(all_of(read_lines(two + ":en.txt")), (Lines{"one"}));
  EXPECT_EQ(read_bytes(two + ":de.txt"), "eins");
}

TEST_F(TextFilesTest, SaysWhatIsMissing) {
  EXPECT_EQ(complaint("none"), "none: no such file");
  EXPECT_EQ(complaint("none.zip:de.txt"), "none.zip: no such file");
  EXPECT_EQ(complaint(""), ": is a folder");
  const auto two = write_archive(path("two.zip"), {{"de.txt", "eins"}, {"en.txt", "one"}});
  EXPECT_EQ(complaint("two.zip"),
            "two.zip: has several files; say which one, as in two.zip:de.txt; there are de.txt, "
            "en.txt");
  EXPECT_EQ(complaint("two.zip:fr.txt"), "two.zip: has no file fr.txt; there are de.txt, en.txt");
  write_archive(path("empty.zip"), {{"folder/", ""}, {"other/", ""}});
  EXPECT_EQ(complaint("empty.zip"), "empty.zip: has no file");
  EXPECT_EQ(complaint("empty.zip:de.txt"), "empty.zip: has no file");
  write("text.zip", "plain");
  EXPECT_EQ(complaint("text.zip:de.txt"), "text.zip: is no zip archive");
  write("nothing.zip", "");
  EXPECT_EQ(complaint("nothing.zip:de.txt"), "nothing.zip: is no zip archive");
}

TEST_F(TextFilesTest, SaysWhereTextIsNotUtf8) {
  write("latin1.txt", "one\ntwo\r\ngr\xFC\xDF");
  EXPECT_EQ(complaint("latin1.txt"),
            "latin1.txt:3: is not UTF-8 at byte 3; convert the file first, for example by iconv -f "
            "latin1 -t utf-8");
  // Cut short, too long a form, a surrogate, beyond the last character.
  for (const std::string bytes : {"\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80"}) {
    write("wrong.txt", "\xEF\xBB\xBF" + bytes + "\n");
    EXPECT_EQ(complaint("wrong.txt").substr(0, 35), "wrong.txt:1: is not UTF-8 at byte 1");
  }
  write_archive(path("a.zip"), {{"de.txt", "\n\xFF"}});
  EXPECT_EQ(complaint("a.zip:de.txt").substr(0, 38), "a.zip:de.txt:2: is not UTF-8 at byte 1");
}

TEST_F(TextFilesTest, SaysThatAFileIsDamaged) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i * 7919) + "\n";
  const auto gzip = bytes_of(write_archive(path("a.gz"), {{"", text}}));
  write("short.gz", gzip.substr(0, gzip.size() / 2));
  EXPECT_EQ(complaint("short.gz"),
            "short.gz: cannot be read, it may be damaged: truncated gzip input");
  auto zip = bytes_of(write_archive(path("a.zip"), {{"a.txt", text}}));
  write("short.zip", zip.substr(0, zip.size() / 2));
  EXPECT_EQ(complaint("short.zip").substr(0, 42), "short.zip: cannot be read, it may be damag");
  for (size_t at = zip.size() / 2; at < zip.size() / 2 + 8; ++at)
    zip[at] = static_cast<char>(~zip[at]);
  write("wrong.zip", zip);
  EXPECT_EQ(complaint("wrong.zip").substr(0, 42), "wrong.zip: cannot be read, it may be damag");
}

TEST_F(TextFilesTest, RelativePathsAreLookedUpInTwoFolders) {
  EXPECT_EQ(read_lines("data/deu-eng/deu-eng.zip:deu.txt")[0], "Hi.\tHallo!");
  write("only-here.txt", "found");
  ASSERT_EQ(::setenv("ZOO_HOME", folder_.path().c_str(), 1), 0);
  EXPECT_EQ(read_bytes("only-here.txt"), "found");
  const auto message = message_of<std::runtime_error>([] { find_file("sub/none.txt"); });
  ::unsetenv("ZOO_HOME");
  EXPECT_EQ(message, "sub/none.txt: no such file, neither in the current folder " +
                         std::filesystem::current_path().string() + " nor in " + path("sub"));
}

// The first is the offset basis; the others are test vectors of the authors.
TEST(FnvTest, KnownHashes) {
  EXPECT_EQ(fnv1a(""), 0xCBF29CE484222325U);
  EXPECT_EQ(fnv1a("a"), 0xAF63DC4C8601EC8CU);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171F73967E8U);
  EXPECT_EQ(fnv1a("bar", fnv1a("foo")), fnv1a("foobar"));
}

}  // namespace
}  // namespace zoo
