// The mean of the last checkpoints.
#include "zoo/trainers/trained_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <stdexcept>

#include "support/message_of.h"
#include "support/temporary_folder.h"
#include "support/toy_run.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using Steps = std::vector<int64_t>;

Steps steps_of(int64_t steps, int64_t every, int64_t count) {
  return averaged_steps({.steps = steps, .checkpoint_every = every, .average_checkpoints = count});
}

TEST(AveragedSteps, AreTheLastOneAndTheOnesBefore) {
  EXPECT_EQ(steps_of(100, 10, 3), (Steps{80, 90, 100}));
  EXPECT_EQ(steps_of(23, 7, 3), (Steps{14, 21, 23})) << "the last step always has one";
  EXPECT_EQ(steps_of(23, 7, 5), (Steps{7, 14, 21, 23})) << "not those that nothing has learned";
  EXPECT_EQ(steps_of(5, 10, 4), (Steps{5}));
  EXPECT_EQ(steps_of(3, 1, 2), (Steps{2, 3}));
  EXPECT_EQ(steps_of(100, 10, 0), Steps());
  EXPECT_EQ(steps_of(100, 10, 1), Steps());
}

class MeanOfWeights : public testing::Test {
 protected:
  void save(int64_t step, std::vector<float> values, double precise, int64_t count) {
    store_.save({.step = step},
                {{"model/w", torch::tensor(values)},
                 {"model/precise", torch::tensor(precise, torch::kDouble)},
                 {"model/count", torch::tensor(count, torch::kLong)},
                 {"optimizer/mean/w", torch::zeros({2})}},
                100);
  }

  TemporaryFolder temporary_;
  CheckpointStore store_{temporary_.path() / "checkpoints", "toy"};
};

TEST_F(MeanOfWeights, ByHand) {
  save(10, {1, -2}, 0.5, 10);
  save(20, {2, 4}, 0.25, 20);
  save(30, {6, 7}, 0.75, 30);
  const auto mean = mean_of_weights(store_, {10, 20, 30});
  ASSERT_EQ(mean.tensors.size(), 3u) << "weights only";
  EXPECT_TRUE(torch::equal(*mean.find("w"), torch::tensor({3.0f, 3.0f})));
  EXPECT_TRUE(torch::equal(*mean.find("precise"), torch::tensor(0.5, torch::kDouble)));
  EXPECT_TRUE(torch::equal(*mean.find("count"), torch::tensor(30, torch::kLong)))
      << "what counts is that of the last";
  const auto two = mean_of_weights(store_, {10, 20});
  EXPECT_TRUE(torch::equal(*two.find("w"), torch::tensor({1.5f, 1.0f})));
}

TEST_F(MeanOfWeights, IsSummedInDoublePrecision) {
  // In single precision 1 swallows each of the small ones.
  const float small = std::ldexp(1.0f, -24);
  save(1, {1, 1}, 0, 0);
  for (const int64_t step : {2, 3, 4}) save(step, {small, 0}, 0, 0);
  const auto mean = *mean_of_weights(store_, {1, 2, 3, 4}).find("w");
  EXPECT_EQ(mean[0].item<float>(), 0.25f + 2 * std::ldexp(1.0f, -25));
  EXPECT_EQ(mean[1].item<float>(), 0.25f);
}

TEST_F(MeanOfWeights, SaysWhatToDoWithoutOneOfThem) {
  save(10, {1, 2}, 0, 0);
  save(20, {1, 2}, 0, 0);
  const auto file = checkpoint_of(temporary_.path(), 10) / "state.safetensors";
  truncate_file(file, 9);
  const auto message = message_of<StorageError>([&] { mean_of_weights(store_, {10, 20}); });
  EXPECT_TRUE(message.starts_with(file.string() + ": ")) << message;
  EXPECT_TRUE(
      message.ends_with("; it is one of those that are averaged: remove the checkpoints of "
                        "this and of all later steps, and the run goes on from the one "
                        "before"))
      << message;
}

/// Checkpoints after 7, 14, 21 and 23 steps, others where an evaluation was the best or it stopped.
ToyOptions averaging(int64_t count) {
  ToyOptions options;
  options.trainer.average_checkpoints = count;
  options.trainer.keep_checkpoints = 1;
  return options;
}

TEST(TrainerAverage, TheWeightsAtTheEndAreTheMean) {
  const TemporaryFolder temporary;
  Recorder recorder;
  const auto session = train_toy(averaging(3), temporary.path(), recorder);
  EXPECT_EQ(session.result.end, TrainingEnd::kFinished);
  const auto alone = make_toy_task({});
  std::vector<torch::Tensor> sums;
  for (int64_t step = 0; step < 23; ++step) {
    alone->train_step(step);
    if (step + 1 != 14 && step + 1 != 21 && step + 1 != 23) continue;
    const auto weights = alone->weights();
    sums.resize(weights.size());
    for (size_t i = 0; i < sums.size(); ++i) {
      const auto value = weights[i].second.detach().to(torch::kDouble);
      sums[i] = sums[i].defined() ? sums[i] + value : value.clone();
    }
  }
  const auto weights = session.task->weights(), last = alone->weights();
  for (size_t i = 0; i < sums.size(); ++i) {
    const auto& [name, tensor] = weights[i];
    const bool counts = !tensor.is_floating_point();
    const auto expected = counts ? last[i].second : (sums[i] / 3).to(tensor.scalar_type());
    EXPECT_EQ(bytes_of(tensor), bytes_of(expected)) << name;
    EXPECT_EQ(bytes_of(tensor) == bytes_of(last[i].second), counts) << name;
  }
}

TEST(TrainerAverage, TrainingItselfIsThatOfTheRawWeights) {
  const TemporaryFolder temporary;
  Recorder one, other;
  ToyOptions plain;
  plain.trainer.keep_checkpoints = 1;
  train_toy(averaging(3), temporary.path() / "averaged", one);
  train_toy(plain, temporary.path() / "plain", other);
  EXPECT_EQ(log_of(temporary.path() / "averaged"), log_of(temporary.path() / "plain"));
  const auto state = [&](const std::string& name) {
    return read_file(checkpoint_of(temporary.path() / name, 23) / "state.safetensors");
  };
  EXPECT_EQ(state("averaged"), state("plain"));
}

TEST(TrainerAverage, KeepsTheCheckpointsItNeeds) {
  const TemporaryFolder temporary;
  Recorder recorder;
  const auto best = train_toy(averaging(3), temporary.path(), recorder).result.state.best_step;
  std::set<int64_t> expected = {14, 21, 23, best}, found;
  for (int64_t step = 0; step <= 23; ++step) {
    if (fs::exists(checkpoint_of(temporary.path(), step))) found.insert(step);
  }
  EXPECT_EQ(found, expected);
}

TEST(TrainerAverage, IsTheSameAfterAStopAtAnyStep) {
  const TemporaryFolder temporary;
  const auto options = averaging(4);
  Recorder undisturbed;
  const auto whole = train_toy(options, temporary.path() / "whole", undisturbed);
  for (int64_t stop = 1; stop < options.trainer.steps; ++stop) {
    const auto folder = temporary.path() / ("stop_" + std::to_string(stop));
    Recorder stopped(stop), resumed, again;
    EXPECT_EQ(train_toy(options, folder, stopped).result.end, TrainingEnd::kInterrupted);
    const auto end = train_toy(options, folder, resumed);
    EXPECT_EQ(bytes_of(end.task->state()), bytes_of(whole.task->state())) << "stop " << stop;
    EXPECT_EQ(log_of(folder), log_of(temporary.path() / "whole")) << "stop " << stop;
    const auto finished = train_toy(options, folder, again);
    EXPECT_EQ(bytes_of(finished.task->weights()), bytes_of(whole.task->weights()))
        << "asked once more, stop " << stop;
    EXPECT_TRUE(again.steps.empty());
  }
}

TEST(TrainerAverage, AnInterruptedTrainingHasItsRawWeights) {
  const TemporaryFolder temporary;
  Recorder recorder(15);
  const auto session = train_toy(averaging(3), temporary.path(), recorder);
  const auto alone = make_toy_task({});
  for (int64_t step = 0; step < 15; ++step) alone->train_step(step);
  EXPECT_EQ(bytes_of(session.task->weights()), bytes_of(alone->weights()));
}

TEST(TrainerAverage, ContradictsPatience) {
  const TemporaryFolder temporary;
  auto options = averaging(2);
  options.trainer.patience = 1;
  Recorder recorder;
  EXPECT_EQ(
      message_of<std::invalid_argument>([&] { train_toy(options, temporary.path(), recorder); }),
      "Trainer: average_checkpoints and patience contradict each other: with patience the "
      "final weights are those of the best evaluation");
}

}  // namespace
}  // namespace zoo
