// Which pairs of sentences meet in a batch: those of about the same length, for little padding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "zoo/datasets/dataset.h"
#include "zoo/datasets/parallel_text/encoded_pairs.h"

namespace zoo {

/// Which pairs of a part.
using PairNumbers = std::vector<uint32_t>;

/// The batches of one part of the data, which must outlive the plan and not be empty. What a batch
/// holds is a function of its index alone; called from several threads at once.
class BatchPlan {
 public:
  virtual ~BatchPlan() = default;

  /// In how many batches each pair comes once.
  virtual int64_t batches(int64_t batch_size) const = 0;
  virtual PairNumbers batch(const BatchIndex& index) const = 0;
};

/// All pairs by increasing length of the target, then the source; anew after the last one. The same
/// for every seed and rank.
class SortedPlan final : public BatchPlan {
 public:
  explicit SortedPlan(const EncodedPairs& pairs);
  int64_t batches(int64_t batch_size) const override;
  PairNumbers batch(const BatchIndex& index) const override;

 private:
  PairNumbers order_;
};

/// As Bahdanau, Cho and Bengio (2015), appendix B.2: so many batches at a time are drawn, their
/// pairs sorted by length and split up again, and these batches come in random order. Each epoch
/// and rank has a random order of its own, and its last batches may hold a smaller one.
class BucketPlan final : public BatchPlan {
 public:
  BucketPlan(const EncodedPairs& pairs, int64_t bucket_batches);
  int64_t batches(int64_t batch_size) const override;
  PairNumbers batch(const BatchIndex& index) const override;

 private:
  using Key = std::array<uint64_t, 5>;  // seed, rank, epoch, batch size, bucket

  std::shared_ptr<const PairNumbers> bucket(const Key& key) const;
  PairNumbers make_bucket(const Key& key) const;

  const EncodedPairs& pairs_;
  int64_t bucket_batches_;
  // Neighbouring steps ask for the same bucket, several threads for neighbouring steps.
  mutable std::mutex mutex_;
  mutable std::deque<std::pair<Key, std::shared_ptr<const PairNumbers>>> made_;
};

/// Batches of so many pairs that their number times the longest sentence of either side, its end
/// included, is within a budget: all pairs by increasing length, cut into batches. In each epoch
/// and on each rank, pairs of equal length change places, and the batches come in another order.
/// The batch size of the index has no part in this.
class BudgetPlan final : public BatchPlan {
 public:
  /// The budget holds each of the pairs.
  BudgetPlan(const EncodedPairs& pairs, int64_t batch_tokens);
  int64_t batches(int64_t batch_size) const override;
  PairNumbers batch(const BatchIndex& index) const override;

 private:
  const EncodedPairs& pairs_;
  PairNumbers order_;         // by length
  std::vector<size_t> cuts_;  // where batches begin in it, and the end
};

}  // namespace zoo
