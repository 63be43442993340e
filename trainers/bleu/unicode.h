// What Python's str does with text, for scores that must equal those of a tool written in Python.
// Properties of characters are ICU's.
#pragma once

#include <string>
#include <string_view>

namespace zoo {

/// The code points of UTF-8 text. Throws `std::invalid_argument` for what is not UTF-8.
std::u32string code_points(std::string_view text);

/// Code points, none of them a surrogate, as UTF-8.
std::string utf8_text(std::u32string_view text);

/// Whether `str.isspace` holds for the character, so `str.split` and `str.rstrip` take it away.
bool is_white_space(char32_t character);

/// As `str.rstrip()`. Throws as `code_points`.
std::string without_trailing_space(std::string_view text);

/// As `" ".join(text.split())`. Throws as `code_points`.
std::string single_spaced(std::string_view text);

/// As `str.lower()`: one letter may become several, a final sigma has its own form. UTF-8 in and
/// out.
std::string lower_case(std::string_view text);

}  // namespace zoo
