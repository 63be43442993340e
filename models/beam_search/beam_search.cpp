#include "zoo/models/beam_search/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "zoo/models/beam_search/top_symbols.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr double kNever = -std::numeric_limits<double>::infinity();
constexpr int64_t kFinished = -1;

// One of the sequences that are kept for an example.
struct Hypothesis {
  std::vector<int64_t> symbols{};
  double log_probability = 0;
  double score = 0;  // what is compared
  int64_t row = 0;   // of the decoder, or `kFinished`
};

// A finished sequence again, or an unfinished one with a symbol more.
struct Candidate {
  const Hypothesis* from;
  int64_t symbol;
  double log_probability;
  double score;
};

double penalty(const BeamSearchOptions& options, size_t length) {
  const auto symbols = static_cast<double>(length);
  switch (options.length_penalty) {
    case LengthPenalty::kAverage:
      return std::pow(symbols, options.length_alpha);
    case LengthPenalty::kGnmt:
      return std::pow((5 + symbols) / 6, options.length_alpha);
    default:
      return 1;
  }
}

class Search {
 public:
  Search(StepDecoder& decoder, const BeamSearchOptions& options, const AllowSymbols& allow)
      : decoder_(decoder), options_(options), allow_(allow) {}

  BeamSearchResult run();

 private:
  void begin(int64_t examples);
  int64_t limit_of(size_t example) const;
  Tensor allowed(const Tensor& next) const;
  void keep_best(const TopSymbols& top, size_t example);
  void follow(int64_t rows, torch::Device device);
  BeamSearchResult result() const;

  StepDecoder& decoder_;
  const BeamSearchOptions& options_;
  const AllowSymbols& allow_;
  std::vector<std::vector<Hypothesis>> kept_;  // of each example, the best first
  int64_t width_ = 1;                          // as many as there may be by now
  int64_t steps_ = 0;
  Tensor previous_;  // the last symbols of the unfinished ones, in the order of examples and beams
};

void Search::begin(int64_t examples) {
  const Tensor& each = options_.max_steps_each;
  TORCH_CHECK(!each.defined() || (each.dim() == 1 && each.size(0) == examples &&
                                  each.scalar_type() == torch::kLong && each.is_cpu() &&
                                  each.min().item<int64_t>() >= 1),
              "beam_search: max_steps_each must be ", examples,
              " numbers of at least 1 in int64 on the CPU, got ", each);
  for (int64_t i = 0; i < examples; ++i) kept_.push_back({Hypothesis{.row = i}});
}

int64_t Search::limit_of(size_t example) const {
  const Tensor& each = options_.max_steps_each;
  if (!each.defined()) return options_.max_steps;
  return std::min(options_.max_steps, each[static_cast<int64_t>(example)].item<int64_t>());
}

// `next` [N, V] with what may not follow made impossible.
Tensor Search::allowed(const Tensor& next) const {
  if (!allow_) return next;
  Tensor marks = torch::ones(next.sizes(), torch::kBool);
  const auto choices = static_cast<size_t>(next.size(1));
  bool* mark = marks.data_ptr<bool>();
  for (size_t example = 0; example < kept_.size(); ++example) {
    for (const auto& hypothesis : kept_[example]) {
      if (hypothesis.row == kFinished) continue;
      allow_(static_cast<int64_t>(example), hypothesis.symbols, {mark, choices});
      mark += choices;
    }
  }
  return next.masked_fill(marks.logical_not().to(next.device()), kNever);
}

// More than the W best symbols after one sequence are never among the W best continuations.
void Search::keep_best(const TopSymbols& top, size_t example) {
  const int64_t count = top.scores.size(1);
  std::vector<Candidate> candidates;
  for (const auto& from : kept_[example]) {
    if (from.row == kFinished) {
      candidates.push_back({&from, options_.end, from.log_probability, from.score});
      continue;
    }
    const double divisor = penalty(options_, from.symbols.size() + 1);
    const auto* scores = top.scores.const_data_ptr<double>() + from.row * count;
    const auto* symbols = top.symbols.const_data_ptr<int64_t>() + from.row * count;
    for (int64_t i = 0; i < count && scores[i] > kNever; ++i) {
      const double log_probability = from.log_probability + scores[i];
      candidates.push_back({&from, symbols[i], log_probability, log_probability / divisor});
    }
  }
  std::ranges::stable_sort(candidates, std::greater(), &Candidate::score);
  candidates.resize(std::min(candidates.size(), static_cast<size_t>(width_)));
  const bool last = steps_ == limit_of(example);
  std::vector<Hypothesis> kept;
  for (const auto& [from, symbol, log_probability, score] : candidates) {
    Hypothesis next{from->symbols, log_probability, score, from->row};
    if (from->row != kFinished) next.symbols.push_back(symbol);
    if (last || symbol == options_.end) next.row = kFinished;
    kept.push_back(std::move(next));
  }
  kept_[example] = std::move(kept);
}

// The decoder, which stands at `rows` sequences, goes on with the unfinished ones.
void Search::follow(int64_t rows, torch::Device device) {
  std::vector<int64_t> chosen, symbols;
  for (auto& example : kept_) {
    for (auto& hypothesis : example) {
      if (hypothesis.row == kFinished) continue;
      symbols.push_back(hypothesis.symbols.back());
      chosen.push_back(std::exchange(hypothesis.row, static_cast<int64_t>(chosen.size())));
    }
  }
  previous_ = torch::tensor(symbols, torch::kLong).to(device);
  const Tensor order = torch::tensor(chosen, torch::kLong);
  if (chosen.empty() || torch::equal(order, torch::arange(rows))) return;
  decoder_.select(order.to(device));
}

BeamSearchResult Search::result() const {
  const auto examples = static_cast<int64_t>(kept_.size());
  const BeamSearchResult result = {
      .symbols = torch::full({examples, width_, steps_}, options_.end, torch::kLong),
      .log_probabilities = torch::full({examples, width_}, kNever, torch::kDouble),
      .lengths = torch::zeros({examples, width_}, torch::kLong)};
  int64_t place = 0;
  for (const auto& example : kept_) {
    for (size_t beam = 0; beam < example.size(); ++beam) {
      const auto& [symbols, log_probability, score, row] = example[beam];
      const int64_t at = place + static_cast<int64_t>(beam);
      std::ranges::copy(symbols, result.symbols.data_ptr<int64_t>() + at * steps_);
      result.log_probabilities.data_ptr<double>()[at] = log_probability;
      result.lengths.data_ptr<int64_t>()[at] = static_cast<int64_t>(symbols.size());
    }
    place += width_;
  }
  return result;
}

BeamSearchResult Search::run() {
  while (true) {
    const Tensor next = decoder_.next(previous_);  // [N, V]
    const int64_t choices = next.size(1);
    if (steps_ == 0) {
      TORCH_CHECK(options_.end >= 0 && options_.end < choices, "beam_search: end must be in 0..",
                  choices - 1, ", got ", options_.end);
      begin(next.size(0));
    }
    const TopSymbols top = top_symbols(allowed(next), options_.beam_width);
    width_ = std::min(options_.beam_width, width_ * choices);
    ++steps_;
    for (size_t example = 0; example < kept_.size(); ++example) keep_best(top, example);
    follow(next.size(0), next.device());
    if (previous_.numel() == 0) return result();
  }
}

}  // namespace

BeamSearchResult beam_search(StepDecoder& decoder, const BeamSearchOptions& options,
                             const AllowSymbols& allow) {
  TORCH_CHECK(options.beam_width >= 1 && options.max_steps >= 1,
              "beam_search: beam_width and max_steps must be at least 1, got ", options.beam_width,
              " and ", options.max_steps);
  TORCH_CHECK(options.length_alpha >= 0, "beam_search: length_alpha must be at least 0, got ",
              options.length_alpha);
  torch::NoGradGuard no_gradients;
  return Search(decoder, options, allow).run();
}

}  // namespace zoo
