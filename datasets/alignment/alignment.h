// Generated pairs of sentences, of which it is known which word stands for which.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "zoo/datasets/random.h"
#include "zoo/datasets/translation.h"
#include "zoo/datasets/word_vocabulary.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// In which order, and how often, the words of a source w[0], w[1], ... are translated.
enum class AlignmentKind : uint8_t {
  kCopy,         ///< each once, from the first to the last
  kReverse,      ///< each once, from the last to the first
  kPermutation,  ///< each once, phrase by phrase, the words of a phrase from the last to the first;
                 ///< a phrase is a run of odd words w1, w3, ... and the even word w0, w2, ... that
                 ///< ends it, if one does: "w3 w1 w4 | w2 | w5" is said as "w4 w1 w3 w2 w5"
  kFertility,    ///< wi comes i modulo (max_fertility + 1) times in a row, from the first word to
                 ///< the last
  kSort          ///< each once, by their numbers from the least, equal ones as they come
};

constexpr std::array<std::string_view, 5> names_of(AlignmentKind) {
  return {"copy", "reverse", "permutation", "fertility", "sort"};
}

/// Which word of the target a word of the source is translated by.
enum class AlignmentDictionary : uint8_t {
  kIdentity,  ///< the same
  kBijection  ///< another one, always the same for the same `symbols`; no two share one
};

constexpr std::array<std::string_view, 2> names_of(AlignmentDictionary) {
  return {"identity", "bijection"};
}

/// Options of `Alignment`.
struct AlignmentOptions {
  AlignmentKind kind = AlignmentKind::kPermutation;
  AlignmentDictionary dictionary = AlignmentDictionary::kBijection;
  int64_t symbols = 100;      ///< words of either language
  int64_t min_length = 1;     ///< fewest words of a source
  int64_t max_length = 20;    ///< most words of a source
  int64_t max_fertility = 2;  ///< of kind fertility: how often a word is said at most

  static void fields(auto& self, auto&& visit) {
    visit("kind", self.kind, "in which order and how often words are translated");
    visit("dictionary", self.dictionary, "which word a word is translated by");
    visit("symbols", self.symbols, "words of either language", between(2, 1e5));
    visit("min_length", self.min_length, "fewest words of a source", between(1, 1e5));
    visit("max_length", self.max_length, "most words of a source", between(1, 1e5));
    visit("max_fertility", self.max_fertility,
          "of kind fertility: how often a word is said at most", between(1, 100));
  }
};

/// For each word of the translation the place of the source word that it stands for. `words`: the
/// source, each a number in 0..symbols-1.
std::vector<int64_t> aligned_places(const AlignmentOptions& options,
                                    std::span<const int64_t> words);

/// Random sentences of the words w0, w1, ... and their translations, which a rule and a dictionary
/// determine, with the gold alignment: a `TranslationBatch` in which the end of a target is aligned
/// with the end of its source.
///
/// Words are drawn independently, all equally likely. The number of source words is drawn for each
/// batch, uniform in min_length..max_length, and the same for all of its pairs. A source of which
/// nothing would be said is drawn anew, word by word: that happens with kind fertility only.
///
/// Splits are independent streams; short sentences do come up in several of them.
class Alignment final : public TranslationDataset {
 public:
  using Options = AlignmentOptions;

  /// Throws `std::invalid_argument` if an option is out of range or max_length < min_length.
  explicit Alignment(AlignmentOptions options = {});

  /// Throws `std::invalid_argument` if the batch size is below 1.
  TranslationBatch batch(const BatchIndex& index) const override;

  int64_t source_vocabulary_size() const override { return vocabulary_.size(); }
  int64_t target_vocabulary_size() const override { return vocabulary_.size(); }
  bool has_words() const override { return true; }
  /// Word wi is symbol 4 + i, in both languages.
  const Vocabulary& source_vocabulary() const override { return vocabulary_; }
  const Vocabulary& target_vocabulary() const override { return vocabulary_; }

 private:
  std::vector<int64_t> draw(Random& random, int64_t length) const;
  TranslationExample example(std::span<const int64_t> words) const;

  AlignmentOptions options_;
  WordVocabulary vocabulary_;
  std::vector<int64_t> dictionary_;  // the target word of each source word
};

}  // namespace zoo
