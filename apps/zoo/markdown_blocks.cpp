#include "zoo/apps/zoo/markdown_blocks.h"

#include <optional>
#include <utility>

namespace zoo {
namespace {

constexpr std::string_view kStart = "<!-- results ";
constexpr std::string_view kFigure = "<!-- figure ";
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
      } else if (line.starts_with(kFigure)) {
        read_figure();
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

  // What stands between `mark` and `-->`, which may be on a later line; nothing after adding a
  // problem.
  std::optional<std::string> read_head(std::string_view mark, const std::string& kind) {
    const size_t start = next_;
    std::string head = file_.lines[next_++].substr(mark.size());
    while (head.find("-->") == std::string::npos) {
      if (next_ == file_.lines.size() || trimmed(file_.lines[next_]).empty()) {
        add_problem(start, "the head of this " + kind + " has no `-->`");
        return std::nullopt;
      }
      head += " " + file_.lines[next_++];
    }
    return trimmed(head.substr(0, head.find("-->")));
  }

  void read_block() {
    const size_t start = next_;
    const auto header = read_head(kStart, "block of results");
    if (!header) return;
    const size_t begin = next_;
    for (; next_ < file_.lines.size(); ++next_) {
      if (file_.lines[next_].starts_with(kStart)) break;
      if (trimmed(file_.lines[next_]) != kEnd) continue;
      file_.blocks.push_back({*header, start + 1, begin, next_++});
      return;
    }
    add_problem(start, "this block of results has no `" + std::string(kEnd) + "`");
  }

  // The file has no folder before it, so that the figure is what the page shows.
  void read_figure() {
    const size_t start = next_;
    const auto head = read_head(kFigure, "figure");
    if (!head) return;
    const std::string file = head->substr(0, head->find(": "));
    if (!file.ends_with(".svg") || file.find_first_of("/ ") != std::string::npos ||
        file.size() == head->size()) {
      return add_problem(start, "the figure must begin with `<!-- figure FILE.svg: `");
    }
    if (next_ == file_.lines.size() ||
        file_.lines[next_].find("](" + file + ")") == std::string::npos) {
      return add_problem(
          start, "the line after the figure must show it: `![what it shows](" + file + ")`");
    }
    file_.figures.push_back({file, head->substr(file.size() + 2), start + 1});
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
