// Batches of a fixed set of instances, which are solved once and for all.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "zoo/datasets/instance_cache.h"
#include "zoo/datasets/instance_store.h"
#include "zoo/datasets/pointing.h"

namespace zoo {

/// Training data of a fixed size for problems that take long to solve.
///
/// Instances are pure functions of their numbers (`draw_instance`), so nobody waits for the others:
/// the first batch that is asked for starts threads that solve all instances, keep them in memory
/// and leave them in a file, and until they are done, a batch solves its own. A file of before is
/// read instead. Where none can be written, the instances are in memory only.
///
/// Batches hold instances of one number of points, so that none is padded. Every run of
/// `plan.sizes()` batches has each number of points once, in random order. Of each number of
/// points, all instances come once, in random order, before any comes again, in another order; a
/// batch may hold the last of one such round and the first of the next. Seeds have orders of their
/// own of the same instances, and so has each process of a data-parallel run.
class InstancePool {
 public:
  /// dataset  the name for messages
  /// problem  must outlive the pool
  /// folder   of the file; empty: memory only
  /// threads  that solve, at least 1
  /// Throws `std::invalid_argument` if the plan lacks an instance of some number of points, or if
  /// max_points is larger than `kMostStoredPoints`.
  InstancePool(std::string dataset, const PointProblem& problem, InstanceKey key,
               std::filesystem::path folder = cache_folder(),
               int64_t threads = std::max(1U, std::thread::hardware_concurrency()));
  InstancePool(const InstancePool&) = delete;
  InstancePool& operator=(const InstancePool&) = delete;

  /// Called from several threads at once. The split is no matter. Throws `std::invalid_argument` if
  /// the batch size is below 1.
  PointingBatch batch(const BatchIndex& index) const;

  /// Returns when all instances are solved or read and the file is written, if it can be; starts
  /// that if no batch has.
  void finish() const;

 private:
  void start() const;
  void work(const std::stop_token& stop) const;
  void provide(const std::stop_token& stop) const;
  std::optional<InstanceStore> stored() const;
  PointingExample instance(int64_t points, int64_t number) const;

  const std::string dataset_;
  const PointProblem& problem_;
  const InstanceKey key_;
  const std::filesystem::path folder_;
  const int64_t threads_;

  mutable std::optional<InstanceStore> instances_;
  mutable std::atomic<bool> ready_ = false;  // instances_ is there and stays as it is
  mutable std::atomic<bool> done_ = false;   // there is nothing more to wait for
  mutable std::once_flag started_;
  mutable std::jthread worker_;  // last, so that it ends before what it works on
};

}  // namespace zoo
