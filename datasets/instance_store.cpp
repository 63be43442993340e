#include "zoo/datasets/instance_store.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "zoo/datasets/generated_points.h"

namespace zoo {
namespace {

constexpr uint64_t kStoredInstances = 0x696e7374616e6365;  // "instance"
constexpr int64_t kChunk = 64;

/// Neighbouring instances of one number of points, solved by one thread.
struct Chunk {
  int64_t points = 0;
  int64_t first = 0;
  int64_t count = 0;
  std::vector<float> coordinates;
  std::vector<int16_t> answers;
  std::vector<int64_t> steps;  // of each answer
};

std::vector<Chunk> chunks_of(const InstancePlan& plan) {
  std::vector<Chunk> chunks;
  for (int64_t points = plan.min_points; points <= plan.max_points; ++points) {
    const int64_t count = plan.count(points);
    for (int64_t first = 0; first < count; first += kChunk) {
      Chunk& chunk = chunks.emplace_back();
      chunk.points = points;
      chunk.first = first;
      chunk.count = std::min(kChunk, count - first);
    }
  }
  return chunks;
}

void solve_chunk(const PointProblem& problem, Chunk& chunk, const std::stop_token& stop) {
  chunk.coordinates.reserve(static_cast<size_t>(2 * chunk.count * chunk.points));
  for (int64_t i = 0; i < chunk.count && !stop.stop_requested(); ++i) {
    const auto [points, answer] = draw_instance(problem, chunk.points, chunk.first + i);
    for (const auto& [x, y] : points) {
      chunk.coordinates.push_back(static_cast<float>(x));
      chunk.coordinates.push_back(static_cast<float>(y));
    }
    for (const int64_t index : answer) chunk.answers.push_back(static_cast<int16_t>(index));
    chunk.steps.push_back(static_cast<int64_t>(answer.size()));
  }
}

// Threads that take one chunk after the other; the first exception ends them all.
void solve_all(const PointProblem& problem, std::vector<Chunk>& chunks, int64_t threads,
               const std::stop_token& stop) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr error;
  const auto work = [&] {
    try {
      while (!stop.stop_requested()) {
        const size_t mine = next++;
        if (mine >= chunks.size()) return;
        solve_chunk(problem, chunks[mine], stop);
      }
    } catch (...) {
      next = chunks.size();
      const std::scoped_lock lock(mutex);
      if (!error) error = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      while (static_cast<int64_t>(others.size()) + 1 < threads) others.emplace_back(work);
    } catch (const std::system_error&) {
      // The system has no more threads; those begun will do.
    }
    work();
  }
  if (error) std::rethrow_exception(error);
}

// Leaves the chunks empty.
InstanceGroup joined(std::span<Chunk> chunks, int64_t points) {
  int64_t count = 0, steps = 0;
  for (const auto& chunk : chunks) {
    count += chunk.count;
    steps += static_cast<int64_t>(chunk.answers.size());
  }
  InstanceGroup group{.points = torch::empty({count, points, 2}),
                      .answers = torch::empty(steps, torch::kShort),
                      .begins = torch::empty(count + 1, torch::kLong)};
  auto* coordinates = group.points.mutable_data_ptr<float>();
  auto* answers = group.answers.mutable_data_ptr<int16_t>();
  auto* begins = group.begins.mutable_data_ptr<int64_t>();
  *begins = 0;
  for (auto& chunk : chunks) {
    coordinates = std::ranges::copy(chunk.coordinates, coordinates).out;
    answers = std::ranges::copy(chunk.answers, answers).out;
    for (const int64_t each : chunk.steps) {
      begins[1] = begins[0] + each;
      ++begins;
    }
    chunk = {};
  }
  return group;
}

bool group_fits(const InstanceGroup& group, int64_t points, int64_t count) {
  const auto is = [](const torch::Tensor& tensor, torch::ScalarType dtype, int64_t dimensions) {
    return tensor.scalar_type() == dtype && tensor.dim() == dimensions && tensor.is_contiguous();
  };
  if (!is(group.points, torch::kFloat, 3) || !is(group.answers, torch::kShort, 1) ||
      !is(group.begins, torch::kLong, 1) || group.begins.numel() != count + 1 ||
      group.points.sizes() != torch::IntArrayRef({count, points, 2})) {
    return false;
  }
  const std::span begins(group.begins.const_data_ptr<int64_t>(), static_cast<size_t>(count) + 1);
  const std::span answers(group.answers.const_data_ptr<int16_t>(),
                          static_cast<size_t>(group.answers.numel()));
  return begins.front() == 0 && begins.back() == group.answers.numel() &&
         std::ranges::is_sorted(begins) && std::ranges::all_of(answers, [points](int16_t index) {
           return index >= 0 && index < points;
         });
}

}  // namespace

int64_t InstancePlan::count(int64_t points) const {
  return instances / sizes() + (points - min_points < instances % sizes() ? 1 : 0);
}

PointingExample draw_instance(const PointProblem& problem, int64_t points, int64_t number) {
  // Three keys: other streams than those of batches, which have four.
  Random random({kStoredInstances, static_cast<uint64_t>(points), static_cast<uint64_t>(number)});
  return draw_example(problem, points, random);
}

InstanceStore::InstanceStore(const InstancePlan& plan, std::vector<InstanceGroup> groups)
    : plan_(plan), groups_(std::move(groups)) {}

PointingExample InstanceStore::instance(int64_t points, int64_t number) const {
  const auto& group = groups_[static_cast<size_t>(points - plan_.min_points)];
  const auto* coordinates = group.points.const_data_ptr<float>() + number * points * 2;
  const auto* begins = group.begins.const_data_ptr<int64_t>() + number;
  const auto* answers = group.answers.const_data_ptr<int16_t>();
  PointingExample example;
  for (int64_t i = 0; i < points; ++i) {
    example.points.push_back({coordinates[2 * i], coordinates[2 * i + 1]});
  }
  example.answer.assign(answers + begins[0], answers + begins[1]);
  return example;
}

bool fits(const InstancePlan& plan, const std::vector<InstanceGroup>& groups) {
  if (static_cast<int64_t>(groups.size()) != plan.sizes()) return false;
  for (size_t i = 0; i < groups.size(); ++i) {
    const int64_t points = plan.min_points + static_cast<int64_t>(i);
    if (!group_fits(groups[i], points, plan.count(points))) return false;
  }
  return true;
}

std::optional<InstanceStore> make_instances(const PointProblem& problem, const InstancePlan& plan,
                                            int64_t threads, const std::stop_token& stop) {
  if (plan.max_points > kMostStoredPoints) {
    throw std::invalid_argument("instances of at most " + std::to_string(kMostStoredPoints) +
                                " points can be kept, got " + std::to_string(plan.max_points));
  }
  auto chunks = chunks_of(plan);
  solve_all(problem, chunks, threads, stop);
  if (stop.stop_requested()) return std::nullopt;
  std::vector<InstanceGroup> groups;
  const std::span all(chunks);
  for (size_t begin = 0; begin < all.size();) {
    size_t end = begin;
    while (end < all.size() && all[end].points == all[begin].points) ++end;
    groups.push_back(joined(all.subspan(begin, end - begin), all[begin].points));
    begin = end;
  }
  return InstanceStore(plan, std::move(groups));
}

}  // namespace zoo
