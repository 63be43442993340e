#include "zoo/datasets/character_vocabulary.h"

#include <unicode/utf8.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

namespace zoo {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::vector<std::string> characters_of_list(const std::string& text, const std::string& name) {
  const auto list = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto refuse = [&name] {
    throw std::runtime_error(name + ": must be a list of characters in JSON, each of them once");
  };
  if (!list.is_array()) refuse();
  std::vector<std::string> characters;
  std::set<std::string> seen;
  for (const auto& each : list) {
    if (!each.is_string() || split_characters(each.get<std::string>()).size() != 1) refuse();
    if (!seen.insert(each).second) refuse();
    characters.push_back(each);
  }
  return characters;
}

}  // namespace

std::vector<std::string_view> split_characters(std::string_view text) {
  std::vector<std::string_view> characters;
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t at = 0; at < size;) {
    const int64_t begin = at;
    int32_t code = 0;
    U8_NEXT(text.data(), at, size, code);
    if (code < 0) at = begin + 1;
    characters.push_back(text.substr(static_cast<size_t>(begin), static_cast<size_t>(at - begin)));
  }
  return characters;
}

CharacterVocabulary CharacterVocabulary::learn(std::string_view text) {
  std::set<std::string_view> found;  // the order of UTF-8 is that of code points
  for (const auto character : split_characters(text)) found.insert(character);
  return CharacterVocabulary(std::vector<std::string>(found.begin(), found.end()));
}

CharacterVocabulary::CharacterVocabulary(const std::string& text, const std::string& name)
    : CharacterVocabulary(characters_of_list(text, name)) {}

CharacterVocabulary::CharacterVocabulary(std::vector<std::string> characters)
    : characters_(std::move(characters)) {
  for (const auto& character : characters_) {
    symbols_.emplace(character, static_cast<int64_t>(symbols_.size()) + kFirstSymbol);
  }
}

std::string CharacterVocabulary::text() const { return nlohmann::json(characters_).dump(); }

int64_t CharacterVocabulary::size() const {
  return static_cast<int64_t>(characters_.size()) + kFirstSymbol;
}

std::vector<int64_t> CharacterVocabulary::encode(const std::string& text) const {
  std::vector<int64_t> symbols;
  for (const auto character : split_characters(text)) {
    const auto found = symbols_.find(character);
    symbols.push_back(found == symbols_.end() ? kUnknown : found->second);
  }
  return symbols;
}

std::string CharacterVocabulary::decode(std::span<const int64_t> symbols) const {
  std::string text;
  for (const int64_t symbol : symbols) {
    if (symbol < 0 || symbol >= size()) {
      throw std::out_of_range("CharacterVocabulary: a symbol must be one of 0 to " +
                              std::to_string(size() - 1) + ", got " + std::to_string(symbol));
    }
    if (symbol >= kFirstSymbol) text += characters_[static_cast<size_t>(symbol - kFirstSymbol)];
    if (symbol == kUnknown) text += kReplacement;
  }
  return text;
}

std::string CharacterVocabulary::name(int64_t symbol) const {
  const std::string character = decode({&symbol, 1});
  if (symbol < kFirstSymbol) return std::string(kSpecialNames[static_cast<size_t>(symbol)]);
  if (character == " ") return "␣";
  if (character == "\n") return "↵";
  return character == "\t" ? "⇥" : character;
}

}  // namespace zoo
