// Checks of raw text, before a parser sees it.
#pragma once

#include <cstddef>
#include <string_view>

namespace zoo {

/// The index of the first byte that is not part of UTF-8 text; npos if there is none.
size_t first_invalid_utf8(std::string_view text);

/// The index of the first control character other than tab and line end; npos if there is none.
size_t first_control_character(std::string_view text);

/// How many characters the bytes are, which must be UTF-8.
size_t count_characters(std::string_view text);

}  // namespace zoo
