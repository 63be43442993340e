#include "zoo/trainers/bleu/tokenizers.h"

#include <unicode/uchar.h>

#include "zoo/trainers/bleu/unicode.h"

namespace zoo {
namespace {

using CharacterClass = bool (*)(char32_t);

bool is_ascii_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool is_no_ascii_digit(char32_t c) { return !is_ascii_digit(c); }
bool is_period_or_comma(char32_t c) { return c == U'.' || c == U','; }
bool is_dash(char32_t c) { return c == U'-'; }

// All of ASCII that is neither letter nor digit nor control character, but for ' , - and the
// period.
bool is_ascii_sign(char32_t c) {
  return (c >= U' ' && c <= U'&') || (c >= U'(' && c <= U'+') || c == U'/' ||
         (c >= U':' && c <= U'@') || (c >= U'[' && c <= U'`') || (c >= U'{' && c <= U'~');
}

bool is_in_category(char32_t c, uint32_t mask) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & mask) != 0;
}
bool is_symbol(char32_t c) { return is_in_category(c, U_GC_S_MASK); }
bool is_punctuation(char32_t c) { return is_in_category(c, U_GC_P_MASK); }
bool is_no_number(char32_t c) { return !is_in_category(c, U_GC_N_MASK); }

std::u32string set_apart(std::u32string_view text, CharacterClass is_apart) {
  std::u32string result;
  for (const char32_t c : text) {
    if (is_apart(c)) {
      result.append({U' ', c, U' '});
    } else {
      result.push_back(c);
    }
  }
  return result;
}

// Two neighbours that get a space between them and another one before or after.
struct Pair {
  CharacterClass first;
  CharacterClass second;
  enum { kBefore, kAfter } other_space;
};

// From left to right, and no character is in two pairs.
std::u32string split_pairs(std::u32string_view text, const Pair& pair) {
  std::u32string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 == text.size() || !pair.first(text[i]) || !pair.second(text[i + 1])) {
      result.push_back(text[i]);
      continue;
    }
    if (pair.other_space == Pair::kBefore) result.push_back(U' ');
    result.append({text[i], U' ', text[i + 1]});
    if (pair.other_space == Pair::kAfter) result.push_back(U' ');
    ++i;
  }
  return result;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

std::string tokenize_13a(std::string line) {
  replace_all(line, "<skipped>", "");
  replace_all(line, "-\n", "");
  replace_all(line, "\n", " ");
  // One after the other, so that "&amp;lt;" becomes "<".
  replace_all(line, "&quot;", "\"");
  replace_all(line, "&amp;", "&");
  replace_all(line, "&lt;", "<");
  replace_all(line, "&gt;", ">");
  auto text = set_apart(code_points(" " + line + " "), is_ascii_sign);
  text = split_pairs(text, {is_no_ascii_digit, is_period_or_comma, Pair::kAfter});
  text = split_pairs(text, {is_period_or_comma, is_no_ascii_digit, Pair::kBefore});
  text = split_pairs(text, {is_ascii_digit, is_dash, Pair::kAfter});
  return single_spaced(utf8_text(text));
}

std::string tokenize_internationally(std::string_view line) {
  auto text = split_pairs(code_points(line), {is_no_number, is_punctuation, Pair::kAfter});
  text = split_pairs(text, {is_punctuation, is_no_number, Pair::kBefore});
  return single_spaced(utf8_text(set_apart(text, is_symbol)));
}

}  // namespace

std::string tokenize(BleuTokenizer tokenizer, const std::string& line) {
  switch (tokenizer) {
    case BleuTokenizer::k13a:
      return tokenize_13a(line);
    case BleuTokenizer::kIntl:
      return tokenize_internationally(line);
    case BleuTokenizer::kNone:
      break;
  }
  return line;
}

}  // namespace zoo
