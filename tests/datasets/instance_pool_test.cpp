#include "zoo/datasets/instance_pool.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <chrono>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/message_of.h"
#include "support/pointing.h"
#include "support/temporary_folder.h"

namespace zoo {
namespace {

InstanceKey key_of(int64_t instances, int64_t min_points, int64_t max_points) {
  return {.dataset = "halves", .solver = "1", .plan = {instances, min_points, max_points}};
}

/// A pool of its own, in memory unless there is a folder.
struct Pool {
  explicit Pool(const InstanceKey& key, const std::filesystem::path& folder = {},
                int64_t threads = 2)
      : pool("Halves", problem, key, folder, threads) {}
  RightHalf problem;
  InstancePool pool;
};

// The first coordinate stands for the instance.
std::vector<float> instances_of(const PointingBatch& batch) {
  std::vector<float> instances;
  for (int64_t i = 0; i < batch.points.size(0); ++i) {
    instances.push_back(batch.points[i][0][0].item<float>());
  }
  return instances;
}

TEST(InstancePool, BatchesAreTheSameBeforeAndAfterItIsDone) {
  const auto key = key_of(30000, 4, 9);
  const Pool early(key), late(key);
  late.pool.finish();
  for (int64_t step = 0; step < 40; ++step) {
    const BatchIndex index = {.seed = 5, .step = step, .batch_size = 16};
    EXPECT_TRUE(same(early.pool.batch(index), late.pool.batch(index)));
  }
}

TEST(InstancePool, SolvesNothingTwiceOnceItIsDone) {
  const Pool pool(key_of(500, 4, 6));
  pool.pool.finish();
  const int64_t asked = pool.problem.asked;
  EXPECT_GE(asked, 500);
  for (int64_t step = 0; step < 20; ++step) pool.pool.batch({.step = step, .batch_size = 8});
  EXPECT_EQ(pool.problem.asked, asked);
}

TEST(InstancePool, EveryInstanceComesOncePerRound) {
  const Pool pool(key_of(3 * 35 + 1, 4, 6));  // 36 of 4 points, 35 of 5, 35 of 6
  std::map<int64_t, std::vector<float>> seen;
  for (int64_t step = 0; step < 3 * 36; ++step) {
    const auto batch = pool.pool.batch({.step = step, .batch_size = 7});
    EXPECT_TRUE((batch.lengths == batch.points.size(1)).all().item<bool>());
    for (const float instance : instances_of(batch)) seen[batch.points.size(1)].push_back(instance);
  }
  std::set<float> all;
  for (auto& [points, instances] : seen) {
    const auto count = static_cast<int64_t>(points == 4 ? 36 : 35);
    std::vector<std::vector<float>> rounds;
    for (auto begin = instances.begin(); instances.end() - begin >= count; begin += count) {
      const std::set<float> round(begin, begin + count);
      EXPECT_EQ(static_cast<int64_t>(round.size()), count) << points << " points";
      rounds.emplace_back(begin, begin + count);
      all.insert(round.begin(), round.end());
    }
    ASSERT_GE(rounds.size(), 7U);
    EXPECT_NE(rounds[0], rounds[1]);
    EXPECT_NE(rounds[1], rounds[2]);
  }
  EXPECT_EQ(all.size(), 106U);
}

TEST(InstancePool, EveryNumberOfPointsComesEquallyOften) {
  const Pool pool(key_of(100, 3, 12));
  std::set<std::vector<int64_t>> orders;
  for (int64_t round = 0; round < 20; ++round) {
    std::vector<int64_t> order;
    for (int64_t step = round * 10; step < round * 10 + 10; ++step) {
      order.push_back(pool.pool.batch({.step = step}).points.size(1));
    }
    EXPECT_EQ(std::set(order.begin(), order.end()).size(), 10U);
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 20U);
}

TEST(InstancePool, SeedsAndProcessesHaveOrdersOfTheirOwn) {
  const Pool pool(key_of(64, 5, 5));
  const auto whole = [&](uint64_t seed, int64_t rank) {
    return instances_of(pool.pool.batch({.seed = seed, .batch_size = 64, .rank = rank}));
  };
  const auto order = whole(1, 0);
  EXPECT_EQ(order, whole(1, 0));
  for (const auto& other : {whole(2, 0), whole(1, 1)}) {
    EXPECT_NE(order, other);
    EXPECT_EQ(std::set(order.begin(), order.end()), std::set(other.begin(), other.end()));
  }
}

TEST(InstancePool, TakesBatchesLargerThanAllInstances) {
  const Pool pool(key_of(3, 5, 5));
  const auto instances = instances_of(pool.pool.batch({.batch_size = 10}));
  EXPECT_EQ(instances.size(), 10U);
  EXPECT_EQ(std::set(instances.begin(), instances.end()).size(), 3U);
}

TEST(InstancePool, ManyThreadsMayAskAtOnce) {
  const Pool pool(key_of(2000, 4, 6)), alone(key_of(2000, 4, 6));
  alone.pool.finish();
  std::vector<std::vector<PointingBatch>> batches(8);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : batches) {
      threads.emplace_back([&] {
        for (int64_t step = 0; step < 50; ++step)
          mine.push_back(pool.pool.batch({.step = step, .batch_size = 4}));
      });
    }
  }
  for (const auto& mine : batches) {
    for (size_t step = 0; step < mine.size(); ++step) {
      EXPECT_TRUE(same(mine[step],
                       alone.pool.batch({.step = static_cast<int64_t>(step), .batch_size = 4})));
    }
  }
}

TEST(InstancePool, ReadsWhatAnotherHasWritten) {
  const TemporaryFolder folder;
  const auto key = key_of(300, 4, 6);
  const Pool writer(key, folder.path());
  writer.pool.finish();
  ASSERT_TRUE(std::filesystem::exists(instance_file(folder.path(), key)));
  const Pool reader(key, folder.path());
  reader.pool.finish();
  EXPECT_LT(reader.problem.asked, 20);  // one instance of each number of points, as a check
  for (int64_t step = 0; step < 30; ++step) {
    const BatchIndex index = {.step = step, .batch_size = 10};
    EXPECT_TRUE(same(reader.pool.batch(index), writer.pool.batch(index)));
  }
}

TEST(InstancePool, MakesADamagedFileAnew) {
  const TemporaryFolder folder;
  const auto key = key_of(300, 4, 6);
  const auto file = instance_file(folder.path(), key);
  Pool(key, folder.path()).pool.finish();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  ASSERT_FALSE(read_instances(file, key));
  const Pool again(key, folder.path());
  again.pool.finish();
  EXPECT_GE(again.problem.asked, 300);
  EXPECT_TRUE(read_instances(file, key));
}

TEST(InstancePool, NoticesThatTheSolverHasChanged) {
  const TemporaryFolder folder;
  const auto key = key_of(300, 8, 8);
  Pool(key, folder.path()).pool.finish();
  Pool other(key, folder.path());
  other.problem.reversed = true;
  other.pool.finish();
  EXPECT_GE(other.problem.asked, 300);
  Pool third(key, folder.path());
  third.problem.reversed = true;
  third.pool.finish();
  EXPECT_LT(third.problem.asked, 20);
}

TEST(InstancePool, DoesWithoutAFolderThatItCannotWrite) {
  const TemporaryFolder folder;
  const auto key = key_of(50, 5, 5);
  const Pool inside_a_file(key, "/dev/null/cache"), nowhere(key);
  inside_a_file.pool.finish();
  EXPECT_TRUE(
      same(inside_a_file.pool.batch({.batch_size = 9}), nowhere.pool.batch({.batch_size = 9})));
  const int64_t asked = inside_a_file.problem.asked;
  inside_a_file.pool.batch({.step = 1, .batch_size = 9});
  EXPECT_EQ(inside_a_file.problem.asked, asked);
}

TEST(InstancePool, SeveralAtOnceDoNotDisturbEachOther) {
  const TemporaryFolder folder;
  const auto key = key_of(400, 4, 6);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] { Pool(key, folder.path()).pool.finish(); });
    }
  }
  EXPECT_TRUE(read_instances(instance_file(folder.path(), key), key));
  const std::filesystem::directory_iterator files(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

// Who asks for a batch sees what is wrong; the threads of the pool keep it to themselves.
TEST(InstancePool, ASolverThatFailsIsSeenWhereItIsAsked) {
  struct Failing final : PointProblem {
    Answer solve(const Points&) const override { throw std::runtime_error("no memory"); }
    std::string_view name() const override { return "failing"; }
    int64_t fewest_points() const override { return 1; }
    int64_t most_steps(int64_t points) const override { return points + 1; }
    Judgement judge(const Points&, const Answer&, const Answer&) const override { return {}; }
    std::vector<std::pair<std::string, double>> summary(std::span<const Judgement>) const override {
      return {};
    }
    void allow(std::span<const int64_t>, std::span<bool>) const override {}
    nlohmann::ordered_json describe(const Points&, const Answer&) const override { return {}; }
    std::vector<Outline> outlines(const Answer&) const override { return {}; }
  } problem;
  const InstancePool pool("Halves", problem, key_of(50, 5, 5), {}, 4);
  pool.finish();
  EXPECT_EQ(message_of<std::runtime_error>([&] { pool.batch({}); }), "no memory");
}

TEST(InstancePool, LeavesWithoutSolvingTheRest) {
  const auto start = std::chrono::steady_clock::now();
  const Pool pool(key_of(20000000, 100, 100));
  pool.pool.batch({.batch_size = 2});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(InstancePool, SaysWhatIsWrong) {
  const auto message = [](int64_t instances, int64_t min_points, int64_t max_points) {
    return message_of<std::invalid_argument>(
        [&] { Pool(key_of(instances, min_points, max_points)); });
  };
  EXPECT_EQ(message(3, 5, 8),
            "Halves: instances must be at least 4, one of every number of points, got 3");
  EXPECT_EQ(message(9, 40000, 40000),
            "Halves: max_points must be at most 32768 with instances, got 40000");
  const Pool pool(key_of(9, 5, 5));
  EXPECT_EQ(message_of<std::invalid_argument>([&] { pool.pool.batch({.batch_size = 0}); }),
            "Halves: batch_size must be at least 1, got 0");
}

}  // namespace
}  // namespace zoo
