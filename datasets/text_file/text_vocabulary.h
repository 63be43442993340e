// The vocabulary of a text: learned, or kept from an earlier run.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zoo/datasets/dataset.h"
#include "zoo/datasets/sentencepiece_vocabulary.h"
#include "zoo/datasets/text_file/text_file_options.h"
#include "zoo/datasets/vocabulary.h"

namespace zoo {

struct TextVocabulary {
  std::shared_ptr<const Vocabulary> vocabulary;
  KeptFiles files;  ///< what it can be made of again
};

/// Learns it from the training part of a text, which `name` names in errors. Throws
/// `std::runtime_error` if the text does not fit the size that the options say.
TextVocabulary learn_text_vocabulary(const TextFileOptions& options, std::string_view text,
                                     const std::string& name);

/// From a file that was kept. Throws `std::runtime_error` if it is missing, is no vocabulary or has
/// another size than the options say.
TextVocabulary kept_text_vocabulary(const TextFileOptions& options, const KeptFiles& files);

/// The lines of a text, each with its end, "\n"; the last one may have none.
std::vector<std::string_view> lines_with_ends(std::string_view text);

/// Pieces of words for a text of several lines: `kEnd` is the end of a line.
class LinesOfPieces final : public Vocabulary {
 public:
  explicit LinesOfPieces(SentencePieceVocabulary pieces) : pieces_(std::move(pieces)) {}

  int64_t size() const override { return pieces_.size(); }
  std::vector<int64_t> encode(const std::string& text) const override;
  std::string decode(std::span<const int64_t> symbols) const override;
  std::string name(int64_t symbol) const override;

 private:
  SentencePieceVocabulary pieces_;
};

}  // namespace zoo
