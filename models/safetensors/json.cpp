#include "zoo/models/safetensors/json.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <set>

namespace zoo::detail {
namespace {

std::string escaped_control(char character) {
  char buffer[8];
  std::snprintf(buffer, sizeof(buffer), "\\u%04x",
                static_cast<unsigned>(static_cast<unsigned char>(character)));
  return buffer;
}

void append_utf8(std::string& text, uint32_t code) {
  const auto put = [&text](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

// Bytes of the UTF-8 character at the front of the text; 0 if there is no valid one.
size_t utf8_length(std::string_view text) {
  const auto byte = [text](size_t index) { return static_cast<unsigned char>(text[index]); };
  if (byte(0) < 0x80) return 1;
  const size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return 0;
  for (size_t index = 1; index < length; ++index) {
    if ((byte(index) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xF0 && byte(1) < 0x90);
  const bool surrogate = byte(0) == 0xED && byte(1) > 0x9F;
  const bool beyond_unicode = byte(0) == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond_unicode ? 0 : length;
}

bool is_digit(char character) { return character >= '0' && character <= '9'; }

}  // namespace

void JsonReader::object(const std::function<void(const std::string& key)>& read_member) {
  expect('{');
  if (take('}')) return;
  std::set<std::string> keys;  // not hashed: a hostile file could make every key collide
  do {
    skip_space();
    const size_t start = at_;
    const auto [key, is_new] = keys.insert(string());
    if (!is_new) {
      throw JsonError("byte " + std::to_string(start) + ": key " + in_quotes(*key) +
                      " comes twice");
    }
    expect(':');
    read_member(*key);
  } while (take(','));
  expect('}');
}

void JsonReader::array(const std::function<void()>& read_element) {
  expect('[');
  if (take(']')) return;
  do {
    read_element();
  } while (take(','));
  expect(']');
}

std::string JsonReader::string() {
  expect('"');
  std::string result;
  while (true) {
    if (at_ == text_.size()) fail("the end of a string");
    if (static_cast<unsigned char>(text_[at_]) < 0x20) fail("no control character in a string");
    const char character = text_[at_];
    if (character == '"') break;
    if (character == '\\') {
      escape(result);
    } else {
      result.push_back(character);
      ++at_;
    }
  }
  ++at_;
  return result;
}

// RFC 8259, section 7; at_ is the place of the backslash.
void JsonReader::escape(std::string& result) {
  static constexpr std::string_view kEscapes = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  ++at_;
  if (at_ < text_.size()) {
    const size_t index = kEscapes.find(text_[at_]);
    if (index != std::string_view::npos) {
      result.push_back(kMeanings[index]);
      ++at_;
      return;
    }
  }
  const size_t start = at_;
  uint32_t code = code_unit();
  const bool high = code >= 0xD800 && code < 0xDC00;
  bool paired = !high && (code < 0xDC00 || code > 0xDFFF);
  if (high && at_ < text_.size() && text_[at_] == '\\') {
    ++at_;
    const uint32_t low = code_unit();
    paired = low >= 0xDC00 && low < 0xE000;
    if (paired) code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  if (!paired) {
    at_ = start;
    fail("surrogates in pairs");
  }
  append_utf8(result, code);
}

// uXXXX
uint32_t JsonReader::code_unit() {
  if (at_ == text_.size() || text_[at_] != 'u') fail("an escape sequence");
  uint32_t code = 0;
  for (int digit = 0; digit < 4; ++digit) {
    ++at_;
    static constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
    const size_t value = at_ < text_.size() ? kDigits.find(text_[at_]) : std::string_view::npos;
    if (value == std::string_view::npos) fail("four hexadecimal digits");
    code = code * 16 + static_cast<uint32_t>(value < 16 ? value : value - 6);
  }
  ++at_;
  return code;
}

int64_t JsonReader::natural() {
  skip_space();
  const size_t start = at_;
  int64_t value = 0;
  while (at_ < text_.size() && is_digit(text_[at_])) {
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, text_[at_] - '0', &value)) {
      at_ = start;
      fail("a number up to " + std::to_string(std::numeric_limits<int64_t>::max()));
    }
    ++at_;
  }
  if (at_ == start) fail("a whole number that is not negative");
  if (text_[start] == '0' && at_ - start > 1) {
    at_ = start;
    fail("a number without leading zeros");
  }
  return value;
}

void JsonReader::end() {
  skip_space();
  if (at_ != text_.size()) fail("the end");
}

void JsonReader::skip_space() {
  const size_t next = text_.find_first_not_of(" \t\n\r", at_);
  at_ = next == std::string_view::npos ? text_.size() : next;
}

bool JsonReader::take(char wanted) {
  skip_space();
  if (at_ == text_.size() || text_[at_] != wanted) return false;
  ++at_;
  return true;
}

void JsonReader::expect(char wanted) {
  if (!take(wanted)) fail(in_quotes({&wanted, 1}));
}

void JsonReader::fail(const std::string& expected) const {
  std::string got = "the end";
  if (at_ < text_.size()) {
    got = in_quotes(text_.substr(at_, std::max<size_t>(1, utf8_length(text_.substr(at_)))));
  }
  throw JsonError("byte " + std::to_string(at_) + ": expected " + expected + ", got " + got);
}

std::string in_quotes(std::string_view text) {
  constexpr size_t kLongest = 200;
  std::string result = "'";
  for (size_t at = 0; at < text.size();) {
    if (at >= kLongest) return result + "...'";
    const size_t length = std::max<size_t>(1, utf8_length(text.substr(at)));
    const bool control = static_cast<unsigned char>(text[at]) < 0x20 || text[at] == 0x7F;
    result += control ? escaped_control(text[at]) : std::string(text.substr(at, length));
    at += length;
  }
  return result + "'";
}

std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (const char character : text) {
    if (static_cast<unsigned char>(character) < 0x20) {
      result += escaped_control(character);
    } else {
      if (character == '"' || character == '\\') result.push_back('\\');
      result.push_back(character);
    }
  }
  return result + '"';
}

std::optional<size_t> invalid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

}  // namespace zoo::detail
