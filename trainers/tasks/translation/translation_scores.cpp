#include "zoo/trainers/tasks/translation/translation_scores.h"

#include <array>
#include <limits>
#include <sstream>

#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {
namespace {

struct LengthBucket {
  const char* name;
  int64_t fewest;
  int64_t most;
};

constexpr std::array kLengthBuckets = {
    LengthBucket{"bleu_1_5", 1, 5},
    LengthBucket{"bleu_6_10", 6, 10},
    LengthBucket{"bleu_11_15", 11, 15},
    LengthBucket{"bleu_16_20", 16, 20},
    LengthBucket{"bleu_21_30", 21, 30},
    LengthBucket{"bleu_31_50", 31, 50},
    LengthBucket{"bleu_51_up", 51, std::numeric_limits<int64_t>::max()}};

double score_of(const std::vector<std::string>& translations,
                const std::vector<std::string>& references, const BleuOptions& options) {
  return corpus_bleu(translations, {references}, options).score;
}

double share(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

int64_t count_words(const std::string& text) {
  std::istringstream words(text);
  int64_t count = 0;
  for (std::string word; words >> word;) ++count;
  return count;
}

void TranslationScores::add(const std::string& source, const std::string& reference,
                            const std::string& translation, const std::string& greedy) {
  lengths_.push_back(count_words(source));
  references_.push_back(reference);
  translations_.push_back(translation);
  greedy_.push_back(greedy);
  exact_ += translation == reference ? 1 : 0;
}

Metrics TranslationScores::metrics() const {
  Metrics metrics = {{"bleu", score_of(translations_, references_, options_)},
                     {"greedy_bleu", score_of(greedy_, references_, options_)},
                     {"accuracy", share(exact_, static_cast<int64_t>(references_.size()))}};
  for (const auto& [name, fewest, most] : kLengthBuckets) {
    std::vector<std::string> translations, references;
    for (size_t i = 0; i < lengths_.size(); ++i) {
      if (lengths_[i] < fewest || lengths_[i] > most) continue;
      translations.push_back(translations_[i]);
      references.push_back(references_[i]);
    }
    if (!references.empty()) {
      metrics.push_back({name, score_of(translations, references, options_)});
    }
  }
  return metrics;
}

std::vector<std::string> TranslationScores::names() {
  std::vector<std::string> names = {"bleu", "greedy_bleu", "accuracy"};
  for (const auto& bucket : kLengthBuckets) names.emplace_back(bucket.name);
  return names;
}

void AlignmentScores::add(const torch::Tensor& weights, const TranslationBatch& batch) {
  const torch::Tensor gold = batch.alignment;                                        // [B, T]
  const torch::Tensor counts = length_mask(batch.target_lengths - 1, gold.size(1));  // no ends
  const torch::Tensor found = weights.argmax(2).to(gold.device());
  const auto number = [](const torch::Tensor& marks) { return marks.sum().item<int64_t>(); };
  right_ += number(found.eq(gold).logical_and(counts));
  found_ += number(counts);
  gold_ += number(gold.ge(0).logical_and(counts));
}

Metrics AlignmentScores::metrics() const {
  if (found_ == 0) return {};
  return {{"alignment_accuracy", share(right_, gold_)},
          {"alignment_error", 1 - share(2 * right_, found_ + gold_)}};
}

}  // namespace zoo
