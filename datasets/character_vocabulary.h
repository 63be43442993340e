// Vocabularies of single characters.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/datasets/vocabulary.h"

namespace zoo {

/// The characters of UTF-8 text, each by its bytes. Of what is not UTF-8, each byte is one.
std::vector<std::string_view> split_characters(std::string_view text);

/// Every character of a text, blanks and ends of lines included, is a symbol; all others are
/// `kUnknown`, decoded as "\xEF\xBF\xBD".
class CharacterVocabulary final : public Vocabulary {
 public:
  /// The characters of this text in the order of their code points.
  static CharacterVocabulary learn(std::string_view text);

  /// From what `text` gave. `name` is that of the file for errors: throws `std::runtime_error` if
  /// it is no such list.
  explicit CharacterVocabulary(const std::string& text,
                               const std::string& name = "the list of characters");

  /// A list in JSON: ["\n", " ", "a"].
  std::string text() const;

  int64_t size() const override;
  std::vector<int64_t> encode(const std::string& text) const override;
  std::string decode(std::span<const int64_t> symbols) const override;
  /// What cannot be seen has a sign: "␣", "↵", "⇥".
  std::string name(int64_t symbol) const override;

 private:
  explicit CharacterVocabulary(std::vector<std::string> characters);

  std::vector<std::string> characters_;  // character i is symbol i + 4
  std::map<std::string, int64_t, std::less<>> symbols_;
};

}  // namespace zoo
