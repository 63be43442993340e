#include "zoo/datasets/instance_pool.h"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "zoo/datasets/checks.h"
#include "zoo/datasets/permutation.h"

namespace zoo {
namespace {

constexpr uint64_t kOrderOfSizes = 0x73697a6573;      // "sizes"
constexpr uint64_t kOrderOfInstances = 0x6974656d73;  // "items"

bool same_example(const PointingExample& a, const PointingExample& b) {
  const auto equal = [](const Point& p, const Point& q) { return p.x == q.x && p.y == q.y; };
  return a.answer == b.answer && std::ranges::equal(a.points, b.points, equal);
}

}  // namespace

InstancePool::InstancePool(std::string dataset, const PointProblem& problem, InstanceKey key,
                           std::filesystem::path folder, int64_t threads)
    : dataset_(std::move(dataset)),
      problem_(problem),
      key_(std::move(key)),
      folder_(std::move(folder)),
      threads_(threads) {
  const auto& plan = key_.plan;
  if (plan.instances < plan.sizes()) {
    throw std::invalid_argument(
        dataset_ + ": instances must be at least " + std::to_string(plan.sizes()) +
        ", one of every number of points, got " + std::to_string(plan.instances));
  }
  if (plan.max_points > kMostStoredPoints) {
    throw std::invalid_argument(dataset_ + ": max_points must be at most " +
                                std::to_string(kMostStoredPoints) + " with instances, got " +
                                std::to_string(plan.max_points));
  }
}

PointingBatch InstancePool::batch(const BatchIndex& index) const {
  check_batch_size(dataset_, index);
  start();
  const auto rank = static_cast<uint64_t>(index.rank);
  const int64_t round = index.step / key_.plan.sizes();
  const Permutation sizes({kOrderOfSizes, index.seed, rank, static_cast<uint64_t>(round)},
                          key_.plan.sizes());
  const int64_t points = key_.plan.min_points + sizes.at(index.step % key_.plan.sizes());
  const int64_t count = key_.plan.count(points);
  std::vector<PointingExample> examples;
  for (int64_t place = round * index.batch_size; place < (round + 1) * index.batch_size;) {
    const int64_t epoch = place / count;
    const Permutation order({kOrderOfInstances, index.seed, rank, static_cast<uint64_t>(points),
                             static_cast<uint64_t>(epoch)},
                            count);
    const int64_t end = std::min((epoch + 1) * count, (round + 1) * index.batch_size);
    for (; place < end; ++place) {
      examples.push_back(instance(points, order.at(place - epoch * count)));
    }
  }
  return encode_points(examples);
}

void InstancePool::finish() const {
  start();
  done_.wait(false);
}

void InstancePool::start() const {
  std::call_once(started_, [this] {
    try {
      worker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
    } catch (const std::system_error&) {
      done_ = true;  // the system has no more threads: every batch solves its own
    }
  });
}

void InstancePool::work(const std::stop_token& stop) const {
  try {
    provide(stop);
  } catch (const std::exception&) {
    // Memory that is not there, say. Batches go on solving their own instances, and what is wrong
    // with one of those is thrown where it is asked for.
  }
  done_ = true;
  done_.notify_all();
}

void InstancePool::provide(const std::stop_token& stop) const {
  instances_ = stored();
  const bool read = instances_.has_value();
  if (!read) instances_ = make_instances(problem_, key_.plan, threads_, stop);
  ready_ = instances_.has_value();
  if (ready_ && !read && !folder_.empty()) {
    write_instances(instance_file(folder_, key_), key_, *instances_);
  }
}

std::optional<InstanceStore> InstancePool::stored() const {
  if (folder_.empty()) return std::nullopt;
  auto instances = read_instances(instance_file(folder_, key_), key_);
  for (int64_t points = key_.plan.min_points; instances && points <= key_.plan.max_points;
       ++points) {
    // A solver that has changed while its key has not.
    if (!same_example(instances->instance(points, 0), draw_instance(problem_, points, 0)))
      return {};
  }
  return instances;
}

PointingExample InstancePool::instance(int64_t points, int64_t number) const {
  return ready_ ? instances_->instance(points, number) : draw_instance(problem_, points, number);
}

}  // namespace zoo
