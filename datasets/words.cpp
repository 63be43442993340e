// How a line is split into words, and words make a line again.
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "zoo/datasets/word_vocabulary.h"

namespace zoo {
namespace {

struct Character {
  UChar32 code;
  size_t begin, end;  // where its bytes stand
};

std::string composed(std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const auto* form = icu::Normalizer2::getNFCInstance(error);
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  const icu::StringPiece piece(text.data(), static_cast<int32_t>(text.size()));
  if (U_SUCCESS(error)) form->normalizeUTF8(0, piece, sink, nullptr, error);
  if (U_FAILURE(error)) throw std::runtime_error(std::string("ICU: ") + u_errorName(error));
  return result;
}

std::vector<Character> characters_of(std::string_view text) {
  std::vector<Character> characters;
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t at = 0; at < size;) {
    const auto begin = static_cast<size_t>(at);
    UChar32 code = 0;
    U8_NEXT_OR_FFFD(text.data(), at, size, code);
    characters.push_back({code, begin, static_cast<size_t>(at)});
  }
  return characters;
}

// Of invisible characters, those that format a word, such as a soft hyphen, are part of it.
bool is_part_of_word(UChar32 code) {
  return (U_GET_GC_MASK(code) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK | U_GC_CF_MASK)) != 0;
}

bool is_blank(UChar32 code) {
  constexpr UChar32 kByteOrderMark = 0xFEFF;
  return u_isUWhiteSpace(code) || u_charType(code) == U_CONTROL_CHAR || code == kByteOrderMark;
}

// Whether what stands between these two belongs to the word that they are part of.
bool joins(UChar32 left, UChar32 code, UChar32 right) {
  constexpr std::u32string_view kBetweenLetters = U"'’-‐‑._&@", kBetweenDigits = U",:";
  const auto character = static_cast<char32_t>(code);
  if (!is_part_of_word(left) || !is_part_of_word(right)) return false;
  if (kBetweenLetters.find(character) != std::u32string_view::npos) return true;
  return kBetweenDigits.find(character) != std::u32string_view::npos && u_isdigit(left) &&
         u_isdigit(right);
}

// Which side of a word has no blank beside it.
struct Sides {
  bool left = false, right = false;
};

// What stands close to its neighbours, one after the other: what opens and what closes may be the
// same character.
class Closeness {
 public:
  Sides of(std::string_view word) {
    const auto characters = characters_of(word);
    const auto first = characters.empty() ? U' ' : static_cast<char32_t>(characters.front().code);
    if (is_in(U".,;:!?)]}%…”›", first)) return {.left = true};
    if (is_in(U"([{¿¡#$£", first)) return {.right = true};
    if (first == U'/') return {true, true};
    if (is_in(U"„‚", first)) return opened(first == U'„' ? U'“' : U'‘');
    if (is_in(U"\"'“‘’«»", first)) return turned(first);
    return {};
  }

 private:
  static bool is_in(std::u32string_view list, char32_t character) {
    return list.find(character) != std::u32string_view::npos;
  }
  Sides opened(char32_t closing) {
    open_[closing] = true;
    return {.right = true};
  }
  // « and » close each other, in either order.
  Sides turned(char32_t mark) {
    bool& open = open_[mark == U'»' ? U'«' : mark];
    open = !open;
    return open ? Sides{.right = true} : Sides{.left = true};
  }

  std::map<char32_t, bool> open_;  // by the mark that would close it
};

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  const std::string line = composed(text);
  const auto characters = characters_of(line);
  std::vector<std::string> words;
  UChar32 last = ' ';  // a blank, the character of punctuation, or 'a' for what is part of a word
  for (size_t i = 0; i < characters.size(); ++i) {
    const auto [code, begin, end] = characters[i];
    if (is_blank(code)) {
      last = ' ';
      continue;
    }
    const bool inside = i > 0 && i + 1 < characters.size() && last == 'a' &&
                        joins(characters[i - 1].code, code, characters[i + 1].code);
    const UChar32 kind = inside || is_part_of_word(code) ? 'a' : code;
    if (kind != last) words.emplace_back();
    words.back().append(line, begin, end - begin);
    last = kind;
  }
  return words;
}

std::string join_words(std::span<const std::string> words) {
  Closeness closeness;
  std::string line;
  bool close = true;
  for (const auto& word : words) {
    const Sides sides = closeness.of(word);
    if (!close && !sides.left) line += ' ';
    line += word;
    close = sides.right;
  }
  return line;
}

}  // namespace zoo
