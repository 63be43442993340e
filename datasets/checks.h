// What the constructors and `batch` of datasets refuse; all throw `std::invalid_argument`.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "zoo/datasets/dataset.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Each option within its range.
template <class Options>
void check_options(const std::string& dataset, const Options& options) {
  if (const auto problem = problem_with(options); !problem.empty()) {
    throw std::invalid_argument(dataset + ": " + problem);
  }
}

/// `low`, an option named `low_name`, at most `high`.
inline void check_order(const std::string& dataset, const std::string& low_name, int64_t low,
                        const std::string& high_name, int64_t high) {
  if (low <= high) return;
  throw std::invalid_argument(dataset + ": " + high_name + " must be at least " + low_name +
                              ", which is " + std::to_string(low) + ", got " +
                              std::to_string(high));
}

/// At least one example.
inline void check_batch_size(const std::string& dataset, const BatchIndex& index) {
  if (index.batch_size >= 1) return;
  throw std::invalid_argument(dataset + ": batch_size must be at least 1, got " +
                              std::to_string(index.batch_size));
}

}  // namespace zoo
