#include "zoo/datasets/loader.h"

#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace zoo::detail {
namespace {

size_t checked_capacity(int64_t threads, int64_t capacity) {
  if (threads < 0) {
    throw std::invalid_argument("Loader: threads must be at least 0, got " +
                                std::to_string(threads));
  }
  if (capacity < 1) {
    throw std::invalid_argument("Loader: capacity must be at least 1, got " +
                                std::to_string(capacity));
  }
  return static_cast<size_t>(capacity);
}

}  // namespace

Prefetcher::Prefetcher(Make make, int64_t first_step, int64_t threads, int64_t capacity)
    : make_(std::move(make)), first_step_(first_step), slots_(checked_capacity(threads, capacity)) {
  try {
    for (int64_t i = 0; i < threads; ++i) threads_.emplace_back(&Prefetcher::work, this);
  } catch (...) {  // the system has no more threads; those begun must not outlive this object
    stop();
    throw;
  }
}

Prefetcher::~Prefetcher() { stop(); }

std::shared_ptr<void> Prefetcher::next() {
  const auto start = std::chrono::steady_clock::now();
  Slot result = take_slot();
  seconds_waited_ +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (result.error) std::rethrow_exception(std::move(result.error));
  return std::move(result.batch);
}

Prefetcher::Slot Prefetcher::take_slot() {
  if (threads_.empty()) return make_slot(given_++);
  std::unique_lock lock(mutex_);
  Slot& wanted = slot(given_);
  ready_.wait(lock, [&wanted] { return wanted.ready; });
  ++given_;
  room_.notify_one();
  return std::exchange(wanted, Slot());
}

void Prefetcher::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    room_.wait(lock, [this] {
      return stopping_ || begun_ - given_ < static_cast<int64_t>(slots_.size());
    });
    if (stopping_) return;
    const int64_t number = begun_++;
    lock.unlock();
    Slot made = make_slot(number);
    lock.lock();
    slot(number) = std::move(made);
    if (number == given_) ready_.notify_one();
  }
}

Prefetcher::Slot Prefetcher::make_slot(int64_t number) const {
  // The same on every thread: no gradients, and no inference mode of the caller either, for its
  // tensors could not be saved for the backward pass.
  const c10::InferenceMode no_inference(false);
  const c10::NoGradGuard no_gradients;
  Slot made{.ready = true, .batch = nullptr, .error = nullptr};
  try {
    made.batch = make_(first_step_ + number);
  } catch (...) {
    made.error = std::current_exception();
  }
  return made;
}

Prefetcher::Slot& Prefetcher::slot(int64_t number) {
  return slots_[static_cast<size_t>(number) % slots_.size()];
}

void Prefetcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  for (auto& thread : threads_) thread.join();
}

}  // namespace zoo::detail
