#include "zoo/datasets/text_files.h"

#include <archive.h>
#include <archive_entry.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

namespace zoo {
namespace {

namespace fs = std::filesystem;

// "corpus.zip:de.txt" in its parts; no member where none is named.
struct FileName {
  std::string file;
  std::string member;
};

FileName parts_of(const std::string& name) {
  constexpr std::string_view kEnd = ".zip:";
  const auto at = name.find(kEnd);
  // A file may have any name.
  if (at == std::string::npos || fs::is_regular_file(name)) return {.file = name, .member = {}};
  return {.file = name.substr(0, at + kEnd.size() - 1), .member = name.substr(at + kEnd.size())};
}

// One pass over a file. Of a zip archive there are the members; anything else is one member without
// a name, its compression undone.
class Archive {
 public:
  explicit Archive(const fs::path& file) : file_(file), archive_(archive_read_new()) {
    archive_read_support_format_zip(archive_.get());
    archive_read_support_format_raw(archive_.get());
    archive_read_support_format_empty(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
    constexpr size_t kBlock = 65536;
    check(archive_read_open_filename(archive_.get(), file.c_str(), kBlock));
  }

  // False after the last member.
  bool next() {
    const int result = archive_read_next_header(archive_.get(), &entry_);
    if (result == ARCHIVE_EOF) return false;
    check(result);
    return true;
  }

  // What is no folder or the like.
  bool is_file() const { return archive_entry_filetype(entry_) == AE_IFREG; }
  bool is_zip() const {
    return (archive_format(archive_.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
  }

  std::string name() const {
    const char* name = archive_entry_pathname_utf8(entry_);
    if (!name) name = archive_entry_pathname(entry_);
    return name ? name : "";
  }

  std::string content() {
    std::string bytes;
    std::array<char, 65536> block;
    while (true) {
      const auto count = archive_read_data(archive_.get(), block.data(), block.size());
      if (count == 0) return bytes;
      if (count < 0) check(static_cast<int>(count));
      if (count > 0) bytes.append(block.data(), static_cast<size_t>(count));
    }
  }

 private:
  // A warning, as of the date of a member or the letters of its name, is no reason to stop.
  void check(int result) {
    if (result >= ARCHIVE_WARN) return;
    const char* reason = archive_error_string(archive_.get());
    throw std::runtime_error(file_.string() + ": cannot be read, it may be damaged: " +
                             (reason ? reason : "unknown reason"));
  }

  struct Free {
    void operator()(archive* opened) const { archive_read_free(opened); }
  };

  fs::path file_;
  std::unique_ptr<archive, Free> archive_;
  archive_entry* entry_ = nullptr;
};

// For an error: "a.txt, b.txt".
std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  constexpr size_t kMost = 20;
  for (const auto& name : std::span(names).first(std::min(names.size(), kMost))) {
    list += (list.empty() ? "" : ", ") + name;
  }
  return names.size() > kMost ? list + ", ..." : list;
}

[[noreturn]] void refuse_members(const FileName& name, const std::vector<std::string>& members) {
  if (members.empty()) throw std::runtime_error(name.file + ": has no file");
  if (name.member.empty()) {
    throw std::runtime_error(name.file + ": has several files; say which one, as in " + name.file +
                             ":" + members.front() + "; there are " + list_of(members));
  }
  throw std::runtime_error(name.file + ": has no file " + name.member + "; there are " +
                           list_of(members));
}

[[noreturn]] void refuse_no_archive(const FileName& name) {
  throw std::runtime_error(name.file + ": is no zip archive");
}

std::string read_member(const FileName& name, const fs::path& path) {
  Archive archive(path);
  std::optional<std::string> content;
  std::vector<std::string> members;
  while (archive.next()) {
    if (!archive.is_zip()) {
      if (name.member.empty()) return archive.content();
      refuse_no_archive(name);
    }
    if (!archive.is_file()) continue;
    members.push_back(archive.name());
    if (members.back() == name.member) return archive.content();
    if (name.member.empty() && members.size() == 1) content = archive.content();
  }
  if (!archive.is_zip()) {  // an empty file
    if (name.member.empty()) return "";
    refuse_no_archive(name);
  }
  if (!content || members.size() > 1) refuse_members(name, members);
  return *std::move(content);
}

// The number of bytes in front of what is not UTF-8; nothing if all is.
std::optional<size_t> wrong_byte(std::string_view text) {
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t at = 0; at < size;) {
    const int64_t begin = at;
    int32_t character = 0;
    U8_NEXT(text.data(), at, size, character);
    if (character < 0) return static_cast<size_t>(begin);
  }
  return {};
}

}  // namespace

TextLines::TextLines(const std::string& name, std::string text) : text_(std::move(text)) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
  if (!text_.empty() && text_.back() != '\n') text_ += '\n';
  for (size_t at = 0; at < text_.size(); at = text_.find('\n', at) + 1) begins_.push_back(at);
  const auto wrong = wrong_byte(text_);
  if (!wrong) return;
  const auto line = std::ranges::upper_bound(begins_, *wrong) - begins_.begin();
  const auto begin = begins_[static_cast<size_t>(line) - 1];
  throw std::runtime_error(
      at_line(name, line, utf8_problem(std::string_view(text_).substr(begin))));
}

std::string_view TextLines::operator[](size_t line) const {
  const size_t begin = begins_[line];
  size_t end = (line + 1 < begins_.size() ? begins_[line + 1] : text_.size()) - 1;
  if (end > begin && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(begin, end - begin);
}

std::string read_bytes(const std::string& name) {
  const FileName parts = parts_of(name);
  return read_member(parts, find_file(parts.file));
}

TextLines read_lines(const std::string& name) { return {name, read_bytes(name)}; }

fs::path find_file(const fs::path& name) {
  fs::path found = name;
  if (name.is_relative() && !fs::exists(name)) {
    const char* home = std::getenv("ZOO_HOME");
    found = fs::path(home && *home ? home : ZOO_SOURCE_DIR) / name;
  }
  if (fs::is_directory(found)) throw std::runtime_error(name.string() + ": is a folder");
  if (fs::exists(found)) return found;
  if (name.is_absolute()) throw std::runtime_error(name.string() + ": no such file");
  throw std::runtime_error(name.string() + ": no such file, neither in the current folder " +
                           fs::current_path().string() + " nor in " + found.parent_path().string());
}

std::string utf8_problem(std::string_view line) {
  const auto wrong = wrong_byte(line);
  if (!wrong) return {};
  return "is not UTF-8 at byte " + std::to_string(*wrong + 1) +
         "; convert the file first, for example by iconv -f latin1 -t utf-8";
}

std::string at_line(const fs::path& file, int64_t line, const std::string& problem) {
  return file.string() + ":" + std::to_string(line) + ": " + problem;
}

}  // namespace zoo
