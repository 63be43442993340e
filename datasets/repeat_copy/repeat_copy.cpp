#include "zoo/datasets/repeat_copy/repeat_copy.h"

#include <vector>

#include "zoo/datasets/bits.h"
#include "zoo/datasets/checks.h"

namespace zoo {
namespace {

constexpr int64_t kMostRepeats = 100000;  // of a question

// sequences: each of the same number of vectors.
TransductionBatch encode(const std::vector<std::vector<BitVector>>& sequences, int64_t repeats,
                         const RepeatCopyOptions& options) {
  const auto length = static_cast<int64_t>(sequences.front().size());
  const int64_t steps = length + 1 + length * repeats + 1;
  const double count =
      (static_cast<double>(repeats) - options.count_mean) / options.count_deviation;
  BitVector end_marker(static_cast<size_t>(options.bits), 0);
  end_marker.push_back(1);
  BatchWriter writer(sequences.size(), steps, options.bits + 1, options.bits + 1);
  for (size_t example = 0; example < sequences.size(); ++example) {
    for (int64_t step = 0; step < length; ++step) {
      const auto& vector = sequences[example][static_cast<size_t>(step)];
      writer.show(example, step, vector);
      for (int64_t copy = 0; copy < repeats; ++copy) {
        writer.ask(example, length + 1 + copy * length + step, vector);
      }
    }
    writer.show(example, length, options.bits, count);
    writer.ask(example, steps - 1, end_marker);
  }
  return writer.batch();
}

}  // namespace

RepeatCopy::RepeatCopy(RepeatCopyOptions options) : options_(options) {
  check_options("RepeatCopy", options);
  check_order("RepeatCopy", "min_length", options.min_length, "max_length", options.max_length);
  check_order("RepeatCopy", "min_repeats", options.min_repeats, "max_repeats", options.max_repeats);
}

TransductionBatch RepeatCopy::batch(const BatchIndex& index) const {
  check_batch_size("RepeatCopy", index);
  Random random = random_of(index);
  const int64_t length = random.integer(options_.min_length, options_.max_length);
  const int64_t repeats = random.integer(options_.min_repeats, options_.max_repeats);
  std::vector<std::vector<BitVector>> sequences;
  for (int64_t example = 0; example < index.batch_size; ++example) {
    sequences.push_back(random_vectors(random, length, options_.bits));
  }
  return encode(sequences, repeats, options_);
}

TransductionBatch RepeatCopy::prompt(const nlohmann::json& question) const {
  const auto vectors = vectors_of(member(question, "bits"), options_.bits, "\"bits\"");
  const auto repeats = number_of(member(question, "repeats"), 1, kMostRepeats, "\"repeats\"");
  return encode({vectors}, repeats, options_);
}

}  // namespace zoo
