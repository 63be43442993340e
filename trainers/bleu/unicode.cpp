#include "zoo/trainers/bleu/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <stdexcept>

namespace zoo {

std::u32string code_points(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t index = 0; index < size;) {
    const int64_t start = index;
    UChar32 point = 0;
    U8_NEXT(text.data(), index, size, point);
    if (point < 0) {
      throw std::invalid_argument("text must be UTF-8, got something else at byte " +
                                  std::to_string(start));
    }
    points.push_back(static_cast<char32_t>(point));
  }
  return points;
}

std::string utf8_text(std::u32string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (const char32_t point : text) {
    char buffer[U8_MAX_LENGTH];
    size_t length = 0;
    U8_APPEND_UNSAFE(buffer, length, point);
    bytes.append(buffer, length);
  }
  return bytes;
}

bool is_white_space(char32_t character) { return u_isspace(static_cast<UChar32>(character)); }

std::string without_trailing_space(std::string_view text) {
  std::u32string points = code_points(text);
  while (!points.empty() && is_white_space(points.back())) points.pop_back();
  return utf8_text(points);
}

std::string single_spaced(std::string_view text) {
  std::u32string words;
  bool between_words = false;
  for (const char32_t point : code_points(text)) {
    if (is_white_space(point)) {
      between_words = !words.empty();
      continue;
    }
    if (between_words) words.push_back(U' ');
    between_words = false;
    words.push_back(point);
  }
  return utf8_text(words);
}

std::string lower_case(std::string_view text) {
  std::string lower;
  icu::StringByteSink<std::string> sink(&lower);
  UErrorCode error = U_ZERO_ERROR;
  // The root locale: no language's own rules, such as those for the Turkish dotless i.
  icu::CaseMap::utf8ToLower("", 0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())),
                            sink, nullptr, error);
  if (U_FAILURE(error)) {
    throw std::runtime_error(std::string("cannot make text lower-case: ") + u_errorName(error));
  }
  return lower;
}

}  // namespace zoo
