#include "zoo/apps/config/scalars.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace zoo {
namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

std::string_view without_sign(std::string_view text) {
  return !text.empty() && (text[0] == '-' || text[0] == '+') ? text.substr(1) : text;
}

bool has_leading_zero(std::string_view unsigned_text) {
  return unsigned_text.size() > 1 && unsigned_text[0] == '0' && is_digit(unsigned_text[1]);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& letter : result) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return result;
}

/// The whole text as a number, or nothing.
template <class Number>
std::optional<Number> converted(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_plain_letter(char letter) {
  return is_digit(letter) || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         letter == '_' || letter == '.' || letter == '/' || letter == '-';
}

}  // namespace

std::optional<int64_t> strict_integer(std::string_view text) {
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || has_leading_zero(digits)) return std::nullopt;
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  return converted<int64_t>(text);
}

std::optional<double> strict_number(std::string_view text) {
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || has_leading_zero(digits)) return std::nullopt;
  // from_chars also takes "inf" and "nan", which no option means.
  if (!is_digit(digits[0]) && digits[0] != '.') return std::nullopt;
  const auto value = converted<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

bool looks_like_number(std::string_view text) {
  std::string digits = lower_case(without_sign(text));
  if (digits.empty()) return false;
  if (digits == ".inf" || digits == ".nan" || digits == "inf" || digits == "nan") return true;
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  if (digits.empty() || (!is_digit(digits[0]) && digits[0] != '.')) return false;
  if (digits.starts_with("0x") || digits.starts_with("0o")) return true;
  double value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // A number too large or too small for a double is still one.
  return result.ec != std::errc::invalid_argument && result.ptr == digits.data() + digits.size();
}

bool looks_like_truth(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kWords = {"true", "false", "yes", "no",
                                                             "on",   "off",   "y",   "n"};
  return std::find(kWords.begin(), kWords.end(), lower_case(text)) != kWords.end();
}

std::string shortest_text(double value) {
  std::array<char, 32> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

std::string yaml_text(std::string_view text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), is_plain_letter) &&
                     text[0] != '-' && text[0] != '.' && lower_case(text) != "null" &&
                     !looks_like_number(text) && !looks_like_truth(text);
  if (plain) return std::string(text);
  std::string result = "\"";
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      result += '\\';
      result += letter;
    } else if (letter == '\n') {
      result += "\\n";
    } else if (code < 0x20 || code == 0x7F) {
      result += fmt::format("\\x{:02x}", code);
    } else {
      result += letter;
    }
  }
  return result + '"';
}

}  // namespace zoo
