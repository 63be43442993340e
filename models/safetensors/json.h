// The JSON that a safetensors header needs. Internal to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace zoo::detail {

/// "byte 17: expected ':', got ','", counted from 0.
class JsonError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads JSON whose structure is known, piece by piece. It builds no tree and never recurses, so
/// hostile text costs neither memory nor stack. Every function throws `JsonError` if the text
/// goes on with anything else than what it reads.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  /// Calls `read_member(key)` for each member, which must read the value. Keys may not repeat.
  void object(const std::function<void(const std::string& key)>& read_member);
  /// Calls `read_element()` for each element, which must read it.
  void array(const std::function<void()>& read_element);
  std::string string();
  /// A number without sign, fraction or exponent.
  int64_t natural();
  /// Nothing but white space is left.
  void end();

 private:
  void skip_space();
  bool take(char wanted);
  void expect(char wanted);
  void escape(std::string& result);
  uint32_t code_unit();
  [[noreturn]] void fail(const std::string& expected) const;

  std::string_view text_;
  size_t at_ = 0;
};

/// 'the text' for a message: control characters are escaped, a long text is cut.
std::string in_quotes(std::string_view text);

/// The text as a JSON string, with its quotes.
std::string json_string(std::string_view text);

/// Where the text stops being valid UTF-8.
std::optional<size_t> invalid_utf8(std::string_view text);

}  // namespace zoo::detail
