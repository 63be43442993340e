#include "zoo/apps/config/problems.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace zoo {

std::string Origin::text() const {
  return line > 0 ? fmt::format("{}:{}:{}", source, line, column) : source;
}

ConfigError::ConfigError(std::vector<std::string> all)
    : std::runtime_error(fmt::format("{}", fmt::join(all, "\n"))), problems(std::move(all)) {}

void ProblemList::add(const Origin& origin, const std::string& message) {
  problems_.push_back({origin, message});
}

void ProblemList::add(const ProblemList& others) {
  problems_.insert(problems_.end(), others.problems_.begin(), others.problems_.end());
}

void ProblemList::throw_if_any() const {
  if (problems_.empty()) return;
  auto sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.origin.is_override, a.origin.line, a.origin.column) <
           std::tie(b.origin.is_override, b.origin.line, b.origin.column);
  });
  std::vector<std::string> lines;
  for (const auto& problem : sorted) {
    lines.push_back(problem.origin.text() + ": " + problem.message);
  }
  throw ConfigError(std::move(lines));
}

std::string shown(std::string_view text, size_t longest) {
  std::string result;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    const bool starts_character = (code & 0xC0) != 0x80;
    if (result.size() >= longest && starts_character) return result + "...";
    if (code < 0x20 || code == 0x7F) {
      result += fmt::format("\\x{:02x}", code);
    } else {
      result += letter;
    }
  }
  return result;
}

}  // namespace zoo
