// The training loop: what it logs, keeps and gives back, and how it stops.
#include "zoo/trainers/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/message_of.h"
#include "support/temporary_folder.h"
#include "support/toy_run.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

class TrainerTest : public testing::Test {
 protected:
  ToySession train(const ToyOptions& options) { return train_toy(options, folder(), recorder_); }
  fs::path folder() const { return temporary_.path() / "run"; }

  TemporaryFolder temporary_;
  Recorder recorder_;
};

std::vector<int64_t> steps_of(const std::vector<LogRecord>& records, const std::string& split) {
  std::vector<int64_t> steps;
  for (const auto& record : records) {
    if (record.split == split) steps.push_back(record.step);
  }
  return steps;
}

using Steps = std::vector<int64_t>;

TEST_F(TrainerTest, CountsLogsAndEvaluatesAtTheRightSteps) {
  const auto session = train({});
  EXPECT_EQ(session.result.end, TrainingEnd::kFinished);
  EXPECT_EQ(session.result.state.step, 23);
  ASSERT_EQ(recorder_.steps.size(), 23u);
  for (int64_t i = 0; i < 23; ++i) EXPECT_EQ(recorder_.steps[static_cast<size_t>(i)], i + 1);
  EXPECT_EQ(steps_of(recorder_.records, "training"), (Steps{5, 10, 15, 20, 23}));
  EXPECT_EQ(steps_of(recorder_.records, "validation"), (Steps{4, 8, 12, 16, 20, 23}));
  EXPECT_TRUE(recorder_.messages.empty());
  const auto written = read_log(folder());
  ASSERT_EQ(written.size(), recorder_.records.size());
  for (size_t i = 0; i < written.size(); ++i) {
    EXPECT_EQ(written[i].step, recorder_.records[i].step);
    EXPECT_EQ(written[i].examples, written[i].step * 3);
    EXPECT_EQ(written[i].values.at(0).value, recorder_.records[i].values.at(0).value);
    EXPECT_GE(written[i].seconds, written[i > 0 ? i - 1 : 0].seconds);
  }
}

TEST_F(TrainerTest, LogsTheMeanOfEachWindowAlsoOfTheLastShortOne) {
  train({});
  const auto alone = make_toy_task({});
  std::vector<double> losses, norms;
  for (int64_t step = 0; step < 23; ++step) {
    const auto values = alone->train_step(step);
    losses.push_back(values.at(0).second.item<double>());
    norms.push_back(values.at(1).second.item<double>());
  }
  size_t begin = 0;
  for (const auto& record : recorder_.records) {
    if (record.split != "training") continue;
    const auto end = static_cast<size_t>(record.step);
    double loss = 0, norm = 0;
    for (size_t i = begin; i < end; ++i) loss += losses[i], norm += norms[i];
    const auto window = static_cast<double>(end - begin);
    ASSERT_EQ(record.values.size(), 2u);
    EXPECT_EQ(record.values[0].name, "loss");
    EXPECT_NEAR(record.values[0].value, loss / window, 1e-12) << "step " << end;
    EXPECT_EQ(record.values[1].name, "gradient_norm");
    EXPECT_NEAR(record.values[1].value, norm / window, 1e-12) << "step " << end;
    begin = end;
  }
  EXPECT_EQ(begin, 23u);
}

TEST_F(TrainerTest, EvaluatesWithTheWeightsOfThatStepAndKeepsTheBest) {
  ToyOptions options;
  options.trainer.keep_checkpoints = 1;
  const auto task = make_toy_task(options);
  task->script({0.5, 0.25, 0.25, 0.75, 0.3, 0.4});
  Trainer trainer(*task, options.trainer, folder(), "toy", recorder_, recorder_.stop);
  const auto state = trainer.run().state;
  EXPECT_EQ(state.best_step, 8) << "an equal result is not better";
  EXPECT_EQ(state.best_value, 0.25);
  EXPECT_EQ(state.evaluations_since_best, 4);
  EXPECT_TRUE(fs::exists(checkpoint_of(folder(), 8))) << "the best";
  EXPECT_TRUE(fs::exists(checkpoint_of(folder(), 23))) << "the newest";
  EXPECT_EQ(std::distance(fs::directory_iterator(folder() / "checkpoints"), {}), 2);
  const auto alone = make_toy_task(options);
  for (int64_t step = 0; step < 8; ++step) alone->train_step(step);
  const auto best = CheckpointStore(folder() / "checkpoints", "toy").read(8);
  for (const auto& [name, tensor] : alone->state()) {
    ASSERT_TRUE(best.tensors.find(name)) << name;
    EXPECT_EQ(bytes_of(*best.tensors.find(name)), bytes_of(tensor)) << name;
  }
}

TEST_F(TrainerTest, EvaluationChangesNothingOfTheTraining) {
  ToyOptions often, never;
  often.trainer.evaluate_every = 1;
  never.trainer.evaluate_every = 1000;
  Recorder one, other;
  const auto a = train_toy(often, temporary_.path() / "often", one);
  const auto b = train_toy(never, temporary_.path() / "never", other);
  EXPECT_GT(one.records.size(), other.records.size());
  EXPECT_EQ(bytes_of(a.task->state()), bytes_of(b.task->state()));
}

TEST_F(TrainerTest, PatienceGivesBackTheBestWeights) {
  ToyOptions options;
  options.trainer.patience = 2;
  const auto task = make_toy_task(options);
  task->script({0.5, 0.25, 0.3, 0.4, 0.1});
  Trainer trainer(*task, options.trainer, folder(), "toy", recorder_, recorder_.stop);
  const auto result = trainer.run();
  EXPECT_EQ(result.end, TrainingEnd::kOutOfPatience);
  EXPECT_EQ(result.state.step, 16) << "two evaluations after the best of step 8";
  EXPECT_EQ(result.state.best_step, 8);
  const auto alone = make_toy_task(options);
  for (int64_t step = 0; step < 8; ++step) alone->train_step(step);
  EXPECT_EQ(bytes_of(task->weights()), bytes_of(alone->weights()));

  const auto again = train(options);
  EXPECT_EQ(again.result.end, TrainingEnd::kOutOfPatience) << "also when asked once more";
  EXPECT_EQ(again.result.state.step, 16);
  EXPECT_EQ(bytes_of(again.task->weights()), bytes_of(alone->weights()));
}

TEST_F(TrainerTest, AMetricThatIsNotFiniteIsNeverTheBest) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  ToyOptions options;
  const auto task = make_toy_task(options);
  task->script({kNan, -kInfinity, 0.5, kNan, 0.25, kInfinity});
  Trainer trainer(*task, options.trainer, folder(), "toy", recorder_, recorder_.stop);
  EXPECT_EQ(trainer.run().state.best_step, 20);
  std::vector<std::string> complaints;
  const auto newest = CheckpointStore(folder() / "checkpoints", "toy").read_newest(complaints);
  EXPECT_TRUE(complaints.empty()) << complaints.front();
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->state.best_value, 0.25);
}

TEST_F(TrainerTest, PatienceEndsARunThatNeverHadAResult) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  ToyOptions options;
  options.trainer.patience = 3;
  const auto task = make_toy_task(options);
  task->script(std::vector<double>(9, kNan));
  Trainer trainer(*task, options.trainer, folder(), "toy", recorder_, recorder_.stop);
  const auto result = trainer.run();
  EXPECT_EQ(result.end, TrainingEnd::kOutOfPatience);
  EXPECT_EQ(result.state.step, 12);
  EXPECT_EQ(result.state.best_step, 0);
}

TEST_F(TrainerTest, TheSeedDecidesEverything) {
  Recorder r1, r2, r3;
  const auto a = train_toy({.seed = 1}, temporary_.path() / "a", r1);
  const auto b = train_toy({.seed = 1}, temporary_.path() / "b", r2);
  const auto c = train_toy({.seed = 2}, temporary_.path() / "c", r3);
  EXPECT_EQ(bytes_of(a.task->state()), bytes_of(b.task->state()));
  EXPECT_EQ(log_of(temporary_.path() / "a"), log_of(temporary_.path() / "b"));
  EXPECT_NE(bytes_of(a.task->state()), bytes_of(c.task->state()));
  EXPECT_NE(log_of(temporary_.path() / "a"), log_of(temporary_.path() / "c"));
}

TEST_F(TrainerTest, ThreadsThatMakeBatchesChangeNothing) {
  ToyOptions with, without;
  with.trainer.loader_threads = 2;
  Recorder one, other;
  const auto a = train_toy(with, temporary_.path() / "with", one);
  const auto b = train_toy(without, temporary_.path() / "without", other);
  EXPECT_EQ(bytes_of(a.task->state()), bytes_of(b.task->state()));
  EXPECT_EQ(log_of(temporary_.path() / "with"), log_of(temporary_.path() / "without"));
  EXPECT_GT(b.result.seconds_waited, 0);
}

TEST_F(TrainerTest, DivergenceNamesStepAndTensorsAndSparesTheCheckpoint) {
  const ToyOptions options{.broken_step = 11};
  const auto message = message_of<DivergenceError>([&] { train(options); });
  EXPECT_TRUE(
      message.starts_with("training diverged in step 12: the loss is nan, the gradient is "
                          "not finite in first.weight, "))
      << message;
  EXPECT_TRUE(message.ends_with(". The checkpoints hold the run as it was before")) << message;
  std::vector<std::string> complaints;
  const auto newest = CheckpointStore(folder() / "checkpoints", "toy").read_newest(complaints);
  ASSERT_TRUE(newest);
  // Those of step 7 and of the best evaluation until then; the next is that of step 12.
  const auto alone = make_toy_task({});
  for (int64_t step = 0; step < newest->state.step; ++step) alone->train_step(step);
  for (const auto& [name, tensor] : alone->state()) {
    EXPECT_EQ(bytes_of(*newest->tensors.find(name)), bytes_of(tensor)) << name;
  }
  EXPECT_GE(newest->state.step, 7);
  EXPECT_LE(newest->state.step, 11);
  const auto again = message_of<DivergenceError>([&] { train(options); });
  EXPECT_EQ(again, message) << "after resuming";
}

TEST_F(TrainerTest, AnUpdateThatOverflowsIsNotSaved) {
  ToyOptions options;
  options.trainer.optimizer = SgdOptions{.learning_rate = 0.1};
  options.trainer.schedule = StepSchedule{.every = 6, .factor = 1e300};
  const auto message = message_of<DivergenceError>([&] { train(options); });
  EXPECT_TRUE(message.starts_with("training diverged in step 8: ")) << message;
  EXPECT_NE(message.find("weights are not finite: first.weight"), std::string::npos) << message;
  std::vector<std::string> complaints;
  const auto newest = CheckpointStore(folder() / "checkpoints", "toy").read_newest(complaints);
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->state.step, 4);
  for (const auto& [name, tensor] : newest->tensors.tensors) {
    EXPECT_TRUE(torch::isfinite(tensor).all().item<bool>()) << name;
  }
}

}  // namespace
}  // namespace zoo
