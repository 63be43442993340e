// A text in symbols, cut into parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/datasets/text_file/text_file_options.h"
#include "zoo/datasets/vocabulary.h"

namespace zoo {

/// The parts of a text that training, validation and test are given. Shares are of its characters;
/// a part whose share is 0 is the other one.
struct TextParts {
  TextParts(std::string_view text, double validation_share, double test_share);

  std::string_view training, validation, test;
};

/// Part of a text in symbols.
struct EncodedText {
  EncodedText(std::string_view text, const Vocabulary& vocabulary);

  int64_t size() const { return static_cast<int64_t>(symbols.size()); }

  std::vector<int32_t> symbols;
  /// How many characters of the text each symbol stands for. Those of a line are spread evenly over
  /// its symbols, which need not stand for the very characters that were read.
  std::vector<int32_t> characters;
};

}  // namespace zoo
