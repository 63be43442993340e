// The tokenizers that BLEU is reported with, as sacreBLEU 2 has them (Post 2018, arXiv:1804.08771).
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace zoo {

enum class BleuTokenizer {
  k13a,  ///< mteval-v13a, what WMT counts with: made for western languages, splits ASCII signs only
  kIntl,  ///< mteval-v14, international: splits every punctuation mark and symbol of Unicode
  kNone   ///< words are what stands between white space, for text that is tokenised already
};
constexpr std::array<std::string_view, 3> names_of(BleuTokenizer) {
  return {"13a", "intl", "none"};
}

/// The words of `line` with one space between them; with `kNone` the line as it is. The
/// international tokenizer keeps a mark at the end of a line if a number stands before it, as
/// mteval-v14 does. UTF-8 in and out; throws `std::invalid_argument` for anything else.
std::string tokenize(BleuTokenizer tokenizer, const std::string& line);

}  // namespace zoo
