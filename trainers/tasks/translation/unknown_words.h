// Words that the vocabulary of the target lacks.
#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/datasets/vocabulary.h"

namespace zoo {

/// What becomes of an unknown word in a translation.
enum class UnknownWords : uint8_t {
  kKeep,  ///< it is told as unknown: "<unk>"
  kCopy   ///< the source word that the model looked at most stands in for it
};

constexpr std::array<std::string_view, 2> names_of(UnknownWords) { return {"keep", "copy"}; }

/// The text of a translation in which the source word with the largest weight stands in for each
/// unknown one, as Luong, Pham and Manning (2015), arXiv:1508.04025, section 4, do for names and
/// rare words; without their dictionary. The end of the source stands in for nothing.
///
/// translation  T symbols that are words of `vocabulary`, without the end
/// weights      [>= T, >= words.size()], where the model looked while it said each of them
/// words        of the source, at least one
std::string copy_unknown_words(const Vocabulary& vocabulary, std::span<const int64_t> translation,
                               const torch::Tensor& weights, const std::vector<std::string>& words);

}  // namespace zoo
