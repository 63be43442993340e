#include "zoo/apps/zoo/markdown_blocks.h"

#include <utility>

namespace zoo {
namespace {

constexpr std::string_view kStart = "<!-- results ";
constexpr std::string_view kEnd = "<!-- end of results -->";
constexpr std::string_view kBlanks = " \t\r";

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t start = 0;;) {
    const auto end = text.find('\n', start);
    lines.emplace_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return lines;
    start = end + 1;
  }
}

class BlockFinder {
 public:
  explicit BlockFinder(std::string_view text) { file_.lines = split_lines(text); }

  MarkdownFile find() {
    while (next_ < file_.lines.size()) {
      const std::string& line = file_.lines[next_];
      if (passes_code(line)) {
        ++next_;
      } else if (line.starts_with(kStart)) {
        read_block();
      } else {
        if (trimmed(line) == kEnd) add_problem(next_, "a block of results ends that did not begin");
        file_.others.push_back(next_++);
      }
    }
    return std::move(file_);
  }

 private:
  void add_problem(size_t index, const std::string& message) {
    file_.problems.push_back({index + 1, message});
  }

  // Whether the line is code, or the edge of a fence, which is remembered.
  bool passes_code(const std::string& line) {
    const std::string text = trimmed(line);
    const bool is_edge = text.starts_with("```") || text.starts_with("~~~");
    if (!fence_.empty()) {
      if (is_edge && text.starts_with(fence_)) fence_.clear();
      return true;
    }
    if (line.starts_with("    ") || line.starts_with('\t')) return true;
    if (is_edge) fence_ = text.substr(0, text.find_first_not_of(text[0]));
    return is_edge;
  }

  // The header may go on over several lines.
  void read_block() {
    const size_t start = next_;
    std::string header = file_.lines[next_++].substr(kStart.size());
    while (header.find("-->") == std::string::npos) {
      if (next_ == file_.lines.size() || trimmed(file_.lines[next_]).empty()) {
        return add_problem(start, "the head of this block of results has no `-->`");
      }
      header += " " + file_.lines[next_++];
    }
    const size_t begin = next_;
    for (; next_ < file_.lines.size(); ++next_) {
      if (file_.lines[next_].starts_with(kStart)) break;
      if (trimmed(file_.lines[next_]) != kEnd) continue;
      header = trimmed(header.substr(0, header.find("-->")));
      file_.blocks.push_back({header, start + 1, begin, next_++});
      return;
    }
    add_problem(start, "this block of results has no `" + std::string(kEnd) + "`");
  }

  MarkdownFile file_;
  size_t next_ = 0;
  std::string fence_;
};

}  // namespace

MarkdownFile read_markdown(std::string_view text) { return BlockFinder(text).find(); }

std::vector<std::string> trimmed_parts(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (size_t start = 0;;) {
    const auto end = text.find(separator, start);
    parts.push_back(trimmed(text.substr(start, end - start)));
    if (end == std::string_view::npos) return parts;
    start = end + separator.size();
  }
}

std::vector<std::string> table_cells(std::string_view line) {
  if (line.find('|') == std::string_view::npos) return {};
  std::string text = trimmed(line);
  if (text.starts_with('|')) text.erase(0, 1);
  if (text.ends_with('|')) text.pop_back();
  return trimmed_parts(text, "|");
}

}  // namespace zoo
