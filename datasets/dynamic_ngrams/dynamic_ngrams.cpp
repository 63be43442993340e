#include "zoo/datasets/dynamic_ngrams/dynamic_ngrams.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "zoo/datasets/bits.h"
#include "zoo/datasets/checks.h"

namespace zoo {
namespace {

// The last bits that were seen, as a number: the index of their context.
class Context {
 public:
  explicit Context(int64_t bits) : mask_((size_t{1} << bits) - 1) {}
  void push(int bit) { value_ = ((value_ << 1) | static_cast<size_t>(bit)) & mask_; }
  size_t index() const { return value_; }
  size_t count() const { return mask_ + 1; }

 private:
  size_t mask_;
  size_t value_ = 0;
};

// Beta(1/2, 1/2) is the arcsine distribution: its distribution function is 2/pi asin(sqrt(p)).
// The last bit of a sine differs between platforms, but the result is only compared with a number
// of 53 random bits: hardly ever does that decide differently.
double arcsine(Random& random) {
  const double root = std::sin(std::numbers::pi / 2 * random.uniform());
  return root * root;
}

BitVector draw(Random& random, const DynamicNgramsOptions& options) {
  Context context(options.context);
  std::vector<double> probability_of_one(context.count());
  for (auto& probability : probability_of_one) probability = arcsine(random);
  BitVector bits;
  for (int64_t i = 0; i < options.length; ++i) {
    const double probability = i < options.context ? 0.5 : probability_of_one[context.index()];
    bits.push_back(random.uniform() < probability ? 1 : 0);
    context.push(bits.back());
  }
  return bits;
}

// The bits that the optimal estimator needs for those after the first `context_size`.
double bits_needed(const BitVector& bits, int64_t context_size) {
  Context context(context_size);
  std::vector<double> ones(context.count()), zeros(context.count());
  double needed = 0;
  for (size_t i = 0; i < bits.size(); ++i) {
    if (i >= static_cast<size_t>(context_size)) {
      auto& seen = bits[i] == 1 ? ones[context.index()] : zeros[context.index()];
      const double total = ones[context.index()] + zeros[context.index()];
      needed -= std::log2((seen + 0.5) / (total + 1));
      ++seen;
    }
    context.push(bits[i]);
  }
  return needed;
}

// A target for each but the last bit; that of the last, if asked for, is not known and stays 0.
TransductionBatch encode(const std::vector<BitVector>& sequences, int64_t steps, int64_t context) {
  BatchWriter writer(sequences.size(), steps, 1, 1);
  for (size_t example = 0; example < sequences.size(); ++example) {
    const auto& bits = sequences[example];
    for (int64_t step = 0; step < steps; ++step) {
      const auto next = static_cast<size_t>(step) + 1;
      writer.show(example, step, 0, bits[next - 1]);
      if (step >= context - 1) writer.ask(example, step, {next < bits.size() ? bits[next] : 0});
    }
  }
  return writer.batch();
}

}  // namespace

DynamicNgrams::DynamicNgrams(DynamicNgramsOptions options) : options_(options) {
  check_options("DynamicNgrams", options);
  check_order("DynamicNgrams", "context + 1", options.context + 1, "length", options.length);
}

TransductionBatch DynamicNgrams::batch(const BatchIndex& index) const {
  check_batch_size("DynamicNgrams", index);
  Random random = random_of(index);
  std::vector<BitVector> sequences;
  for (int64_t example = 0; example < index.batch_size; ++example) {
    sequences.push_back(draw(random, options_));
  }
  return encode(sequences, options_.length - 1, options_.context);
}

torch::Tensor DynamicNgrams::optimal_bits(const TransductionBatch& batch) const {
  const auto inputs = batch.inputs.cpu(), targets = batch.targets.cpu();
  const auto shown = inputs.accessor<float, 3>();
  const auto last = inputs.size(1) - 1;
  std::vector<double> needed;
  for (int64_t example = 0; example < inputs.size(0); ++example) {
    BitVector bits;
    for (int64_t step = 0; step <= last; ++step) bits.push_back(shown[example][step][0] > 0.5F);
    bits.push_back(targets[example][last][0].item<float>() > 0.5F);
    needed.push_back(bits_needed(bits, options_.context));
  }
  return torch::tensor(needed, torch::kDouble);
}

TransductionBatch DynamicNgrams::prompt(const nlohmann::json& question) const {
  const auto bits = bits_of(member(question, "bits"), "\"bits\"");
  const auto steps = static_cast<int64_t>(bits.size());
  if (steps < options_.context) {
    throw std::invalid_argument("\"bits\" must have at least " + std::to_string(options_.context) +
                                " bits, got " + std::to_string(steps));
  }
  return encode({bits}, steps, options_.context);
}

nlohmann::json DynamicNgrams::answer(const torch::Tensor& probabilities,
                                     const TransductionBatch& prompt) const {
  nlohmann::json numbers = nlohmann::json::array();
  for (int64_t step = options_.context - 1; step < prompt.inputs.size(1); ++step) {
    // Four digits: a model knows no more.
    numbers.push_back(std::round(probabilities[0][step][0].item<double>() * 1e4) / 1e4);
  }
  return {{"probabilities", numbers}};
}

}  // namespace zoo
