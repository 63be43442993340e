// Vocabularies of whole words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "zoo/datasets/vocabulary.h"

namespace zoo {

/// The words of a line of UTF-8 text, composed (NFC), upper and lower case as they are. Blanks
/// separate words, and so does punctuation, that is, all but letters, marks and digits; it is a
/// word itself, the same character several times being one: "...". Within a word remain, with a
/// letter or digit on both sides, ' ’ - ‐ ‑ . _ & @ and, between digits, "," and ":".
///
///     "„Don't!", sagte er um 10:30 Uhr."  ->  „ Don't ! " , sagte er um 10:30 Uhr .
std::vector<std::string> words_of(std::string_view text);

/// Words with blanks between them, except for what stands close to its neighbour: commas and the
/// like, brackets, and quotation marks, of which those that can open and close do so in turn.
std::string join_words(std::span<const std::string> words);

/// A shortlist, as in Bahdanau, Cho and Bengio (2015): the most frequent words of a text, each a
/// symbol; all others are `kUnknown`, decoded as "<unk>".
class WordVocabulary final : public Vocabulary {
 public:
  /// The most frequent words of these sentences; of two that are equally frequent the one of the
  /// smaller bytes. The special symbols count: there are at most size - 4 words.
  static WordVocabulary learn(std::span<const std::string_view> sentences, int64_t size);

  /// From what `text` gave. `name` is that of the file for errors: throws `std::runtime_error` for
  /// a line that is no single word or the same as one before.
  explicit WordVocabulary(const std::string& text, const std::string& name = "the list of words");

  /// One word in a line, from symbol 4 on.
  std::string text() const;

  int64_t size() const override;
  std::vector<int64_t> encode(const std::string& text) const override;
  std::string decode(std::span<const int64_t> symbols) const override;
  std::string name(int64_t symbol) const override;

 private:
  explicit WordVocabulary(std::vector<std::string> words);

  std::vector<std::string> words_;  // word i is symbol i + 4
  std::unordered_map<std::string, int64_t> symbols_;
};

}  // namespace zoo
