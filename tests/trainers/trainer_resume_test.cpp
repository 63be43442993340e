// A run that was stopped, killed or damaged ends like one that was not, bit for bit.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "support/message_of.h"
#include "support/temporary_folder.h"
#include "support/toy_run.h"
#include "zoo/trainers/storage/files.h"
#include "zoo/trainers/trainer.h"

extern char** environ;

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// What must be the same at the end of a run, however it came there.
struct Ending {
  std::string state;
  std::string log;
  TrainingState training;

  bool operator==(const Ending& other) const {
    return state == other.state && log == other.log && training.step == other.training.step &&
           training.best_step == other.training.best_step &&
           training.best_value == other.training.best_value &&
           training.evaluations_since_best == other.training.evaluations_since_best;
  }
};

Ending finish(const ToyOptions& options, const fs::path& folder,
              std::vector<std::string>* messages = nullptr) {
  Recorder recorder;
  const auto session = train_toy(options, folder, recorder);
  EXPECT_EQ(session.result.end, TrainingEnd::kFinished);
  if (messages) *messages = recorder.messages;
  return {bytes_of(session.task->state()), log_of(folder), session.result.state};
}

TEST(TrainerResume, AfterAStopAtAnyStepTheEndIsTheSame) {
  const TemporaryFolder temporary;
  const ToyOptions options;
  const auto undisturbed = finish(options, temporary.path() / "undisturbed");
  for (int64_t stop = 1; stop < options.trainer.steps; ++stop) {
    const auto folder = temporary.path() / ("stop_" + std::to_string(stop));
    Recorder recorder(stop);
    const auto session = train_toy(options, folder, recorder);
    EXPECT_EQ(session.result.end, TrainingEnd::kInterrupted);
    EXPECT_EQ(session.result.state.step, stop);
    EXPECT_TRUE(fs::exists(checkpoint_of(folder, stop))) << "the state is saved";
    EXPECT_TRUE(finish(options, folder) == undisturbed) << "stopped at step " << stop;
  }
}

TEST(TrainerResume, AfterAStopAtEveryStepTheEndIsTheSame) {
  const TemporaryFolder temporary;
  for (const int64_t threads : {0, 2}) {
    ToyOptions options;
    options.trainer.loader_threads = threads;
    options.trainer.optimizer = RmspropOptions{.learning_rate = 0.01};
    options.trainer.keep_checkpoints = 1;
    const auto name = std::to_string(threads);
    const auto undisturbed = finish(options, temporary.path() / ("undisturbed_" + name));
    const auto folder = temporary.path() / ("stopped_" + name);
    for (int64_t stop = 1; stop < options.trainer.steps; ++stop) {
      Recorder recorder(stop);
      EXPECT_EQ(train_toy(options, folder, recorder).result.end, TrainingEnd::kInterrupted);
      EXPECT_EQ(recorder.steps, std::vector<int64_t>{stop});
    }
    EXPECT_TRUE(finish(options, folder) == undisturbed) << threads << " threads";
  }
}

TEST(TrainerResume, AStopBeforeTheFirstStepLosesNothing) {
  const TemporaryFolder temporary;
  Recorder recorder;
  recorder.stop = true;
  const auto session = train_toy({}, temporary.path() / "stopped", recorder);
  EXPECT_EQ(session.result.end, TrainingEnd::kInterrupted);
  EXPECT_TRUE(recorder.steps.empty());
  EXPECT_TRUE(finish({}, temporary.path() / "stopped") == finish({}, temporary.path() / "other"));
}

TEST(TrainerResume, AFinishedRunIsLeftAsItIs) {
  const TemporaryFolder temporary;
  const auto first = finish({}, temporary.path());
  Recorder recorder;
  const auto session = train_toy({}, temporary.path(), recorder);
  EXPECT_EQ(session.result.end, TrainingEnd::kFinished);
  EXPECT_TRUE(recorder.steps.empty());
  EXPECT_EQ(bytes_of(session.task->state()), first.state);
  EXPECT_EQ(log_of(temporary.path()), first.log);
}

TEST(TrainerResume, ADamagedCheckpointCostsStepsAndNothingElse) {
  const TemporaryFolder temporary;
  const auto undisturbed = finish({}, temporary.path() / "undisturbed");
  for (const char* file : {"state.safetensors", "checkpoint.json"}) {
    for (const int64_t keep : {1, 2}) {
      ToyOptions options;
      options.trainer.keep_checkpoints = keep;
      const auto folder = temporary.path() / (file + std::to_string(keep));
      Recorder recorder(18);
      const auto stopped = train_toy(options, folder, recorder).result.state;
      const auto damaged = checkpoint_of(folder, 18) / file;
      truncate_file(damaged, fs::file_size(damaged) / 2);
      ASSERT_LT(stopped.best_step, 18) << "the best checkpoint must be the one before";
      std::vector<std::string> messages;
      EXPECT_TRUE(finish(options, folder, &messages) == undisturbed) << damaged;
      ASSERT_EQ(messages.size(), 1u);
      EXPECT_TRUE(messages[0].starts_with(damaged.string() + ": ")) << messages[0];
      EXPECT_TRUE(messages[0].ends_with("; trying the checkpoint before")) << messages[0];
      EXPECT_FALSE(fs::exists(checkpoint_of(folder, 18))) << "the damaged one is gone";
    }
  }
}

TEST(TrainerResume, ALogThatIsAheadOfTheCheckpointIsCutBack) {
  const TemporaryFolder temporary;
  const auto undisturbed = finish({}, temporary.path() / "undisturbed");
  const auto folder = temporary.path() / "ahead";
  Recorder recorder(13);
  train_toy({}, folder, recorder);
  const auto before = log_of(folder);
  RunLog(folder, 13).append({.step = 15, .examples = 45, .split = "training", .values = {}});
  AppendFile(folder / "metrics.jsonl").append("{\"step\":15,\"exam");
  EXPECT_NE(log_of(folder), before);
  EXPECT_TRUE(finish({}, folder) == undisturbed);
}

TEST(TrainerResume, AnotherExperimentIsRefused) {
  const TemporaryFolder temporary;
  finish({}, temporary.path());
  const auto task = make_toy_task({});
  Recorder recorder;
  Trainer trainer(*task, ToyOptions().trainer, temporary.path(), "other", recorder, recorder.stop);
  EXPECT_EQ(message_of<StorageError>([&] { trainer.run(); }),
            checkpoint_of(temporary.path(), 23).string() +
                ": this checkpoint is of another experiment or configuration; restore the run's "
                "own config.yaml, or start a new run");
}

// Killing a process. The child is this executable once more, with this test alone.

constexpr const char* kFolderVariable = "ZOO_TEST_TRAINER_FOLDER";

ToyOptions options_of_victim() {
  ToyOptions options;
  options.trainer.steps = 601;
  options.trainer.loader_threads = 1;
  options.trainer.log_every = 2;
  options.trainer.checkpoint_every = 3;
  options.trainer.evaluate_every = 10;
  options.trainer.average_checkpoints = 4;
  return options;
}

/// Tells the parent of every step with one byte on standard output.
class TellingRecorder final : public Recorder {
 public:
  void on_step(int64_t) override { told_ &= ::write(STDOUT_FILENO, ".", 1) == 1; }
  bool told() const { return told_; }

 private:
  bool told_ = true;
};

TEST(TrainerVictim, DISABLED_Trains) {
  const char* folder = std::getenv(kFolderVariable);
  ASSERT_TRUE(folder) << "this is part of the next test";
  TellingRecorder recorder;
  EXPECT_EQ(train_toy(options_of_victim(), folder, recorder).result.end, TrainingEnd::kFinished);
  EXPECT_TRUE(recorder.told());
}

class Victim {
 public:
  explicit Victim(const fs::path& folder) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    output_ = ends[0];
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::setenv(kFolderVariable, folder.c_str(), 1);
    std::string arguments[] = {"trainers_tests", "--gtest_filter=TrainerVictim.*",
                               "--gtest_also_run_disabled_tests", "--gtest_brief=1"};
    char* pointers[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                        arguments[3].data(), nullptr};
    const int error = ::posix_spawn(&id_, "/proc/self/exe", &actions, nullptr, pointers, environ);
    ::unsetenv(kFolderVariable);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error != 0) throw std::runtime_error("no process");
  }
  ~Victim() { ::close(output_); }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  /// Returns after `steps` steps, or at the end of the process.
  void wait_for_steps(int steps) const {
    for (char byte = 0; steps > 0 && ::read(output_, &byte, 1) == 1;) steps -= byte == '.';
  }
  void kill() const { ::kill(id_, SIGKILL); }
  int wait() const {
    int status = 0;
    ::waitpid(id_, &status, 0);
    return status;
  }

 private:
  pid_t id_ = 0;
  int output_ = -1;
};

/// Kills processes that train in `folder` until one has finished first or `most` are dead;
/// returns how many that were.
int kill_victims(const fs::path& folder, int most, std::mt19937& random) {
  for (int killed = 0; killed < most; ++killed) {
    const Victim victim(folder);
    victim.wait_for_steps(1 + static_cast<int>(random() % 12));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 6000));
    victim.kill();
    if (!WIFSIGNALED(victim.wait())) return killed;
  }
  return most;
}

TEST(TrainerResume, AfterTwentyKillsTheWeightsAreTheSameToTheByte) {
  const TemporaryFolder temporary;
  const auto undisturbed = finish(options_of_victim(), temporary.path() / "undisturbed");
  const auto weights = [&](const fs::path& folder) {
    return read_file(checkpoint_of(folder, 601) / "state.safetensors");
  };
  std::mt19937 random(20);
  int killed = 0;
  // One run on most machines; more on one that is so fast that a run ends before.
  for (int run = 0; killed < 20 && run < 20; ++run) {
    const auto folder = temporary.path() / ("killed_" + std::to_string(run));
    killed += kill_victims(folder, 20 - killed, random);
    std::vector<std::string> messages;
    EXPECT_TRUE(finish(options_of_victim(), folder, &messages) == undisturbed);
    EXPECT_TRUE(messages.empty()) << "a kill damages no checkpoint: " << messages.front();
    EXPECT_EQ(weights(folder), weights(temporary.path() / "undisturbed"));
  }
  EXPECT_EQ(killed, 20);
}

}  // namespace
}  // namespace zoo
