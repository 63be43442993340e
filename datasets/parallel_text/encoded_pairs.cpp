#include "zoo/datasets/parallel_text/encoded_pairs.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "zoo/models/padded_sequences/symbols.h"

namespace zoo {

void EncodedPairs::Sequences::add(const std::vector<int64_t>& sequence) {
  for (const int64_t symbol : sequence) symbols.push_back(static_cast<int32_t>(symbol));
  begins.push_back(symbols.size());
}

std::vector<int64_t> EncodedPairs::Sequences::with_end(size_t at) const {
  const auto first = symbols.begin();
  std::vector<int64_t> sequence(first + static_cast<std::ptrdiff_t>(begins[at]),
                                first + static_cast<std::ptrdiff_t>(begins[at + 1]));
  sequence.push_back(kEnd);
  return sequence;
}

void EncodedPairs::add(const std::vector<int64_t>& source, const std::vector<int64_t>& target,
                       std::string source_text, std::string target_text) {
  source_.add(source);
  target_.add(target);
  if (source_text.empty() || target_text.empty()) return;
  source_text_.push_back(std::move(source_text));
  target_text_.push_back(std::move(target_text));
}

int64_t EncodedPairs::longest(size_t pair) const {
  return std::max(source_length(pair), target_length(pair));
}

TranslationExample EncodedPairs::example(size_t pair) const {
  TranslationExample example{.source = source_.with_end(pair), .target = target_.with_end(pair)};
  if (source_text_.empty()) return example;
  example.source_text = source_text_[pair];
  example.target_text = target_text_[pair];
  return example;
}

EncodedCorpus::EncodedCorpus(const SentencePairs& pairs, const Vocabulary& source,
                             const Vocabulary& target, int64_t max_length)
    : name_(pairs.name()), max_length_(max_length) {
  const auto longest = static_cast<size_t>(max_length);
  for (size_t pair = 0; pair < pairs.size(); ++pair) {
    const Split split = pairs.split(pair);
    auto& part = parts_[static_cast<size_t>(split)];
    auto& counts = counts_[static_cast<size_t>(split)];
    ++counts.read;
    std::string source_text(pairs.source(pair)), target_text(pairs.target(pair));
    const auto source_symbols = source.encode(source_text);
    const auto target_symbols = target.encode(target_text);
    if (source_symbols.empty() || target_symbols.empty()) {
      ++counts.empty;
    } else if (split != Split::kTraining) {
      part.add(source_symbols, target_symbols, std::move(source_text), std::move(target_text));
    } else if (source_symbols.size() > longest || target_symbols.size() > longest) {
      ++counts.too_long;
    } else {
      part.add(source_symbols, target_symbols);
    }
  }
}

std::string EncodedCorpus::summary() const {
  int64_t all = 0;
  for (const auto& counts : counts_) all += counts.read;
  std::string text = name_ + ": " + std::to_string(all) + " pairs of sentences\n";
  for (const auto& [split, name] :
       {std::pair<Split, std::string_view>{Split::kTraining, "training"},
        {Split::kValidation, "validation"},
        {Split::kTest, "test"}}) {
    text += std::string(name) + ": " + std::to_string(part(split).size()) + " of " +
            std::to_string(counts(split).read);
    if (counts(split).empty > 0) {
      text += "; left out: " + std::to_string(counts(split).empty) + " with an empty side";
    }
    if (counts(split).too_long > 0) {
      text += "; left out: " + std::to_string(counts(split).too_long) + " longer than " +
              std::to_string(max_length_) + " symbols";
    }
    text += "\n";
  }
  return text;
}

}  // namespace zoo
