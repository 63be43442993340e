#include "zoo/datasets/translation.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace zoo {
namespace {

using Symbols = std::vector<int64_t>;

// [B, longest], each sequence filled up; and [B] their lengths.
std::pair<torch::Tensor, torch::Tensor> padded(std::span<const TranslationExample> examples,
                                               Symbols TranslationExample::*side, int64_t filling) {
  size_t longest = 0;
  for (const auto& example : examples) longest = std::max(longest, (example.*side).size());
  const auto count = static_cast<int64_t>(examples.size());
  auto symbols = torch::full({count, static_cast<int64_t>(longest)}, filling, torch::kLong);
  auto lengths = torch::empty(count, torch::kLong);
  for (int64_t i = 0; i < count; ++i) {
    const Symbols& sequence = examples[static_cast<size_t>(i)].*side;
    std::ranges::copy(sequence, symbols[i].data_ptr<int64_t>());
    lengths[i] = static_cast<int64_t>(sequence.size());
  }
  return {symbols, lengths};
}

}  // namespace

TranslationBatch encode_translation(std::span<const TranslationExample> examples) {
  if (examples.empty()) throw std::invalid_argument("a batch needs at least one pair of sentences");
  bool aligned = true, told = true;
  for (const auto& example : examples) {
    if (example.source.empty() || example.target.empty()) {
      throw std::invalid_argument("a sentence of a batch has no symbol, not even its end");
    }
    aligned = aligned && example.alignment.size() == example.target.size();
    told = told && !example.source_text.empty() && !example.target_text.empty();
  }
  TranslationBatch batch;
  std::tie(batch.source, batch.source_lengths) =
      padded(examples, &TranslationExample::source, kPadding);
  std::tie(batch.target, batch.target_lengths) =
      padded(examples, &TranslationExample::target, kPadding);
  if (aligned) batch.alignment = padded(examples, &TranslationExample::alignment, -1).first;
  if (!told) return batch;
  for (const auto& example : examples) {
    batch.source_text.push_back(example.source_text);
    batch.target_text.push_back(example.target_text);
  }
  return batch;
}

}  // namespace zoo
