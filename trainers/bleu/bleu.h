// Corpus BLEU: K. Papineni, S. Roukos, T. Ward, W.-J. Zhu. BLEU: a Method for Automatic Evaluation
// of Machine Translation. ACL 2002. The scores are those of sacreBLEU 2 with its defaults (M. Post,
// A Call for Clarity in Reporting BLEU Scores, arXiv:1804.08771): the same tokenizers, the closest
// reference's length, exponential smoothing of n-grams without a match, no effective order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "zoo/trainers/bleu/tokenizers.h"

namespace zoo {

inline constexpr size_t kBleuOrder = 4;  ///< words of the longest n-gram

struct BleuOptions {
  BleuTokenizer tokenizer = BleuTokenizer::k13a;
  bool lowercase = false;

  static void fields(auto& self, auto&& visit) {
    visit("tokenizer", self.tokenizer, "how BLEU finds the words of a line");
    visit("lowercase", self.lowercase, "whether BLEU takes capital letters for small ones");
  }
};

/// Counts over segments, of which a score is made; those of two parts of a corpus can be added.
struct BleuStatistics {
  std::array<int64_t, kBleuOrder> matches{};  ///< [n - 1]: n-grams that a reference has too
  std::array<int64_t, kBleuOrder> totals{};   ///< [n - 1]: n-grams of the hypotheses
  int64_t hypothesis_length = 0;              ///< in words
  int64_t reference_length = 0;  ///< of each segment's reference that is nearest in length

  BleuStatistics& operator+=(const BleuStatistics& other);
  bool operator==(const BleuStatistics&) const = default;
};

struct Bleu {
  double score = 0;                             ///< 0..100
  std::array<double, kBleuOrder> precisions{};  ///< [n - 1]: 0..100, smoothed
  double brevity_penalty = 0;                   ///< 0..1
  double ratio = 0;                             ///< hypothesis to reference length
  int64_t hypothesis_length = 0;
  int64_t reference_length = 0;
};

/// Of one segment and its references, of equally near ones the shorter. Throws
/// `std::invalid_argument` if there is no reference or a text is not UTF-8.
BleuStatistics bleu_statistics(const std::string& hypothesis,
                               const std::vector<std::string>& references,
                               const BleuOptions& options = {});

/// BP exp(sum_n log(p_n) / 4), section 2.3. The k-th n for which nothing matches has
/// p_n = 1 / (2^k totals_n), unless nothing matches at all; without any n-gram of 4 words the score
/// is 0.
Bleu bleu(const BleuStatistics& statistics);

/// `references[r][i]` belongs to `hypotheses[i]`. Throws `std::invalid_argument` if there is
/// nothing to score, the counts differ, or a text is not UTF-8.
Bleu corpus_bleu(const std::vector<std::string>& hypotheses,
                 const std::vector<std::vector<std::string>>& references,
                 const BleuOptions& options = {});

/// How a score came about, "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:attention-zoo".
/// All before the version is as sacreBLEU writes it: scores that agree in it can be compared with
/// its.
std::string bleu_signature(const BleuOptions& options, size_t references);

}  // namespace zoo
