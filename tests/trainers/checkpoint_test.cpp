// Checkpoints that are complete or absent, and checked before they are believed.
#include "zoo/trainers/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "support/file_limit.h"
#include "support/message_of.h"
#include "support/temporary_folder.h"
#include "support/tensors.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

NamedTensors tensors_of_step(int64_t step) {
  return {{"model/weight", torch::arange(6, torch::kFloat).reshape({2, 3}) + step},
          {"model/count", torch::tensor(step, torch::kLong)},
          {"optimizer/mean/weight",
           torch::full({2, 3}, 0.1 * static_cast<double>(step), torch::kDouble)}};
}

class CheckpointTest : public testing::Test {
 protected:
  fs::path folder() const { return temporary_.path() / "run" / "checkpoints"; }
  fs::path state_file(int64_t step) const { return at(step) / "state.safetensors"; }
  fs::path info_file(int64_t step) const { return at(step) / "checkpoint.json"; }

  void save(int64_t step, int64_t best = 0, int64_t keep = 100) {
    store_.save({.step = step, .seconds = 1.5, .best_step = best}, tensors_of_step(step), keep);
  }

  std::set<std::string> entries() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder())) {
      names.insert(entry.path().filename());
    }
    return names;
  }

  /// The newest is damaged: expects that the one before is taken, with a line about `file`.
  void expect_step_10(const fs::path& file, const std::string& what) {
    std::vector<std::string> complaints;
    const auto found = store_.read_newest(complaints);
    ASSERT_TRUE(found) << what;
    EXPECT_EQ(found->state.step, 10) << what;
    EXPECT_EQ(bytes_of(found->tensors.tensors), bytes_of(tensors_of_step(10))) << what;
    ASSERT_EQ(complaints.size(), 1u) << what;
    EXPECT_EQ(complaints[0].find(file.string() + ": "), 0u) << what << ": " << complaints[0];
  }

  TemporaryFolder temporary_;
  CheckpointStore store_{folder(), "this experiment"};

 private:
  fs::path at(int64_t step) const { return folder() / ("step_" + std::to_string(step)); }
};

void write_over(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

using Names = std::set<std::string>;

TEST_F(CheckpointTest, NothingIsFoundWhereNothingWasSaved) {
  std::vector<std::string> complaints;
  EXPECT_FALSE(store_.read_newest(complaints));
  fs::create_directories(folder());
  EXPECT_FALSE(store_.read_newest(complaints));
  EXPECT_TRUE(complaints.empty());
}

TEST_F(CheckpointTest, ReadsWhatItSaved) {
  const TrainingState state{.step = 30,
                            .seconds = 12.3456789012345678,
                            .best_step = 20,
                            .best_value = 0.1 + 0.2,
                            .evaluations_since_best = 3};
  save(20);
  store_.save(state, tensors_of_step(30), 2);
  std::vector<std::string> complaints;
  const auto newest = store_.read_newest(complaints);
  ASSERT_TRUE(newest);
  EXPECT_TRUE(complaints.empty());
  for (const auto& found : {*newest, store_.read(30)}) {
    EXPECT_EQ(found.state.step, 30);
    EXPECT_EQ(found.state.seconds, state.seconds);
    EXPECT_EQ(found.state.best_step, 20);
    EXPECT_EQ(found.state.best_value, state.best_value);
    EXPECT_EQ(found.state.evaluations_since_best, 3);
    EXPECT_EQ(bytes_of(found.tensors.tensors), bytes_of(tensors_of_step(30)));
  }
  EXPECT_EQ(bytes_of(store_.read(20).tensors.tensors), bytes_of(tensors_of_step(20)));
}

TEST_F(CheckpointTest, ValuesAreBitExactAcrossTheirRange) {
  for (const double value : {-1e-308, 5e-324, 1.7976931348623157e308, -0.0, 1.0 / 3}) {
    store_.save({.step = 1, .best_value = value}, tensors_of_step(1), 1);
    EXPECT_EQ(store_.read(1).state.best_value, value);
  }
}

TEST_F(CheckpointTest, KeepsTheNewestAndTheBest) {
  save(5, 5, 2), save(9, 5, 2), save(10, 5, 2), save(100, 5, 2);
  EXPECT_EQ(entries(), (Names{"step_5", "step_10", "step_100"})) << "in the order of numbers";
  save(110, 100, 2);
  EXPECT_EQ(entries(), (Names{"step_100", "step_110"}));
  save(120, 100, 1);
  EXPECT_EQ(entries(), (Names{"step_100", "step_120"}));
  save(120, 120, 1);
  EXPECT_EQ(entries(), (Names{"step_120"})) << "the same step once more";
}

TEST_F(CheckpointTest, KeepsWhatIsNeeded) {
  for (const int64_t step : {10, 20, 30, 40}) {
    store_.save({.step = step}, tensors_of_step(step), 1, {10, 30, 50});
  }
  EXPECT_EQ(entries(), (Names{"step_10", "step_30", "step_40"}));
  store_.save({.step = 25}, tensors_of_step(25), 1, {10, 30, 50});
  EXPECT_EQ(entries(), (Names{"step_10", "step_25"})) << "what comes later is never needed";
}

TEST_F(CheckpointTest, ADamagedOneOfALaterStepNeverCrowdsOutASoundOne) {
  save(10), save(20), save(30);
  truncate_file(state_file(30), 9);
  std::vector<std::string> complaints;
  ASSERT_EQ(store_.read_newest(complaints)->state.step, 20);
  save(25, 0, 1);
  EXPECT_EQ(entries(), (Names{"step_25"}));
}

TEST_F(CheckpointTest, ForeignFilesAreLeftAlone) {
  save(10);
  for (const char* name : {"notes", "step_", "step_x", "step_7x", "step_010", "step_-3"}) {
    fs::create_directory(folder() / name);
  }
  std::vector<std::string> complaints;
  EXPECT_EQ(store_.read_newest(complaints)->state.step, 10);
  EXPECT_TRUE(complaints.empty());
  save(20, 0, 1);
  EXPECT_EQ(entries(),
            (Names{"notes", "step_", "step_x", "step_7x", "step_010", "step_-3", "step_20"}));
}

TEST_F(CheckpointTest, ATruncatedFileIsPassedOver) {
  save(10), save(20);
  for (const auto& file : {state_file(20), info_file(20)}) {
    const auto whole = read_file(file);
    for (const size_t size : {size_t{0}, size_t{1}, size_t{7}, size_t{8}, size_t{50},
                              whole.size() / 2, whole.size() - 2}) {
      write_over(file, whole.substr(0, size));
      expect_step_10(file, std::to_string(size) + " bytes of " + file.string());
    }
    write_over(file, whole + "x");
    expect_step_10(file, "a byte more");
    fs::remove(file);
    std::vector<std::string> complaints;
    EXPECT_EQ(store_.read_newest(complaints)->state.step, 10) << "no " << file;
    EXPECT_NE(complaints.at(0).find(file.string()), std::string::npos) << complaints[0];
    write_over(file, whole);
    EXPECT_EQ(store_.read_newest(complaints)->state.step, 20) << "whole again";
  }
}

TEST_F(CheckpointTest, EveryFlippedBitOfTheDescriptionIsSeen) {
  save(10), save(20);
  const auto whole = read_file(info_file(20));
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    auto bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    write_over(info_file(20), bytes);
    expect_step_10(info_file(20), "bit " + std::to_string(bit) + " of " + bytes);
    if (HasFailure()) return;
  }
  write_over(info_file(20), whole);
  EXPECT_EQ(store_.read(20).state.step, 20);
}

TEST_F(CheckpointTest, EveryFlippedBitOfTheTensorsIsSeen) {
  save(10), save(20);
  const auto whole = read_file(state_file(20));
  for (size_t at = 0; at < whole.size(); at += 3) {
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    write_over(state_file(20), bytes);
    expect_step_10(state_file(20), "byte " + std::to_string(at));
    if (HasFailure()) return;
  }
}

TEST_F(CheckpointTest, SaysSoWhenNoneIsSound) {
  save(10), save(20);
  truncate_file(state_file(20), 30);
  write_over(info_file(10), "{}");
  std::vector<std::string> complaints;
  const auto message = message_of<StorageError>([&] { store_.read_newest(complaints); });
  const auto reason = info_file(10).string() +
                      ": format null is not the format 1 that this "
                      "version reads";
  EXPECT_EQ(message, folder().string() +
                         ": none of the 2 checkpoints is sound; the last problem: " + reason +
                         "; trying the checkpoint before");
  EXPECT_EQ(complaints.size(), 2u);
  EXPECT_EQ(message_of<StorageError>([&] { store_.read(10); }), reason);
  EXPECT_EQ(message_of<StorageError>([&] { store_.read(40); }),
            "cannot read " + info_file(40).string() + ": No such file or directory");
}

TEST_F(CheckpointTest, RefusesThatOfAnotherExperiment) {
  save(10), save(20);
  const CheckpointStore other(folder(), "another experiment");
  std::vector<std::string> complaints;
  EXPECT_EQ(message_of<StorageError>([&] { other.read_newest(complaints); }),
            (folder() / "step_20").string() +
                ": this checkpoint is of another experiment or configuration; restore the run's "
                "own config.yaml, or start a new run");
  EXPECT_TRUE(complaints.empty()) << "an older one would not help";
}

TEST_F(CheckpointTest, AFullDiskLeavesTheOlderOnes) {
  save(10);
  const auto size = fs::file_size(state_file(10));
  for (const rlim_t limit : {rlim_t{0}, rlim_t{100}, rlim_t{size - 1}}) {
    std::string message;
    {
      const FileLimit full(limit);
      message = message_of<std::runtime_error>([&] { save(20); });
    }
    EXPECT_NE(message.find("File too large"), std::string::npos) << message;
    EXPECT_EQ(entries(), (Names{"step_10"})) << limit << " bytes";
  }
  std::vector<std::string> complaints;
  EXPECT_EQ(store_.read_newest(complaints)->state.step, 10);
  save(20);
  EXPECT_EQ(store_.read_newest(complaints)->state.step, 20) << "there is room again";
  EXPECT_TRUE(complaints.empty());
}

TEST_F(CheckpointTest, TellsWhereItCannotWrite) {
  fs::create_directories(folder().parent_path());
  write_over(folder(), "a file");
  const auto message = message_of<StorageError>([&] { save(10); });
  EXPECT_EQ(message.find("cannot write the checkpoint " + (folder() / "step_10").string()), 0u)
      << message;
  EXPECT_EQ(read_file(folder()), "a file");
}

TEST_F(CheckpointTest, WhatAKilledProcessLeftIsHarmless) {
  save(10);
  const auto left = folder() / ".partial";
  fs::create_directory(left);
  write_over(left / "state.safetensors", "half of it");
  write_over(left / "state.safetensors.99-1.partial", "half of it");
  std::vector<std::string> complaints;
  EXPECT_EQ(store_.read_newest(complaints)->state.step, 10);
  EXPECT_TRUE(complaints.empty());
  save(20);
  EXPECT_EQ(entries(), (Names{"step_10", "step_20"}));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder() / "step_20"), {}), 2);
  EXPECT_EQ(store_.read_newest(complaints)->state.step, 20);
}

}  // namespace
}  // namespace zoo
