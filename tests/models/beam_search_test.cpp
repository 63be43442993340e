#include "zoo/models/beam_search/beam_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "support/message_of.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr int64_t kSymbols = 4;

/// A decoder whose probabilities depend, at random but always alike, on everything said so far.
class TableDecoder final : public StepDecoder {
 public:
  TableDecoder(int64_t examples, double spread) : spread_(spread) {
    for (int64_t i = 0; i < examples; ++i) said_.push_back({i});
  }

  Tensor next(const Tensor& previous) override {
    asked_.push_back(static_cast<int64_t>(said_.size()));
    std::vector<Tensor> rows;
    for (size_t i = 0; i < said_.size(); ++i) {
      if (previous.defined()) said_[i].push_back(previous[static_cast<int64_t>(i)].item<int64_t>());
      rows.push_back(log_probabilities(said_[i], spread_));
    }
    return torch::stack(rows);
  }

  void select(const Tensor& rows) override {
    std::vector<std::vector<int64_t>> chosen;
    for (int64_t i = 0; i < rows.size(0); ++i) {
      chosen.push_back(said_[static_cast<size_t>(rows[i].item<int64_t>())]);
    }
    said_ = chosen;
  }

  /// How many sequences it had to go on with in each step.
  const std::vector<int64_t>& asked() const { return asked_; }

  static Tensor log_probabilities(const std::vector<int64_t>& said, double spread) {
    int64_t seed = 17;
    for (const int64_t symbol : said) seed = (seed * 31 + symbol + 1) % 1000003;
    torch::manual_seed(static_cast<uint64_t>(seed));
    return torch::log_softmax(torch::randn(kSymbols, torch::kDouble) * spread, 0);
  }

 private:
  double spread_;
  std::vector<std::vector<int64_t>> said_;  // the example first
  std::vector<int64_t> asked_;
};

constexpr auto kPenalties = {LengthPenalty::kNone, LengthPenalty::kAverage, LengthPenalty::kGnmt};

/// What is compared, anew from the papers.
double score_of(double log_probability, size_t length, const BeamSearchOptions& options) {
  const auto n = static_cast<double>(length);
  if (options.length_penalty == LengthPenalty::kNone) return log_probability;
  const double base = options.length_penalty == LengthPenalty::kAverage ? n : (5 + n) / 6;
  return log_probability / std::pow(base, options.length_alpha);
}

/// Every sequence of at most `steps` symbols with its log-probability, the most probable first.
std::vector<std::pair<double, std::vector<int64_t>>> all_sequences(int64_t example, int64_t steps,
                                                                   double spread) {
  std::vector<std::pair<double, std::vector<int64_t>>> open = {{0, {example}}}, done;
  for (int64_t step = 0; step < steps; ++step) {
    std::vector<std::pair<double, std::vector<int64_t>>> longer;
    for (const auto& [score, said] : open) {
      const Tensor next = TableDecoder::log_probabilities(said, spread);
      for (int64_t symbol = 0; symbol < kSymbols; ++symbol) {
        auto with = said;
        with.push_back(symbol);
        const double total = score + next[symbol].item<double>();
        (symbol == 0 || step + 1 == steps ? done : longer).push_back({total, with});
      }
    }
    open = longer;
  }
  std::ranges::sort(done, std::greater());
  return done;
}

TEST(BeamSearch, OfOneIsGreedy) {
  for (const auto penalty : kPenalties) {
    TableDecoder decoder(5, 1.0);
    const auto found = beam_search(
        decoder, {.beam_width = 1, .max_steps = 6, .end = 0, .length_penalty = penalty});
    ASSERT_EQ(found.symbols.size(1), 1);
    for (int64_t example = 0; example < 5; ++example) {
      std::vector<int64_t> said = {example};
      double total = 0;
      int64_t length = 0;
      bool ended = false;
      for (int64_t step = 0; step < found.symbols.size(2); ++step) {
        const Tensor next = TableDecoder::log_probabilities(said, 1.0);
        const int64_t best = ended ? 0 : next.argmax().item<int64_t>();
        EXPECT_EQ(found.symbols[example][0][step].item<int64_t>(), best);
        if (!ended) {
          total += next.max().item<double>();
          ++length;
        }
        ended = ended || best == 0;
        said.push_back(best);
      }
      EXPECT_NEAR(found.log_probabilities[example][0].item<double>(), total, 1e-12);
      EXPECT_EQ(found.lengths[example][0].item<int64_t>(), length);
    }
  }
}

// With every penalty each sequence is found, and in its order.
TEST(BeamSearch, OfMoreThanThereAreIsExhaustive) {
  constexpr int64_t kExamples = 3, kSteps = 4;
  const auto count = static_cast<int64_t>(all_sequences(0, kSteps, 1.0).size());
  for (const auto penalty : kPenalties) {
    TableDecoder decoder(kExamples, 1.0);
    const BeamSearchOptions options{.beam_width = count,
                                    .max_steps = kSteps,
                                    .end = 0,
                                    .length_penalty = penalty,
                                    .length_alpha = 0.7};
    const auto found = beam_search(decoder, options);
    ASSERT_EQ(found.symbols.sizes(), (std::vector<int64_t>{kExamples, count, kSteps}));
    for (int64_t example = 0; example < kExamples; ++example) {
      auto expected = all_sequences(example, kSteps, 1.0);
      std::ranges::stable_sort(expected, std::greater(), [&](const auto& each) {
        return score_of(each.first, each.second.size() - 1, options);
      });
      for (int64_t place = 0; place < count; ++place) {
        const auto& [log_probability, said] = expected[static_cast<size_t>(place)];
        EXPECT_NEAR(found.log_probabilities[example][place].item<double>(), log_probability, 1e-9);
        EXPECT_EQ(found.lengths[example][place].item<int64_t>(), std::ssize(said) - 1);
        for (size_t step = 0; step + 1 < said.size(); ++step) {
          EXPECT_EQ(found.symbols[example][place][static_cast<int64_t>(step)].item<int64_t>(),
                    said[step + 1]);
        }
      }
    }
  }
}

TEST(BeamSearch, OfMoreThanThereAreLeavesTheRestImpossible) {
  TableDecoder decoder(2, 1.0);
  const auto found = beam_search(decoder, {.beam_width = 9, .max_steps = 1, .end = 0});
  EXPECT_EQ(found.symbols.sizes(), (std::vector<int64_t>{2, kSymbols, 1}));
  const AllowSymbols only_two = [](int64_t, std::span<const int64_t>, std::span<bool> allowed) {
    allowed[0] = allowed[1] = false;
  };
  TableDecoder other(2, 1.0);
  const auto few = beam_search(other, {.beam_width = 9, .max_steps = 1, .end = 0}, only_two);
  EXPECT_TRUE(torch::isneginf(few.log_probabilities.narrow(1, 2, 2)).all().item<bool>());
  EXPECT_TRUE(torch::isfinite(few.log_probabilities.narrow(1, 0, 2)).all().item<bool>());
}

// A wider beam finds nothing less probable here, and sometimes something more probable.
TEST(BeamSearch, ImprovesWithItsWidth) {
  double narrow = 0, wide = 0;
  for (const int64_t width : {1, 20}) {
    TableDecoder decoder(40, 0.5);
    const auto found = beam_search(decoder, {.beam_width = width, .max_steps = 5, .end = 0});
    (width == 1 ? narrow : wide) = found.log_probabilities.select(1, 0).mean().item<double>();
  }
  EXPECT_GT(wide, narrow + 0.05);
}

TEST(BeamSearch, SaysOnlyWhatIsAllowed) {
  // No symbol twice, and the end only after three others.
  const AllowSymbols allow = [](int64_t example, std::span<const int64_t> prefix,
                                std::span<bool> allowed) {
    ASSERT_LT(example, 6);
    allowed[0] = prefix.size() >= 3;
    for (const int64_t symbol : prefix) {
      ASSERT_NE(symbol, 0) << "nothing is asked of finished sequences";
      allowed[static_cast<size_t>(symbol)] = false;
    }
  };
  for (const int64_t width : {1, 3, 50}) {
    TableDecoder decoder(6, 2.0);
    const auto found = beam_search(decoder, {.beam_width = width, .max_steps = 9, .end = 0}, allow);
    ASSERT_EQ(found.symbols.size(2), 4) << "it stops when all are finished";
    for (int64_t example = 0; example < 6; ++example) {
      const Tensor sorted = std::get<0>(found.symbols[example][0].sort());
      EXPECT_TRUE(torch::equal(sorted, torch::arange(4))) << sorted;
      std::vector<int64_t> said = {example};
      double total = 0;
      for (int64_t step = 0; step < 4; ++step) {
        const int64_t symbol = found.symbols[example][0][step].item<int64_t>();
        total += TableDecoder::log_probabilities(said, 2.0)[symbol].item<double>();
        said.push_back(symbol);
      }
      EXPECT_NEAR(found.log_probabilities[example][0].item<double>(), total, 1e-9)
          << "probabilities are left as they are";
    }
  }
}

// 0.4 for the end at once; after symbol 1, which has 0.6, the end has 0.6: 0.36 in two symbols.
TEST(BeamSearch, APenaltyLetsLongerSequencesWin) {
  class Fixed final : public StepDecoder {
   public:
    Tensor next(const Tensor& previous) override {
      if (!previous.defined()) return torch::tensor({{0.4, 0.6, 0.0}}).log();
      return torch::tensor({0.6, 0.2, 0.2}).log().expand({previous.size(0), 3});
    }
    void select(const Tensor&) override {}
  };
  const auto first = [](LengthPenalty penalty, double alpha) {
    Fixed decoder;
    const auto found = beam_search(decoder, {.beam_width = 2,
                                             .max_steps = 5,
                                             .end = 0,
                                             .length_penalty = penalty,
                                             .length_alpha = alpha});
    EXPECT_NEAR(found.log_probabilities[0].exp().sum().item<double>(), 0.76, 1e-6);
    return found.lengths[0][0].item<int64_t>();
  };
  EXPECT_EQ(first(LengthPenalty::kNone, 1), 1) << "-0.916 and -1.022";
  EXPECT_EQ(first(LengthPenalty::kAverage, 1), 2) << "-0.916 and -0.511";
  EXPECT_EQ(first(LengthPenalty::kAverage, 0.1), 1) << "-0.916 and -0.953";
  EXPECT_EQ(first(LengthPenalty::kAverage, 0), 1);
  EXPECT_EQ(first(LengthPenalty::kGnmt, 1), 2) << "-0.916 and -0.876, a seventh less";
  EXPECT_EQ(first(LengthPenalty::kGnmt, 0.6), 1) << "-0.916 and -0.931";
}

TEST(BeamSearch, FollowsEachExampleAsFarAsIsSaid) {
  const std::vector<int64_t> limits = {1, 3, 9, 2};
  TableDecoder decoder(4, 0.5);
  const auto found = beam_search(decoder, {.beam_width = 5,
                                           .max_steps = 6,
                                           .end = 0,
                                           .max_steps_each = torch::tensor(limits, torch::kLong)});
  ASSERT_EQ(found.symbols.size(2), 6);
  for (int64_t example = 0; example < 4; ++example) {
    const int64_t steps = std::min<int64_t>(limits[static_cast<size_t>(example)], 6);
    TableDecoder other(4, 0.5);
    const auto alone = beam_search(other, {.beam_width = 5, .max_steps = steps, .end = 0});
    for (int64_t beam = 0; beam < alone.symbols.size(1); ++beam) {
      const auto symbols = found.symbols[example][beam];
      EXPECT_TRUE(torch::equal(symbols.narrow(0, 0, steps), alone.symbols[example][beam]));
      EXPECT_EQ(symbols.narrow(0, steps, 6 - steps).count_nonzero().item<int64_t>(), 0);
      EXPECT_TRUE(torch::equal(found.log_probabilities[example][beam],
                               alone.log_probabilities[example][beam]));
      EXPECT_TRUE(torch::equal(found.lengths[example][beam], alone.lengths[example][beam]));
    }
  }
}

TEST(BeamSearch, AsksNothingMoreAboutFinishedSequences) {
  TableDecoder decoder(30, 1.0);
  const auto found = beam_search(decoder, {.beam_width = 1, .max_steps = 9, .end = 0});
  ASSERT_EQ(std::ssize(decoder.asked()), found.symbols.size(2));
  for (int64_t step = 0; step < found.symbols.size(2); ++step) {
    EXPECT_EQ(decoder.asked()[static_cast<size_t>(step)],
              found.lengths.gt(step).sum().item<int64_t>());
  }
  EXPECT_LT(decoder.asked().back(), 30);
}

TEST(BeamSearch, SaysWhatIsWrong) {
  TableDecoder decoder(1, 1.0);
  EXPECT_EQ(message_of<c10::Error>([&] { beam_search(decoder, {.beam_width = 1}); }),
            "beam_search: beam_width and max_steps must be at least 1, got 1 and 0");
  EXPECT_EQ(message_of<c10::Error>([&] { beam_search(decoder, {.max_steps = 2, .end = 4}); }),
            "beam_search: end must be in 0..3, got 4");
  EXPECT_EQ(
      message_of<c10::Error>([&] { beam_search(decoder, {.max_steps = 2, .length_alpha = -0.5}); }),
      "beam_search: length_alpha must be at least 0, got -0.5");
  const auto with_limits = [&](const std::vector<int64_t>& limits) {
    const auto each = torch::tensor(limits, torch::kLong);
    return message_of<c10::Error>(
        [&] { beam_search(decoder, {.max_steps = 2, .max_steps_each = each}); });
  };
  for (const auto& limits : {std::vector<int64_t>{1, 2}, {0}}) {
    EXPECT_TRUE(with_limits(limits).starts_with(
        "beam_search: max_steps_each must be 1 numbers of at least 1 in int64 on the CPU, got"));
  }
}

}  // namespace
}  // namespace zoo
