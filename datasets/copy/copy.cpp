#include "zoo/datasets/copy/copy.h"

#include <vector>

#include "zoo/datasets/bits.h"
#include "zoo/datasets/checks.h"

namespace zoo {
namespace {

// sequences: each of the same number of vectors of `bits` bits.
TransductionBatch encode(const std::vector<std::vector<BitVector>>& sequences, int64_t bits) {
  const auto length = static_cast<int64_t>(sequences.front().size());
  BatchWriter writer(sequences.size(), 2 * length + 1, bits + 1, bits);
  for (size_t example = 0; example < sequences.size(); ++example) {
    for (int64_t step = 0; step < length; ++step) {
      const auto& vector = sequences[example][static_cast<size_t>(step)];
      writer.show(example, step, vector);
      writer.ask(example, length + 1 + step, vector);
    }
    writer.show(example, length, bits, 1);  // the delimiter
  }
  return writer.batch();
}

}  // namespace

Copy::Copy(CopyOptions options) : options_(options) {
  check_options("Copy", options);
  check_order("Copy", "min_length", options.min_length, "max_length", options.max_length);
}

TransductionBatch Copy::batch(const BatchIndex& index) const {
  check_batch_size("Copy", index);
  Random random = random_of(index);
  const int64_t length = random.integer(options_.min_length, options_.max_length);
  std::vector<std::vector<BitVector>> sequences;
  for (int64_t example = 0; example < index.batch_size; ++example) {
    sequences.push_back(random_vectors(random, length, options_.bits));
  }
  return encode(sequences, options_.bits);
}

TransductionBatch Copy::prompt(const nlohmann::json& question) const {
  return encode({vectors_of(member(question, "bits"), options_.bits, "\"bits\"")}, options_.bits);
}

}  // namespace zoo
