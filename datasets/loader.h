// Makes batches ahead of time on other threads and hands them out in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace zoo {

namespace detail {

/// The part of `Loader` that is the same for every kind of batch.
class Prefetcher {
 public:
  using Make = std::function<std::shared_ptr<void>(int64_t step)>;

  Prefetcher(Make make, int64_t first_step, int64_t threads, int64_t capacity);
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  std::shared_ptr<void> next();
  double seconds_waited() const { return seconds_waited_; }

 private:
  /// What a thread leaves for `next`: a batch or the reason why there is none.
  struct Slot {
    bool ready = false;
    std::shared_ptr<void> batch;
    std::exception_ptr error;
  };

  void work();
  Slot make_slot(int64_t number) const;
  Slot take_slot();
  Slot& slot(int64_t number);
  void stop();

  const Make make_;
  const int64_t first_step_;
  double seconds_waited_ = 0;

  std::mutex mutex_;               // of all that follows but threads_
  std::condition_variable ready_;  // the batch that is wanted next is there
  std::condition_variable room_;   // another batch may be begun, or it is time to stop
  std::vector<Slot> slots_;        // batch n stands in slot n modulo their count
  int64_t begun_ = 0;              // batches that a thread has taken on
  int64_t given_ = 0;              // batches that `next` has given
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace detail

/// Calls `make` for the steps first_step, first_step + 1, ... on `threads` threads, at most
/// `capacity` batches ahead, and gives the batches in the order of the steps, whichever thread made
/// them. Since a batch depends on its step alone, the number of threads changes no result.
///
///     zoo::Loader<zoo::TransductionBatch> loader(
///         [&](int64_t step) { return copy.batch({.step = step}); }, 0, 2, 8);
///     const auto batch = loader.next();
///
/// Destruction waits for the batches that are being made and drops them.
template <class Batch>
class Loader {
 public:
  /// make      called from several threads at once, recording no gradients
  /// threads   0: each batch is made in `next`, on the thread that wants it
  /// capacity  batches that are ready or being made, at least 1
  /// Throws `std::invalid_argument` if threads or capacity is too small.
  Loader(std::function<Batch(int64_t step)> make, int64_t first_step, int64_t threads,
         int64_t capacity)
      : prefetcher_(
            [make = std::move(make)](int64_t step) { return std::make_shared<Batch>(make(step)); },
            first_step, threads, capacity) {}

  /// The batch of the next step. If making it threw, throws the same; the call after that goes on
  /// with the step after. To be called from one thread.
  Batch next() { return std::move(*static_cast<Batch*>(prefetcher_.next().get())); }

  /// Time that `next` has kept its callers waiting; close to 0 if the threads keep up.
  double seconds_waited() const { return prefetcher_.seconds_waited(); }

 private:
  detail::Prefetcher prefetcher_;
};

}  // namespace zoo
