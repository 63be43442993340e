#include "zoo/apps/config/utf8.h"

#include <algorithm>

namespace zoo {
namespace {

unsigned char byte_at(std::string_view text, size_t index) {
  return index < text.size() ? static_cast<unsigned char>(text[index]) : 0;
}

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

/// The bytes of the character at `index`, 0 if it is not one (RFC 3629, section 4).
size_t character_length(std::string_view text, size_t index) {
  const auto first = byte_at(text, index);
  const auto second = byte_at(text, index + 1);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  for (size_t offset = 1; offset < length; ++offset) {
    if (!is_continuation(byte_at(text, index + offset))) return 0;
  }
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F;
  const bool too_large = first == 0xF4 && second > 0x8F;
  return overlong || surrogate || too_large ? 0 : length;
}

}  // namespace

size_t first_invalid_utf8(std::string_view text) {
  for (size_t index = 0; index < text.size();) {
    const size_t length = character_length(text, index);
    if (length == 0) return index;
    index += length;
  }
  return std::string_view::npos;
}

size_t first_control_character(std::string_view text) {
  for (size_t index = 0; index < text.size(); ++index) {
    const auto byte = byte_at(text, index);
    if (byte == 0x7F || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')) return index;
  }
  return std::string_view::npos;
}

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return !is_continuation(static_cast<unsigned char>(byte));
  }));
}

}  // namespace zoo
