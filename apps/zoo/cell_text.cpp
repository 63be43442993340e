#include "zoo/apps/zoo/cell_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>

namespace zoo {

std::string group_digits(int64_t number) {
  std::string digits = std::to_string(number);
  const size_t first = digits.starts_with('-') ? 1 : 0;
  for (size_t place = digits.size(); place > first + 3; place -= 3) digits.insert(place - 3, ",");
  return digits;
}

std::string significant_text(double value) {
  const double size = std::abs(value);
  if (value == 0) return "0";
  if (!std::isfinite(value) || size < 1e-6 || size > 1e15) return fmt::format("{:.3g}", value);
  const std::string scientific = fmt::format("{:.2e}", value);  // rounded, so 999.9 is 1.00e+03
  const int exponent = std::stoi(scientific.substr(scientific.find('e') + 1));
  if (exponent >= 3) return group_digits(std::llrint(value));
  std::string text = fmt::format("{:.{}f}", value, 2 - exponent);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string metric_text(const std::string& metric, double value) {
  if (!is_milestone(metric)) return fmt::format("{:.4g}", value);
  return std::isfinite(value) ? significant_text(value) : "never";
}

bool is_milestone(const std::string& metric) { return metric.starts_with("milestones."); }

std::string share_text(double value) { return fmt::format("{:.1f} %", 100 * value); }

bool is_number_cell(std::string_view cell) {
  std::string text(cell);
  std::erase_if(text, [](char letter) { return letter == '*' || letter == '`' || letter == '_'; });
  // A number, perhaps with a range after it, and at most one word: its unit.
  static const std::regex kNumber(
      R"(\s*(about|~|≈|<|>|≤|≥)?\s*(-|\+|−)?\.?\d[\d.,]*(e[-+]?\d+)?(\s*(±|to|-|–)\s*[\d.,]+)?\s*[^\s\d]*\s*)",
      std::regex::ECMAScript | std::regex::icase);
  return std::regex_match(text, kNumber);
}

}  // namespace zoo
