#include "zoo/datasets/copy/copy.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "zoo/datasets/random.h"

namespace zoo {
namespace {

// The batch in which bit `channel` of vector `step` of `example` is bit_at(example, step, channel),
// called in this order. Plain loops over memory: a tensor operation per bit would cost a thousand
// times as much.
template <class BitAt>
TransductionBatch copy_batch(int64_t examples, int64_t length, int64_t bits, BitAt bit_at) {
  const int64_t steps = 2 * length + 1;
  TransductionBatch batch{.inputs = torch::zeros({examples, steps, bits + 1}, torch::kFloat32),
                          .targets = torch::zeros({examples, steps, bits}, torch::kFloat32),
                          .mask = torch::zeros({examples, steps}, torch::kFloat32)};
  auto* inputs = batch.inputs.mutable_data_ptr<float>();
  auto* targets = batch.targets.mutable_data_ptr<float>();
  auto* mask = batch.mask.mutable_data_ptr<float>();
  for (int64_t example = 0; example < examples; ++example) {
    auto* shown = inputs + example * steps * (bits + 1);
    auto* asked = targets + (example * steps + length + 1) * bits;
    for (int64_t step = 0; step < length; ++step) {
      for (int64_t channel = 0; channel < bits; ++channel) {
        const float bit = bit_at(example, step, channel) ? 1.0F : 0.0F;
        shown[step * (bits + 1) + channel] = bit;
        asked[step * bits + channel] = bit;
      }
    }
    shown[length * (bits + 1) + bits] = 1.0F;  // the delimiter
    std::fill_n(mask + example * steps + length + 1, length, 1.0F);
  }
  return batch;
}

// Empty if `vector`, the `number`th counted from 1, is one of `bits` bits.
std::string problem_of_vector(const std::vector<int>& vector, size_t number, size_t bits) {
  const std::string name = "vector " + std::to_string(number);
  if (vector.size() != bits) {
    return name + " must have " + std::to_string(bits) + " bits, got " +
           std::to_string(vector.size());
  }
  const auto wrong = std::ranges::find_if(vector, [](int bit) { return bit != 0 && bit != 1; });
  if (wrong == vector.end()) return "";
  return name + " must be of 0 and 1, got " + std::to_string(*wrong) + " at position " +
         std::to_string(wrong - vector.begin() + 1);
}

}  // namespace

Copy::Copy(CopyOptions options) : options_(options) {
  if (const auto problem = problem_with(options); !problem.empty()) {
    throw std::invalid_argument("Copy: " + problem);
  }
  if (options.max_length < options.min_length) {
    throw std::invalid_argument("Copy: max_length must be at least min_length, which is " +
                                std::to_string(options.min_length) + ", got " +
                                std::to_string(options.max_length));
  }
}

TransductionBatch Copy::batch(const BatchIndex& index) const {
  if (index.batch_size < 1) {
    throw std::invalid_argument("Copy: batch_size must be at least 1, got " +
                                std::to_string(index.batch_size));
  }
  Random random = random_of(index);
  const int64_t length = random.integer(options_.min_length, options_.max_length);
  uint64_t coins = 0;
  return copy_batch(index.batch_size, length, options_.bits,
                    [&random, &coins](int64_t, int64_t, int64_t channel) {
                      if (channel % 64 == 0) coins = random.bits();
                      return ((coins >> (channel % 64)) & 1) != 0;
                    });
}

TransductionBatch Copy::prompt(const std::vector<std::vector<int>>& vectors) const {
  if (vectors.empty()) {
    throw std::invalid_argument("Copy: at least one vector of " + std::to_string(options_.bits) +
                                " bits is needed, got none");
  }
  const auto bits = static_cast<size_t>(options_.bits);
  for (size_t i = 0; i < vectors.size(); ++i) {
    if (const auto problem = problem_of_vector(vectors[i], i + 1, bits); !problem.empty()) {
      throw std::invalid_argument("Copy: " + problem);
    }
  }
  return copy_batch(1, static_cast<int64_t>(vectors.size()), options_.bits,
                    [&vectors](int64_t, int64_t step, int64_t channel) {
                      return vectors[static_cast<size_t>(step)][static_cast<size_t>(channel)] == 1;
                    });
}

}  // namespace zoo
