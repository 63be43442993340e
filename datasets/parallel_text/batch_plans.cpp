#include "zoo/datasets/parallel_text/batch_plans.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "zoo/datasets/permutation.h"

namespace zoo {
namespace {

// Keys that keep the random orders apart.
enum Order : uint64_t { kOrderOfPairs = 1, kOrderOfBatches, kOrderOfEqual };

int64_t count_of(const EncodedPairs& pairs) { return static_cast<int64_t>(pairs.size()); }

int64_t divided_up(int64_t count, int64_t size) { return (count + size - 1) / size; }

PairNumbers all(const EncodedPairs& pairs) {
  PairNumbers order(pairs.size());
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

// Equal ones stay in the order in which they are.
void sort_by_length(const EncodedPairs& pairs, PairNumbers& order) {
  std::ranges::stable_sort(order, {}, [&pairs](uint32_t pair) {
    return std::tuple(pairs.target_length(pair), pairs.source_length(pair));
  });
}

PairNumbers slice(const PairNumbers& order, int64_t begin, int64_t end) {
  const auto size = static_cast<int64_t>(order.size());
  return {order.begin() + std::min(begin, size), order.begin() + std::min(end, size)};
}

}  // namespace

SortedPlan::SortedPlan(const EncodedPairs& pairs) : order_(all(pairs)) {
  sort_by_length(pairs, order_);
}

int64_t SortedPlan::batches(int64_t batch_size) const {
  return divided_up(static_cast<int64_t>(order_.size()), batch_size);
}

PairNumbers SortedPlan::batch(const BatchIndex& index) const {
  const int64_t place = index.step % batches(index.batch_size);
  return slice(order_, place * index.batch_size, (place + 1) * index.batch_size);
}

BucketPlan::BucketPlan(const EncodedPairs& pairs, int64_t bucket_batches)
    : pairs_(pairs), bucket_batches_(bucket_batches) {}

int64_t BucketPlan::batches(int64_t batch_size) const {
  return divided_up(count_of(pairs_), batch_size);
}

PairNumbers BucketPlan::batch(const BatchIndex& index) const {
  const int64_t count = batches(index.batch_size);
  const int64_t epoch = index.step / count, place = index.step % count;
  const int64_t number = place / bucket_batches_, first = number * bucket_batches_;
  const auto pairs =
      bucket({index.seed, static_cast<uint64_t>(index.rank), static_cast<uint64_t>(epoch),
              static_cast<uint64_t>(index.batch_size), static_cast<uint64_t>(number)});
  const Permutation order({kOrderOfBatches, index.seed, static_cast<uint64_t>(index.rank),
                           static_cast<uint64_t>(epoch), static_cast<uint64_t>(number)},
                          std::min(bucket_batches_, count - first));
  const int64_t batch = order.at(place - first);
  return slice(*pairs, batch * index.batch_size, (batch + 1) * index.batch_size);
}

std::shared_ptr<const PairNumbers> BucketPlan::bucket(const Key& key) const {
  constexpr size_t kMost = 4;
  const std::lock_guard lock(mutex_);
  for (const auto& [made_for, pairs] : made_) {
    if (made_for == key) return pairs;
  }
  if (made_.size() == kMost) made_.pop_front();
  return made_.emplace_back(key, std::make_shared<const PairNumbers>(make_bucket(key))).second;
}

PairNumbers BucketPlan::make_bucket(const Key& key) const {
  const auto [seed, rank, epoch, batch_size, number] = key;
  const Permutation order({kOrderOfPairs, seed, rank, epoch}, count_of(pairs_));
  const auto batches_before = static_cast<int64_t>(number) * bucket_batches_;
  const int64_t count =
      std::min(bucket_batches_, batches(static_cast<int64_t>(batch_size)) - batches_before);
  const int64_t begin = batches_before * static_cast<int64_t>(batch_size);
  const int64_t end = std::min(begin + count * static_cast<int64_t>(batch_size), count_of(pairs_));
  PairNumbers bucket;
  for (int64_t at = begin; at < end; ++at) bucket.push_back(static_cast<uint32_t>(order.at(at)));
  sort_by_length(pairs_, bucket);
  return bucket;
}

BudgetPlan::BudgetPlan(const EncodedPairs& pairs, int64_t batch_tokens)
    : pairs_(pairs), order_(all(pairs)), cuts_({0}) {
  std::ranges::stable_sort(order_, {}, [&pairs](uint32_t pair) { return pairs.longest(pair); });
  for (size_t at = 1; at < order_.size(); ++at) {
    const auto count = static_cast<int64_t>(at - cuts_.back()) + 1;
    if (count * pairs.longest(order_[at]) > batch_tokens) cuts_.push_back(at);
  }
  cuts_.push_back(order_.size());
}

int64_t BudgetPlan::batches(int64_t /*batch_size*/) const {
  return static_cast<int64_t>(cuts_.size()) - 1;
}

PairNumbers BudgetPlan::batch(const BatchIndex& index) const {
  const auto rank = static_cast<uint64_t>(index.rank);
  const auto epoch = static_cast<uint64_t>(index.step / batches(0));
  const auto number =
      static_cast<size_t>(Permutation({kOrderOfBatches, index.seed, rank, epoch}, batches(0))
                              .at(index.step % batches(0)));
  const auto length_at = [this](size_t at) { return pairs_.longest(order_[at]); };
  PairNumbers batch;
  for (size_t at = cuts_[number]; at < cuts_[number + 1];) {
    const int64_t length = length_at(at);
    const auto [first, last] = std::ranges::equal_range(
        order_, length, {}, [this](uint32_t pair) { return pairs_.longest(pair); });
    const auto begin = static_cast<size_t>(first - order_.begin());
    const auto end = std::min(static_cast<size_t>(last - order_.begin()), cuts_[number + 1]);
    const Permutation equal({kOrderOfEqual, index.seed, rank, epoch, static_cast<uint64_t>(length)},
                            last - first);
    for (; at < end; ++at) {
      batch.push_back(
          order_[begin + static_cast<size_t>(equal.at(static_cast<int64_t>(at - begin)))]);
    }
  }
  return batch;
}

}  // namespace zoo
