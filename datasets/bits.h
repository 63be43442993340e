// Vectors of bits: drawn, read from a question, written into a batch.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "zoo/datasets/random.h"
#include "zoo/datasets/transduction.h"

namespace zoo {

using BitVector = std::vector<int>;  ///< each 0 or 1

/// Fair coins; one word of the stream for every 64 of them.
BitVector random_bits(Random& random, int64_t count);
std::vector<BitVector> random_vectors(Random& random, int64_t count, int64_t bits);

/// The member `name` of a question. Throws `std::invalid_argument` if it is no object or has none.
const nlohmann::json& member(const nlohmann::json& question, const std::string& name);

/// A list of bits, or a list of at least one vector of `bits` bits. `what` names it in messages:
/// "\"bits\"". Throws `std::invalid_argument` if it is something else.
BitVector bits_of(const nlohmann::json& list, const std::string& what);
std::vector<BitVector> vectors_of(const nlohmann::json& list, int64_t bits,
                                  const std::string& what);

/// A whole number within bounds. Throws `std::invalid_argument` if it is something else.
int64_t number_of(const nlohmann::json& number, int64_t low, int64_t high, const std::string& what);

/// Fills a batch of zeros number by number: a tensor operation per bit would cost a thousand times
/// as much.
class BatchWriter {
 public:
  BatchWriter(size_t examples, int64_t steps, int64_t inputs, int64_t outputs);

  /// Shows a number, or bits from channel 0 on.
  void show(size_t example, int64_t step, int64_t channel, double value);
  void show(size_t example, int64_t step, const BitVector& bits);
  /// Asks for bits from channel 0 on; the other channels are to be 0.
  void ask(size_t example, int64_t step, const BitVector& bits);

  const TransductionBatch& batch() const { return batch_; }

 private:
  TransductionBatch batch_;
  int64_t steps_, inputs_, outputs_;
  float* shown_;
  float* asked_;
  float* mask_;
};

}  // namespace zoo
