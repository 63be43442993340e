#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/trainers/logging/run_log.h"
#include "zoo/trainers/logging/tensorboard.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

constexpr double kLoggingNan = std::numeric_limits<double>::quiet_NaN();

class LoggingRunTest : public testing::Test {
 protected:
  LoggingRunTest() {
    auto pattern = testing::TempDir() + "logging_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~LoggingRunTest() override { fs::remove_all(folder_); }

  std::string records() const { return read_file(folder_ / "metrics.jsonl"); }
  std::string table() const { return read_file(folder_ / "metrics.csv"); }

  fs::path folder_;
};

template <class Call>
std::string logging_message(Call&& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

/// Quicker than `write_file`, which waits for the disk.
void logging_put(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

LogRecord logging_training(int64_t step, double loss) {
  return {.step = step,
          .examples = step * 32,
          .split = "training",
          .values = {{"loss", loss}},
          .seconds = static_cast<double>(step) / 8};
}

// An independent reading of the TFRecord and protobuf formats.

uint32_t logging_masked_crc(std::string_view bytes) {
  uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
  }
  return std::rotr(~crc, 15) + 0xA282EAD8;
}

uint64_t logging_take(std::string_view& bytes, size_t size) {
  if (bytes.size() < size) throw std::runtime_error("cut off");
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  }
  bytes.remove_prefix(size);
  return value;
}

std::vector<std::string> logging_payloads(std::string_view file) {
  std::vector<std::string> payloads;
  while (!file.empty()) {
    const auto length_bytes = file.substr(0, 8);
    const auto length = logging_take(file, 8);
    EXPECT_EQ(logging_take(file, 4), logging_masked_crc(length_bytes));
    payloads.emplace_back(file.substr(0, length));
    file.remove_prefix(length);
    EXPECT_EQ(logging_take(file, 4), logging_masked_crc(payloads.back()));
  }
  return payloads;
}

uint64_t logging_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const uint64_t byte = logging_take(bytes, 1);
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

/// Fields by number; what has a length as it is, numbers in decimal.
std::multimap<uint64_t, std::string> logging_fields(std::string_view bytes) {
  std::multimap<uint64_t, std::string> fields;
  while (!bytes.empty()) {
    const auto key = logging_varint(bytes);
    std::string value;
    switch (key & 7) {
      case 0:
        value = std::to_string(static_cast<int64_t>(logging_varint(bytes)));
        break;
      case 1:
        value = std::to_string(std::bit_cast<double>(logging_take(bytes, 8)));
        break;
      case 5:
        value = std::to_string(std::bit_cast<float>(static_cast<uint32_t>(logging_take(bytes, 4))));
        break;
      default: {
        const auto length = logging_varint(bytes);
        value = bytes.substr(0, length);
        bytes.remove_prefix(length);
      }
    }
    fields.emplace(key >> 3, value);
  }
  return fields;
}

/// The one field along `path` in messages inside each other.
std::string logging_field(std::string message, const std::vector<uint64_t>& path) {
  for (const auto field : path) {
    const auto fields = logging_fields(message);
    if (fields.count(field) != 1) return "not one field " + std::to_string(field);
    message = fields.find(field)->second;
  }
  return message;
}

std::string logging_bytes(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::vector<fs::path> logging_event_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with("events.out.tfevents.")) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The expected bytes are those of TensorFlow's own protobuf classes in Python.

TEST(LoggingTensorboard, WritesRecordsAsTensorflowDoes) {
  EXPECT_EQ(tensorboard_record(tensorboard_version_event(1.5)),
            logging_bytes("1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a32"
                          "2a28646c"));
}

TEST(LoggingTensorboard, WritesEventsAsTensorflowDoes) {
  EXPECT_EQ(tensorboard_start_event(1.5, 21), logging_bytes("09000000000000f83f10153a020801"));
  EXPECT_EQ(tensorboard_scalars_event(1.5, 300, {{"a/x", 0.5}, {"a/y", -3}}),
            logging_bytes("09000000000000f83f10ac022a180a0a0a03612f78150000003f0a0a0a03612f791500"
                          "0040c0"));
  EXPECT_EQ(tensorboard_text_event(1.5, 7, "c", "hi"),
            logging_bytes("09000000000000f83f10072a1d0a1b0a016342"
                          "0c0807120412020801420268694a080a060a0474657874"));
}

TEST(LoggingTensorboard, WritesLargeNumbersAndLongTexts) {
  const int64_t step = 5'000'000'000;
  const std::string text(300, 'x');
  const auto event = tensorboard_text_event(2.25, step, "t", text);
  EXPECT_EQ(logging_field(event, {1}), "2.250000");
  EXPECT_EQ(logging_field(event, {2}), "5000000000");
  EXPECT_EQ(logging_field(event, {5, 1, 8, 8}), text);
}

TEST_F(LoggingRunTest, WritesThreeFiles) {
  RunLog log(folder_ / "new" / "run", 0);
  log.append(logging_training(10, 0.5));
  log.append({.step = 10,
              .examples = 320,
              .split = "validation",
              .values = {{"loss", 1e-7}, {"bits, \"wrong\"", 2}},
              .seconds = 1.23456});
  log.flush();
  folder_ = folder_ / "new" / "run";
  EXPECT_EQ(records(),
            R"({"step":10,"examples":320,"split":"training","loss":0.5,"seconds":1.25})"
            "\n"
            R"({"step":10,"examples":320,"split":"validation","loss":1e-07,"bits, \"wrong\"":2.0,)"
            R"("seconds":1.235})"
            "\n");
  EXPECT_EQ(table(),
            "step,examples,split,metric,value,seconds\n"
            "10,320,training,loss,0.5,1.25\n"
            "10,320,validation,loss,1e-07,1.235\n"
            "10,320,validation,\"bits, \"\"wrong\"\"\",2,1.235\n");
  const auto files = logging_event_files(folder_);
  ASSERT_EQ(files.size(), 1u);
  EXPECT_TRUE(files[0].string().ends_with(".zoo"));
  const auto events = logging_payloads(read_file(files[0]));
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(logging_field(events[0], {3}), "brain.Event:2");
  EXPECT_EQ(logging_field(events[1], {7, 1}), "1");
  EXPECT_EQ(logging_field(events[1], {2}), "0");
  EXPECT_EQ(logging_field(events[2], {2}), "10");
  EXPECT_EQ(logging_field(events[2], {5, 1, 1}), "training/loss");
  EXPECT_EQ(logging_field(events[2], {5, 1, 2}), "0.500000");
  const auto values = logging_fields(logging_field(events[3], {5}));
  ASSERT_EQ(values.count(1), 2u);
  EXPECT_EQ(logging_field(values.begin()->second, {1}), "validation/loss");
  EXPECT_EQ(logging_field(std::next(values.begin())->second, {2}), "2.000000");
}

TEST_F(LoggingRunTest, WritesNonFiniteValuesAsNothing) {
  RunLog log(folder_, 0);
  log.append(
      {.step = 1, .split = "training", .values = {{"loss", kLoggingNan}, {"norm", INFINITY}}});
  EXPECT_EQ(records(),
            "{\"step\":1,\"examples\":0,\"split\":\"training\",\"loss\":null,\"norm\":null,"
            "\"seconds\":0.0}\n");
  EXPECT_EQ(
      table(),
      "step,examples,split,metric,value,seconds\n1,0,training,loss,,0\n1,0,training,norm,,0\n");
  const auto read = read_log(folder_);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_TRUE(std::isnan(read[0].values.at(1).value));
}

TEST_F(LoggingRunTest, ReadsWhatItWrites) {
  RunLog log(folder_, 0);
  const double third = 1.0 / 3;
  log.append({.step = 9'000'000'000,
              .examples = 7,
              .split = "length_120",
              .values = {{"z", third}, {"a", -0.0}, {"m", 1e300}, {"Grüße", 3}},
              .seconds = 12.5});
  const auto read = read_log(folder_);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].step, 9'000'000'000);
  EXPECT_EQ(read[0].examples, 7);
  EXPECT_EQ(read[0].split, "length_120");
  EXPECT_EQ(read[0].seconds, 12.5);
  ASSERT_EQ(read[0].values.size(), 4u);
  EXPECT_EQ(read[0].values[0].name, "z") << "the order of the metrics is kept";
  EXPECT_EQ(read[0].values[0].value, third);
  EXPECT_TRUE(std::signbit(read[0].values[1].value));
  EXPECT_EQ(read[0].values[2].value, 1e300);
  EXPECT_EQ(read[0].values[3].name, "Grüße");
}

TEST_F(LoggingRunTest, RefusesMetricsThatHideOthers) {
  RunLog log(folder_, 0);
  for (const char* name : {"step", "examples", "split", "seconds"}) {
    EXPECT_THROW(log.append({.split = "s", .values = {{name, 1}}}), std::invalid_argument) << name;
  }
  EXPECT_EQ(logging_message([&] {
              log.append({.values = {{"x", 1}, {"x", 2}}});
            }),
            "RunLog: a record cannot have a second 'x'");
  EXPECT_EQ(records(), "");
}

TEST_F(LoggingRunTest, ReadToleratesATornLastLineOnly) {
  const std::string good = R"({"step":1,"examples":2,"split":"training","loss":3,"seconds":4})";
  const auto path = folder_ / "metrics.jsonl";
  const auto read = [&](const std::string& text) {
    logging_put(path, text);
    return read_log(folder_).size();
  };
  EXPECT_EQ(read(""), 0u);
  EXPECT_EQ(read(good + "\n" + good + "\n"), 2u);
  EXPECT_EQ(read(good + "\n" + good), 2u) << "only the line feed is missing";
  for (size_t cut = 0; cut < good.size(); ++cut) {
    EXPECT_EQ(read(good + "\n" + good.substr(0, cut)), 1u) << cut;
  }
  EXPECT_EQ(read(good + "\n" + std::string(9, '\0')), 1u);
  EXPECT_EQ(logging_message([&] { read(good + "\n{\"step\":1\n" + good + "\n"); }),
            path.string() + R"(:2: not a record of a run: "{\"step\":1")");
}

TEST_F(LoggingRunTest, ReadRefusesWhatIsNoRecord) {
  for (const std::string line :
       {"", "7", "[]", "{}", R"({"step":1,"examples":2,"split":"s"})",
        R"({"step":1.5,"examples":2,"split":"s","seconds":4})",
        R"({"step":1,"examples":"2","split":"s","seconds":4})",
        R"({"step":1,"examples":2,"split":3,"seconds":4})",
        R"({"step":1,"examples":2,"split":"s","loss":"low","seconds":4})",
        R"({"step":1,"examples":2,"split":"s","seconds":4} x)", "\xFF\xFE"}) {
    logging_put(folder_ / "metrics.jsonl", line + "\n");
    const auto message = logging_message([&] { read_log(folder_); });
    EXPECT_NE(message.find("metrics.jsonl:1: not a record"), std::string::npos) << line << message;
  }
  fs::remove(folder_ / "metrics.jsonl");
  EXPECT_EQ(logging_message([&] { read_log(folder_); }),
            "cannot read " + (folder_ / "metrics.jsonl").string() + ": No such file or directory");
}

/// Steps 1 to `last`, with an evaluation after every second.
void logging_run(RunLog& log, int64_t first, int64_t last) {
  for (int64_t step = first; step <= last; ++step) {
    log.append(logging_training(step, 1.0 / static_cast<double>(step)));
    if (step % 2 != 0) continue;
    log.append({.step = step,
                .examples = step * 32,
                .split = "validation",
                .values = {{"bits", 0.1 * static_cast<double>(step)}, {"nothing", kLoggingNan}},
                .seconds = static_cast<double>(step) / 8});
  }
  log.flush();
}

TEST_F(LoggingRunTest, ResumedLogsAreThoseOfAnUndisturbedRun) {
  {
    RunLog log(folder_ / "undisturbed", 0);
    logging_run(log, 1, 9);
  }
  const auto whole = read_file(folder_ / "undisturbed" / "metrics.jsonl");
  const auto whole_table = read_file(folder_ / "undisturbed" / "metrics.csv");
  // A process killed anywhere after step 4 was logged, also in the midst of a line.
  const size_t kept = whole.find("{\"step\":5");
  for (size_t end = kept; end < whole.size(); end += 31) {
    const auto run = folder_ / "run";
    fs::remove_all(run);
    fs::create_directories(run);
    logging_put(run / "metrics.jsonl", whole.substr(0, end));
    logging_put(run / "metrics.csv", whole_table.substr(0, std::min(end, whole_table.size())));
    RunLog log(run, 4);
    EXPECT_EQ(read_file(run / "metrics.jsonl"), whole.substr(0, kept)) << end;
    logging_run(log, 5, 9);
    ASSERT_EQ(read_file(run / "metrics.jsonl"), whole) << end;
    ASSERT_EQ(read_file(run / "metrics.csv"), whole_table) << end;
  }
}

TEST_F(LoggingRunTest, ResumeDropsWhatAFailingMachineSpoiled) {
  {
    RunLog log(folder_, 0);
    logging_run(log, 1, 3);
  }
  const auto sound = records();
  write_file(folder_ / "metrics.jsonl", sound + std::string(40, '\0') + "\n{\"step\":4,\n");
  RunLog log(folder_, 3);
  EXPECT_EQ(records(), sound);
}

TEST_F(LoggingRunTest, ResumeRefusesToLoseSoundRecords) {
  {
    RunLog log(folder_, 0);
    logging_run(log, 1, 3);
  }
  const auto edited = "oops\n" + records();
  write_file(folder_ / "metrics.jsonl", edited);
  EXPECT_EQ(logging_message([&] { RunLog log(folder_, 3); }),
            (folder_ / "metrics.jsonl").string() + ":1: not a record of a run: \"oops\"");
  EXPECT_EQ(records(), edited);
}

TEST_F(LoggingRunTest, ResumeCompletesALineThatLacksItsEnd) {
  const std::string line = R"({"step":1,"examples":2,"split":"training","loss":3,"seconds":4})";
  write_file(folder_ / "metrics.jsonl", line);
  RunLog log(folder_, 1);
  EXPECT_EQ(records(), line + "\n");
  EXPECT_EQ(table(), "step,examples,split,metric,value,seconds\n1,2,training,loss,3,4\n");
}

TEST_F(LoggingRunTest, StartingAtZeroBeginsAfresh) {
  {
    RunLog log(folder_, 0);
    logging_run(log, 1, 3);
  }
  RunLog log(folder_, 0);
  EXPECT_EQ(records(), "");
  EXPECT_EQ(table(), "step,examples,split,metric,value,seconds\n");
  EXPECT_THROW(RunLog(folder_, -1), std::invalid_argument);
}

TEST_F(LoggingRunTest, EverySessionHasItsOwnLaterEventFile) {
  write_file(folder_ / "events.out.tfevents.5000000000.other", "");  // from a clock that ran fast
  { RunLog log(folder_, 0); }
  { RunLog log(folder_, 20); }
  const auto files = logging_event_files(folder_);
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[1].filename().string(), "events.out.tfevents.5000000001.zoo");
  EXPECT_EQ(files[2].filename().string(), "events.out.tfevents.5000000002.zoo");
  const auto first = logging_payloads(read_file(files[1]));
  const auto second = logging_payloads(read_file(files[2]));
  ASSERT_EQ(first.size(), 2u);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(logging_field(first[1], {2}), "0");
  EXPECT_EQ(logging_field(second[1], {2}), "21") << "the steps after the resumed one are void";
}

TEST_F(LoggingRunTest, TextIsShownAsItIs) {
  {
    RunLog log(folder_, 0);
    log.add_text("config", "model:\n  lstm: {}\n\nseed: 1\n");
  }
  const auto events = logging_payloads(read_file(logging_event_files(folder_).at(0)));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(logging_field(events[2], {5, 1, 8, 8}), "    model:\n      lstm: {}\n\n    seed: 1\n");
}

TEST_F(LoggingRunTest, FullDiskLeavesTheOldLogs) {
  {
    RunLog log(folder_, 0);
    logging_run(log, 1, 9);
  }
  const auto before = records();
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  ::getrlimit(RLIMIT_FSIZE, &unlimited);
  const rlimit limit = {100, unlimited.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const auto message = logging_message([&] { RunLog log(folder_, 8); });
  ::setrlimit(RLIMIT_FSIZE, &unlimited);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, "cannot write " + (folder_ / "metrics.jsonl").string() + ": File too large");
  EXPECT_EQ(records(), before);
}

/// Leaves event files for tensorboard_check.py, which says how to use them.
TEST(LoggingInterop, WritesForTensorboard) {
  const char* folder = std::getenv("ZOO_INTEROP_DIR");
  if (folder == nullptr) GTEST_SKIP() << "ZOO_INTEROP_DIR is not set";
  const auto run = fs::path(folder) / "tensorboard";
  fs::remove_all(run);
  {
    RunLog killed(run, 0);
    killed.add_text("config", "seed: 1\nmodel: {}\n");
    for (const int64_t step : {10, 20, 30, 40}) killed.append(logging_training(step, 1000));
    killed.append({.step = 20, .split = "validation", .values = {{"bits", 1e-3}, {"naïve", 0}}});
  }
  RunLog resumed(run, 20);
  resumed.append(logging_training(30, 0.25));
  resumed.append(logging_training(5'000'000'000, kLoggingNan));
  resumed.append({.step = 50, .split = "test", .values = {{"bits", -INFINITY}}});
  resumed.flush();
  write_file(fs::path(folder) / "tensorboard.json", R"({
  "scalars": {
    "training/loss": [[10, 1000], [20, 1000], [30, 0.25], [5000000000, "nan"]],
    "validation/bits": [[20, 0.001]],
    "validation/naïve": [[20, 0]],
    "test/bits": [[50, "-inf"]]
  },
  "texts": {"config": [[0, "    seed: 1\n    model: {}\n"]]}
})");
}

}  // namespace
}  // namespace zoo
