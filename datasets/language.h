// Text in windows.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string_view>

#include "zoo/datasets/dataset.h"
#include "zoo/datasets/vocabulary.h"

namespace zoo {

/// Windows of a text, each without what stands before it.
///
/// Shapes: B windows, T symbols of the longest.
struct LanguageBatch {
  static constexpr std::string_view kName = "language";

  torch::Tensor tokens;      ///< [B, T] int64, padded with `kPadding`
  torch::Tensor targets;     ///< [B, T] int64, the symbol after each, likewise
  torch::Tensor lengths;     ///< [B] int64 in 1..T
  torch::Tensor characters;  ///< [B] int64: how much of the text the targets of a window stand for

  /// Lengths and characters stay where they are: they are counted with.
  LanguageBatch to(torch::Device device) const {
    return {tokens.to(device), targets.to(device), lengths, characters};
  }
};

/// A source of such batches. In its vocabulary a text may have several lines.
class LanguageDataset : public Dataset<LanguageBatch> {
 public:
  /// Known without reading data: what the configuration says.
  virtual int64_t vocabulary_size() const = 0;

  /// May read and train; throws `std::runtime_error` for unusable data.
  virtual const Vocabulary& vocabulary() const = 0;
};

}  // namespace zoo
