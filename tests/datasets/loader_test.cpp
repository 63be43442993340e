#include "zoo/datasets/loader.h"

#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "zoo/datasets/copy/copy.h"
#include "zoo/datasets/random.h"

namespace zoo {
namespace {

void sleep_ms(int64_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Whether `condition` comes true; gives up after ten seconds so that no failure hangs.
template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 10000 && !condition(); ++i) sleep_ms(1);
  return condition();
}

TEST(Loader, GivesStepsInOrderWhateverThreadMadeThem) {
  for (const int64_t threads : {0, 1, 2, 8}) {
    for (const int64_t capacity : {1, 2, 3, 16}) {
      Loader<int64_t> loader(
          [](int64_t step) {
            std::this_thread::sleep_for(
                std::chrono::microseconds(Random({static_cast<uint64_t>(step)}).integer(0, 300)));
            return step * 10;
          },
          1000, threads, capacity);
      for (int64_t step = 1000; step < 1100; ++step) {
        ASSERT_EQ(loader.next(), step * 10) << threads << " threads, capacity " << capacity;
      }
    }
  }
}

TEST(Loader, MakesEveryStepOnceAndNoneTooEarly) {
  constexpr int64_t kCapacity = 5;
  std::atomic<int64_t> given = 0;
  std::atomic<int64_t> furthest_ahead = 0;
  std::mutex mutex;
  std::multiset<int64_t> made;
  {
    Loader<int64_t> loader(
        [&](int64_t step) {
          const std::lock_guard lock(mutex);
          furthest_ahead = std::max<int64_t>(furthest_ahead, step - given);
          made.insert(step);
          return step;
        },
        0, 4, kCapacity);
    for (; given < 200; ++given) {
      ASSERT_EQ(loader.next(), given);
      if (given == 100) {
        ASSERT_TRUE(eventually([&] { return furthest_ahead >= kCapacity - 1; }));
      }
    }
  }
  for (int64_t step = 0; step < 200; ++step) EXPECT_EQ(made.count(step), 1U) << step;
  EXPECT_LE(made.size(), 200U + kCapacity);
  // One more than the capacity less one: a thread may begin between next() and the count of it.
  EXPECT_LE(furthest_ahead, kCapacity);
}

TEST(Loader, WorksAheadOnSeveralThreadsAtOnce) {
  std::atomic<int> inside = 0;
  Loader<bool> loader(
      [&](int64_t) {
        ++inside;
        return eventually([&] { return inside >= 3; });
      },
      0, 3, 3);
  EXPECT_TRUE(loader.next());
}

TEST(Loader, ExceptionsComeWithTheStepTheyBelongTo) {
  for (const int64_t threads : {0, 1, 4}) {
    Loader<int64_t> loader(
        [](int64_t step) {
          if (step % 7 == 3) throw std::runtime_error("step " + std::to_string(step));
          sleep_ms(step % 7 == 2 ? 3 : 0);  // the failure is known before the step ahead of it
          return step;
        },
        0, threads, 4);
    for (int64_t step = 0; step < 30; ++step) {
      if (step % 7 == 3) {
        try {
          loader.next();
          FAIL() << "step " << step << " with " << threads << " threads";
        } catch (const std::runtime_error& error) {
          EXPECT_EQ(error.what(), "step " + std::to_string(step));
        }
      } else {
        ASSERT_EQ(loader.next(), step) << threads << " threads";
      }
    }
  }
}

TEST(Loader, IsDestroyedAtAnyMoment) {
  for (int64_t round = 0; round < 100; ++round) {
    std::atomic<int> inside = 0;
    {
      Loader<int64_t> loader(
          [&](int64_t step) {
            ++inside;
            std::this_thread::sleep_for(std::chrono::microseconds(100));
            --inside;
            if (step == 2) throw std::runtime_error("nobody will hear of this");
            return step;
          },
          0, 1 + round % 4, 1 + round % 3);
      for (int64_t step = 0; step < round % 3; ++step) ASSERT_EQ(loader.next(), step);
      if (round % 5 == 0) sleep_ms(1);  // all threads wait for room
    }
    EXPECT_EQ(inside, 0);  // nothing runs on
  }
}

TEST(Loader, DestructionWaitsForTheBatchBeingMade) {
  std::atomic<bool> begun = false;
  std::atomic<bool> finished = false;
  {
    Loader<int> loader(
        [&](int64_t) {
          begun = true;
          sleep_ms(20);
          finished = true;
          return 1;
        },
        0, 1, 1);
    EXPECT_TRUE(eventually([&] { return begun.load(); }));
  }
  EXPECT_TRUE(finished);
}

TEST(Loader, DropsNothingOfWhatItMade) {
  const auto token = std::make_shared<int>(1);
  {
    Loader<std::shared_ptr<int>> loader([&token](int64_t) { return token; }, 0, 2, 4);
    for (int i = 0; i < 10; ++i) loader.next();
    sleep_ms(2);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Loader, BatchesNeedNoDefaultAndNoCopy) {
  struct Parcel {
    explicit Parcel(int64_t step) : content(std::make_unique<int64_t>(step)) {}
    std::unique_ptr<int64_t> content;
  };
  Loader<Parcel> loader([](int64_t step) { return Parcel(step); }, 5, 2, 2);
  EXPECT_EQ(*loader.next().content, 5);
  EXPECT_EQ(*loader.next().content, 6);
}

TEST(Loader, WithoutThreadsWorksOnTheCallersThreadAndNotAhead) {
  int64_t made = 0;
  std::thread::id worker;
  Loader<int64_t> loader(
      [&](int64_t step) {
        ++made;
        worker = std::this_thread::get_id();
        return step;
      },
      3, 0, 8);
  EXPECT_EQ(made, 0);
  EXPECT_EQ(loader.next(), 3);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(worker, std::this_thread::get_id());
}

TEST(Loader, CountsTheTimeSpentWaiting) {
  std::atomic<int64_t> made = 0;
  const auto make = [&made](int64_t step) {
    sleep_ms(10);
    ++made;
    return step;
  };
  Loader<int64_t> alone(make, 0, 0, 1);
  EXPECT_EQ(alone.seconds_waited(), 0);
  for (int i = 0; i < 5; ++i) alone.next();
  EXPECT_GE(alone.seconds_waited(), 0.05);

  Loader<int64_t> late(make, 0, 1, 1);
  for (int i = 0; i < 20; ++i) late.next();
  EXPECT_GE(late.seconds_waited(), 0.05);  // 0.2 unless this thread is kept from running

  made = 0;
  Loader<int64_t> ahead(make, 0, 1, 8);
  ASSERT_TRUE(eventually([&] { return made >= 8; }));
  for (int i = 0; i < 7; ++i) ahead.next();
  EXPECT_LT(ahead.seconds_waited(), 0.05);  // 0.07 if they had been made only now
}

// Otherwise how a batch behaves would depend on the number of threads and on who asks.
TEST(Loader, TensorsRecordNoGradientsAndMayBeSavedForThem) {
  const auto weight = torch::ones({2}, torch::kFloat32).requires_grad_();
  for (const int64_t threads : {0, 2}) {
    Loader<torch::Tensor> loader([&weight](int64_t) { return weight * 2; }, 0, threads, 2);
    torch::Tensor batch;
    {
      const c10::InferenceMode inference;
      batch = loader.next();
      EXPECT_TRUE(c10::InferenceMode::is_enabled());
    }
    EXPECT_TRUE(c10::GradMode::is_enabled());
    EXPECT_FALSE(batch.requires_grad());
    EXPECT_FALSE(batch.is_inference());
    const auto loss = (weight * batch).sum();
    loss.backward();
    EXPECT_TRUE(torch::equal(weight.grad(), torch::full({2}, 2.0F)));
    weight.mutable_grad().reset();
  }
}

TEST(Loader, GivesTheBatchesOfADataset) {
  const Copy copy;
  for (const int64_t threads : {0, 1, 3}) {
    Loader<TransductionBatch> loader(
        [&copy](int64_t step) { return copy.batch({.seed = 4, .step = step, .batch_size = 2}); },
        10, threads, 4);
    for (int64_t step = 10; step < 60; ++step) {
      const auto expected = copy.batch({.seed = 4, .step = step, .batch_size = 2});
      const auto batch = loader.next();
      EXPECT_TRUE(torch::equal(batch.inputs, expected.inputs));
      EXPECT_TRUE(torch::equal(batch.targets, expected.targets));
      EXPECT_TRUE(torch::equal(batch.mask, expected.mask));
    }
  }
}

TEST(Loader, RefusesImpossibleSizes) {
  const auto make = [](int64_t step) { return step; };
  EXPECT_THROW(Loader<int64_t>(make, 0, -1, 1), std::invalid_argument);
  EXPECT_THROW(Loader<int64_t>(make, 0, 1, 0), std::invalid_argument);
}

}  // namespace
}  // namespace zoo
