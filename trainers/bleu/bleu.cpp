#include "zoo/trainers/bleu/bleu.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

#include "zoo/trainers/bleu/unicode.h"

namespace zoo {
namespace {

/// How often a text has each of its n-grams, [n - 1].
using NgramCounts = std::array<std::unordered_map<std::string_view, int64_t>, kBleuOrder>;

/// The words that are counted, with one space between them.
std::string counted_words(const std::string& line, const BleuOptions& options) {
  const std::string text = options.lowercase ? lower_case(line) : line;
  return single_spaced(tokenize(options.tokenizer, without_trailing_space(text)));
}

std::vector<std::string_view> split(std::string_view words) {
  std::vector<std::string_view> parts;
  for (size_t start = 0; start < words.size();) {
    const size_t end = std::min(words.find(' ', start), words.size());
    parts.push_back(words.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

/// The views are into the text that `words` are views of, with one space between them.
NgramCounts count_ngrams(const std::vector<std::string_view>& words) {
  NgramCounts counts;
  for (size_t first = 0; first < words.size(); ++first) {
    for (size_t n = 1; n <= kBleuOrder && first + n <= words.size(); ++n) {
      const std::string_view last = words[first + n - 1];
      const auto bytes = static_cast<size_t>(last.data() + last.size() - words[first].data());
      ++counts[n - 1][{words[first].data(), bytes}];
    }
  }
  return counts;
}

/// Of n-grams the most that one of the references has.
void raise_to(NgramCounts& counts, const NgramCounts& other) {
  for (size_t n = 0; n < kBleuOrder; ++n) {
    for (const auto& [ngram, count] : other[n]) {
      auto& most = counts[n][ngram];
      most = std::max(most, count);
    }
  }
}

bool is_nearer(int64_t length, int64_t other, int64_t wanted) {
  const int64_t distance = std::abs(length - wanted);
  const int64_t other_distance = std::abs(other - wanted);
  return distance < other_distance || (distance == other_distance && length < other);
}

}  // namespace

BleuStatistics& BleuStatistics::operator+=(const BleuStatistics& other) {
  for (size_t n = 0; n < kBleuOrder; ++n) {
    matches[n] += other.matches[n];
    totals[n] += other.totals[n];
  }
  hypothesis_length += other.hypothesis_length;
  reference_length += other.reference_length;
  return *this;
}

BleuStatistics bleu_statistics(const std::string& hypothesis,
                               const std::vector<std::string>& references,
                               const BleuOptions& options) {
  if (references.empty()) {
    throw std::invalid_argument("bleu_statistics: needs at least one reference, got none");
  }
  const std::string text = counted_words(hypothesis, options);
  const auto words = split(text);
  BleuStatistics statistics;
  statistics.hypothesis_length = static_cast<int64_t>(words.size());

  std::vector<std::string> texts;  // kept while there are views into them
  for (const auto& reference : references) texts.push_back(counted_words(reference, options));
  NgramCounts allowed;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto reference = split(texts[i]);
    raise_to(allowed, count_ngrams(reference));
    const auto length = static_cast<int64_t>(reference.size());
    if (i == 0 || is_nearer(length, statistics.reference_length, statistics.hypothesis_length)) {
      statistics.reference_length = length;
    }
  }

  const auto counts = count_ngrams(words);
  for (size_t n = 0; n < kBleuOrder; ++n) {
    for (const auto& [ngram, count] : counts[n]) {
      statistics.totals[n] += count;
      const auto found = allowed[n].find(ngram);
      if (found != allowed[n].end()) statistics.matches[n] += std::min(count, found->second);
    }
  }
  return statistics;
}

Bleu bleu(const BleuStatistics& statistics) {
  const auto length = static_cast<double>(statistics.hypothesis_length);
  const auto reference_length = static_cast<double>(statistics.reference_length);
  Bleu result{.brevity_penalty = 1,
              .hypothesis_length = statistics.hypothesis_length,
              .reference_length = statistics.reference_length};
  if (reference_length > 0) result.ratio = length / reference_length;
  if (length < reference_length) {
    result.brevity_penalty = length > 0 ? std::exp(1 - reference_length / length) : 0;
  }
  const auto is_zero = [](int64_t count) { return count == 0; };
  if (std::all_of(statistics.matches.begin(), statistics.matches.end(), is_zero)) return result;

  double smoothing = 1;
  double sum_of_logarithms = 0;
  for (size_t n = 0; n < kBleuOrder; ++n) {
    if (statistics.totals[n] == 0) return result;  // there is none of any greater n either
    auto matches = static_cast<double>(statistics.matches[n]);
    if (matches == 0) matches = 1 / (smoothing *= 2);
    result.precisions[n] = 100 * matches / static_cast<double>(statistics.totals[n]);
    sum_of_logarithms += std::log(result.precisions[n]);
  }
  result.score = result.brevity_penalty * std::exp(sum_of_logarithms / double{kBleuOrder});
  return result;
}

Bleu corpus_bleu(const std::vector<std::string>& hypotheses,
                 const std::vector<std::vector<std::string>>& references,
                 const BleuOptions& options) {
  if (hypotheses.empty()) {
    throw std::invalid_argument("corpus_bleu: needs at least one hypothesis, got none");
  }
  if (references.empty()) {
    throw std::invalid_argument("corpus_bleu: needs references, got none");
  }
  for (size_t stream = 0; stream < references.size(); ++stream) {
    if (references[stream].size() == hypotheses.size()) continue;
    throw std::invalid_argument("corpus_bleu: needs as many references as hypotheses, " +
                                std::to_string(hypotheses.size()) + ", got " +
                                std::to_string(references[stream].size()) + " in references " +
                                std::to_string(stream + 1));
  }
  BleuStatistics statistics;
  for (size_t i = 0; i < hypotheses.size(); ++i) {
    std::vector<std::string> of_segment;
    for (const auto& stream : references) of_segment.push_back(stream[i]);
    statistics += bleu_statistics(hypotheses[i], of_segment, options);
  }
  return bleu(statistics);
}

std::string bleu_signature(const BleuOptions& options, size_t references) {
  const auto names = names_of(options.tokenizer);
  return "nrefs:" + std::to_string(references) + "|case:" + (options.lowercase ? "lc" : "mixed") +
         "|eff:no|tok:" + std::string(names[static_cast<size_t>(options.tokenizer)]) +
         "|smooth:exp|version:attention-zoo";
}

}  // namespace zoo
