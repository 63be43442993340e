#include "zoo/datasets/text_file/text_parts.h"

#include <algorithm>
#include <cmath>

#include "zoo/datasets/text_file/text_vocabulary.h"

namespace zoo {
namespace {

// In UTF-8 each character has one byte that is no continuation.
bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

int64_t count_characters(std::string_view text) {
  return std::ranges::count_if(text, begins_character);
}

// Where character number `index` begins.
size_t place_of(std::string_view text, int64_t index) {
  size_t at = 0;
  for (int64_t passed = 0; at < text.size(); ++at) {
    if (begins_character(text[at]) && passed++ == index) break;
  }
  return at;
}

}  // namespace

TextParts::TextParts(std::string_view text, double validation_share, double test_share) {
  const int64_t count = count_characters(text);
  const auto before = [&](double share_behind) {
    constexpr double kRounding = 1e-6;  // 1 - 0.05 - 0.05 is a little less than 0.9
    return place_of(text, static_cast<int64_t>(std::floor(
                              static_cast<double>(count) * (1 - share_behind) + kRounding)));
  };
  const size_t first = before(validation_share + test_share), second = before(test_share);
  training = text.substr(0, first);
  validation = text.substr(first, second - first);
  test = text.substr(second);
  if (validation_share == 0) validation = test;
  if (test_share == 0) test = validation;
}

EncodedText::EncodedText(std::string_view text, const Vocabulary& vocabulary) {
  int64_t waiting = 0;  // characters of lines without a symbol
  for (const auto line : lines_with_ends(text)) {
    waiting += count_characters(line);
    const auto encoded = vocabulary.encode(std::string(line));
    const auto count = static_cast<int64_t>(encoded.size());
    for (int64_t i = 0; i < count; ++i) {
      symbols.push_back(static_cast<int32_t>(encoded[static_cast<size_t>(i)]));
      characters.push_back(static_cast<int32_t>((i + 1) * waiting / count - i * waiting / count));
    }
    if (count > 0) waiting = 0;
  }
}

}  // namespace zoo
