// Vocabularies as translation has them, where no step may look at everything.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "zoo/models/beam_search/beam_search.h"

namespace zoo {
namespace {

using torch::Tensor;

/// A large vocabulary in float32: what may follow depends on the example, the step and the last
/// symbol. Rounded to quarters, so that many are equal and every sum is exact.
class LargeDecoder final : public StepDecoder {
 public:
  static constexpr int64_t kVocabulary = 8000, kEnd = 3;

  explicit LargeDecoder(int64_t examples, bool rounded) : rounded_(rounded) {
    for (int64_t i = 0; i < examples; ++i) examples_.push_back(i);
  }

  Tensor next(const Tensor& previous) override {
    std::vector<Tensor> rows;
    for (size_t i = 0; i < examples_.size(); ++i) {
      const int64_t last =
          previous.defined() ? previous[static_cast<int64_t>(i)].item<int64_t>() : kVocabulary;
      rows.push_back(log_probabilities(examples_[i], step_, last, rounded_));
    }
    ++step_;
    return torch::stack(rows);
  }

  void select(const Tensor& rows) override {
    std::vector<int64_t> chosen;
    for (int64_t i = 0; i < rows.size(0); ++i) {
      chosen.push_back(examples_[static_cast<size_t>(rows[i].item<int64_t>())]);
    }
    examples_ = chosen;
  }

  static Tensor log_probabilities(int64_t example, int64_t step, int64_t last, bool rounded) {
    torch::manual_seed(static_cast<uint64_t>((example * 11 + step) * 10007 + last));
    const Tensor logits = torch::randn(kVocabulary) * 3;
    logits[kEnd] = 6 + 3 * static_cast<double>(last % 3);
    const Tensor result = torch::log_softmax(logits, 0);
    return rounded ? torch::round(result * 4) / 4 : result;
  }

 private:
  bool rounded_;
  int64_t step_ = 0;
  std::vector<int64_t> examples_;
};

struct Said {
  std::vector<int64_t> symbols;
  double log_probability;
  double score;
  bool finished;
};

double plain_score(double log_probability, size_t length, LengthPenalty penalty) {
  const auto n = static_cast<double>(length);
  if (penalty == LengthPenalty::kAverage) return log_probability / n;
  return penalty == LengthPenalty::kNone ? log_probability : log_probability / ((5 + n) / 6);
}

/// The definition, word by word: all continuations, a stable sort, the first W.
std::vector<Said> plain_search(int64_t example, const BeamSearchOptions& options, bool rounded) {
  std::vector<Said> kept = {{{}, 0, 0, false}};
  for (int64_t step = 0; step < options.max_steps; ++step) {
    std::vector<Said> all;
    for (const auto& each : kept) {
      if (each.finished) {
        all.push_back(each);
        continue;
      }
      const int64_t last = step == 0 ? LargeDecoder::kVocabulary : each.symbols.back();
      const Tensor next = LargeDecoder::log_probabilities(example, step, last, rounded);
      for (int64_t symbol = 0; symbol < next.size(0); ++symbol) {
        const double sum = each.log_probability + next.const_data_ptr<float>()[symbol];
        all.push_back({each.symbols, sum,
                       plain_score(sum, each.symbols.size() + 1, options.length_penalty),
                       symbol == LargeDecoder::kEnd});
        all.back().symbols.push_back(symbol);
      }
    }
    std::ranges::stable_sort(all, std::greater(), &Said::score);
    all.resize(static_cast<size_t>(options.beam_width));
    kept = all;
  }
  return kept;
}

TEST(BeamSearchOfALargeVocabulary, FindsWhatThePlainDefinitionFinds) {
  constexpr int64_t kExamples = 4;
  for (const bool rounded : {true, false}) {
    for (const auto penalty :
         {LengthPenalty::kNone, LengthPenalty::kAverage, LengthPenalty::kGnmt}) {
      const BeamSearchOptions options{
          .beam_width = 5, .max_steps = 5, .end = LargeDecoder::kEnd, .length_penalty = penalty};
      LargeDecoder decoder(kExamples, rounded);
      const auto found = beam_search(decoder, options);
      int64_t ended = 0;
      for (int64_t example = 0; example < kExamples; ++example) {
        const auto expected = plain_search(example, options, rounded);
        for (int64_t beam = 0; beam < options.beam_width; ++beam) {
          auto [symbols, log_probability, score, finished] = expected[static_cast<size_t>(beam)];
          ended += finished ? 1 : 0;
          EXPECT_EQ(found.log_probabilities[example][beam].item<double>(), log_probability);
          EXPECT_EQ(found.lengths[example][beam].item<int64_t>(), std::ssize(symbols));
          symbols.resize(static_cast<size_t>(found.symbols.size(2)), options.end);
          EXPECT_TRUE(torch::equal(found.symbols[example][beam], torch::tensor(symbols)))
              << "example " << example << ", beam " << beam;
        }
      }
      EXPECT_GT(ended, 0);
      EXPECT_LT(ended, kExamples * options.beam_width) << "some go on, some have ended";
    }
  }
}

}  // namespace
}  // namespace zoo
