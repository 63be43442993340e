#include "zoo/datasets/priority_sort/priority_sort.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "zoo/datasets/bits.h"
#include "zoo/datasets/checks.h"

namespace zoo {
namespace {

struct Unsorted {
  std::vector<BitVector> vectors;
  std::vector<double> priorities;
};

std::vector<size_t> highest_first(const std::vector<double>& priorities) {
  std::vector<size_t> order(priorities.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](size_t i) { return priorities[i]; });
  return order;
}

bool is_priority(const nlohmann::json& number) {
  return number.is_number() && std::abs(number.get<double>()) <= 1;
}

// examples: each of the same number of vectors.
TransductionBatch encode(const std::vector<Unsorted>& examples,
                         const PrioritySortOptions& options) {
  const auto shown = static_cast<int64_t>(examples.front().vectors.size());
  BatchWriter writer(examples.size(), shown + 1 + options.asked, options.bits + 2, options.bits);
  for (size_t example = 0; example < examples.size(); ++example) {
    const auto& [vectors, priorities] = examples[example];
    for (int64_t step = 0; step < shown; ++step) {
      writer.show(example, step, vectors[static_cast<size_t>(step)]);
      writer.show(example, step, options.bits, priorities[static_cast<size_t>(step)]);
    }
    writer.show(example, shown, options.bits + 1, 1);  // the delimiter
    const auto order = highest_first(priorities);
    for (int64_t rank = 0; rank < options.asked; ++rank) {
      writer.ask(example, shown + 1 + rank, vectors[order[static_cast<size_t>(rank)]]);
    }
  }
  return writer.batch();
}

}  // namespace

PrioritySort::PrioritySort(PrioritySortOptions options) : options_(options) {
  check_options("PrioritySort", options);
  check_order("PrioritySort", "asked", options.asked, "vectors", options.vectors);
}

TransductionBatch PrioritySort::batch(const BatchIndex& index) const {
  check_batch_size("PrioritySort", index);
  Random random = random_of(index);
  std::vector<Unsorted> examples(static_cast<size_t>(index.batch_size));
  for (auto& unsorted : examples) {
    for (int64_t i = 0; i < options_.vectors; ++i) {
      unsorted.vectors.push_back(random_bits(random, options_.bits));
      unsorted.priorities.push_back(2 * random.uniform() - 1);
    }
  }
  return encode(examples, options_);
}

TransductionBatch PrioritySort::prompt(const nlohmann::json& question) const {
  Unsorted unsorted{.vectors = vectors_of(member(question, "bits"), options_.bits, "\"bits\""),
                    .priorities = {}};
  const auto& priorities = member(question, "priorities");
  const bool fits = priorities.is_array() && priorities.size() == unsorted.vectors.size() &&
                    std::ranges::all_of(priorities, is_priority);
  if (!fits) {
    throw std::invalid_argument("\"priorities\" must be one number from -1 to 1 for each of the " +
                                std::to_string(unsorted.vectors.size()) + " vectors, got " +
                                priorities.dump());
  }
  if (static_cast<int64_t>(unsorted.vectors.size()) < options_.asked) {
    throw std::invalid_argument("\"bits\" must have at least " + std::to_string(options_.asked) +
                                " vectors, got " + std::to_string(unsorted.vectors.size()));
  }
  unsorted.priorities = priorities.get<std::vector<double>>();
  return encode({unsorted}, options_);
}

}  // namespace zoo
