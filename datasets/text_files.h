// Files of text: plain, compressed, or in a zip archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// The lines of a text, in one piece of memory.
class TextLines {
 public:
  /// Without the byte order mark that the text may begin with, and without the ends of the lines,
  /// "\n" or "\r\n". The last line needs no end. Throws `std::runtime_error` "NAME:LINE: ..." for
  /// what is not UTF-8.
  TextLines(const std::string& name, std::string text);

  size_t size() const { return begins_.size(); }
  std::string_view operator[](size_t line) const;  ///< 0 <= line < size()

 private:
  std::string text_;
  std::vector<size_t> begins_;
};

/// The lines of a text file. A file that was compressed by gzip is read as what it was before. Of a
/// zip archive one file is read: "corpus.zip:folder/de.txt" names it; "corpus.zip" is enough where
/// there is no other. Throws `std::runtime_error` for people: which file, which line, what to do.
TextLines read_lines(const std::string& name);

/// The bytes of a file, named in the same way.
std::string read_bytes(const std::string& name);

/// Where a file is that a configuration names: a relative path is that of the current folder; if
/// there is no such file, that of the folder $ZOO_HOME, by default the one with the sources, so
/// that what comes along in data/ is found from everywhere. Throws `std::runtime_error` if there is
/// none.
std::filesystem::path find_file(const std::filesystem::path& name);

/// What is wrong with a line that is not UTF-8, "is not UTF-8 at byte 3; ...", bytes counted from
/// 1; empty if nothing is.
std::string utf8_problem(std::string_view line);

/// "points.jsonl:3: what is wrong".
std::string at_line(const std::filesystem::path& file, int64_t line, const std::string& problem);

}  // namespace zoo
