#include "zoo/apps/zoo/result.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "zoo/apps/zoo/ledger.h"
#include "zoo/apps/zoo/session.h"
#include "zoo/apps/zoo/shell_word.h"

namespace zoo {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Experiment experiment_expecting(std::vector<Expectation> expect) {
  auto experiment = find_experiment({.target = ZOO_SOURCE_DIR "/configs/lstm/copy.yaml"});
  experiment.expect = std::move(expect);
  return experiment;
}

bool passes(const Expectation& expectation, double value) {
  const auto verdicts = judge(experiment_expecting({expectation}), {{expectation.metric, value}});
  EXPECT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].pass, all_pass(verdicts));
  return verdicts[0].pass;
}

TEST(Judge, BoundsBelongToWhatTheyAllow) {
  const Expectation at_most = {.metric = "bits", .paper = {}, .at_most = 2, .at_least = {}};
  EXPECT_TRUE(passes(at_most, 2));
  EXPECT_TRUE(passes(at_most, -kInfinity));
  EXPECT_FALSE(passes(at_most, std::nextafter(2.0, 3.0)));
  const Expectation at_least = {.metric = "bits", .paper = {}, .at_most = {}, .at_least = 2};
  EXPECT_TRUE(passes(at_least, 2));
  EXPECT_FALSE(passes(at_least, std::nextafter(2.0, 1.0)));
  const Expectation both = {.metric = "bits", .paper = {}, .at_most = 3, .at_least = 2};
  EXPECT_TRUE(passes(both, 2.5));
  EXPECT_FALSE(passes(both, 1.9));
  EXPECT_FALSE(passes(both, 3.1));
}

TEST(Judge, NotANumberLiesInNoBounds) {
  EXPECT_FALSE(passes({.metric = "bits", .paper = {}, .at_most = 2, .at_least = {}}, kNan));
  EXPECT_FALSE(passes({.metric = "bits", .paper = {}, .at_most = {}, .at_least = 2}, kNan));
  EXPECT_FALSE(passes({.metric = "bits", .paper = 0, .at_most = kInfinity, .at_least = {}}, kNan));
}

TEST(Milestones, CountTheExamplesUntilTheFirstValidationThatMeetsThem) {
  auto experiment = experiment_expecting({});
  experiment.milestones = {{.name = "solved", .metric = "bits", .at_most = 1},
                           {.name = "half", .metric = "right", .at_least = 0.5},
                           {.name = "never", .metric = "bits", .at_most = -1}};
  const auto record = [](int64_t examples, const std::string& split, double bits, double right) {
    return LogRecord{.step = examples / 4,
                     .examples = examples,
                     .split = split,
                     .values = {{"bits", bits}, {"right", right}}};
  };
  const auto met = milestones_met(
      experiment, {record(4, "training", 0, 1), record(8, "validation", kNan, kNan),
                   record(12, "validation", 1.5, 0.5), record(16, "validation", 1, 0.4),
                   record(20, "validation", 0, 1)});
  ASSERT_EQ(met.size(), 3u);
  EXPECT_EQ(met[0].name, "milestones.solved");
  EXPECT_EQ(met[0].value, 16);
  EXPECT_EQ(met[1].name, "milestones.half");
  EXPECT_EQ(met[1].value, 12);
  EXPECT_EQ(met[2].name, "milestones.never");
  EXPECT_EQ(met[2].value, kInfinity) << "later than any";
}

TEST(Judge, AMetricThatIsNotThereFails) {
  const auto experiment =
      experiment_expecting({{.metric = "bits", .paper = {}, .at_most = 2, .at_least = {}},
                            {.metric = "area", .paper = 0.5, .at_most = 4, .at_least = 1}});
  const auto verdicts = judge(experiment, {{"area", 2}});
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_FALSE(verdicts[0].pass);
  EXPECT_TRUE(std::isnan(verdicts[0].value));
  EXPECT_EQ(verdicts[0].paper, "");
  EXPECT_TRUE(verdicts[1].pass);
  EXPECT_EQ(verdicts[1].paper, "0.5");
  EXPECT_EQ(verdicts[1].expected, "at least 1 and at most 4");
  EXPECT_FALSE(all_pass(verdicts));
}

/// A ledger with one seed for each value of the metric "bits".
struct LedgerFixture {
  Experiment experiment =
      experiment_expecting({{.metric = "bits", .paper = {}, .at_most = 2, .at_least = {}}});
  Ledger ledger{experiment, "zoo reproduce lstm/copy"};

  explicit LedgerFixture(const std::vector<nlohmann::ordered_json>& values) {
    int64_t seed = 1;
    for (const auto& value : values) {
      ledger.add({{"seed", seed++},
                  {"metrics", {{"bits", value}}},
                  {"steps", 1},
                  {"examples", 1},
                  {"seconds", 1},
                  {"weights", "crc32c:0"},
                  {"source", "0123456789ab"},
                  {"machine", {}}});
    }
  }

  double median() const {
    const auto medians = ledger.medians();
    EXPECT_EQ(medians.size(), 1u);
    EXPECT_EQ(medians[0].name, "bits");
    return medians[0].value;
  }
};

TEST(Ledger, MedianOfOddAndEvenNumbersOfSeeds) {
  EXPECT_EQ(LedgerFixture({5}).median(), 5);
  EXPECT_EQ(LedgerFixture({5, 1}).median(), 3);
  EXPECT_EQ(LedgerFixture({9, 1, 2}).median(), 2);
  EXPECT_EQ(LedgerFixture({9, 1, 2, 4}).median(), 3);
}

TEST(Ledger, OfThreeSeedsTwoMustPass) {
  EXPECT_TRUE(LedgerFixture({1, 100, 2}).ledger.pass());
  EXPECT_FALSE(LedgerFixture({1, 100, 2.1}).ledger.pass());
}

TEST(Ledger, NotANumberSpoilsTheMedian) {
  EXPECT_TRUE(std::isnan(LedgerFixture({1, kNan, 2}).median()));
  EXPECT_TRUE(std::isnan(LedgerFixture({nullptr, 1, 2}).median())) << "as a file has it";
  EXPECT_FALSE(LedgerFixture({1, 1, nullptr}).ledger.pass());
}

TEST(FormatTable, ColumnsAreAsWideAsTheyNeedToBe) {
  EXPECT_EQ(format_table({}), "");
  EXPECT_EQ(format_table({{"metric", "ours", ""}, {"bits", "0.5"}, {"a", "12.25", "pass"}}),
            "metric  ours\n"
            "bits    0.5\n"
            "a       12.25  pass\n");
  EXPECT_EQ(format_table({{"na\xc3\xafve", "x"}, {"plain", "y"}}), "na\xc3\xafve  x\nplain  y\n");
  EXPECT_EQ(format_table({{"", "", ""}}), "\n");
}

TEST(TrainingSummary, TellsTimeSpeedAndWaiting) {
  EXPECT_EQ(training_summary(1000, 20, 185, 0.004),
            "trained 1000 steps in 3m05s, 108 examples/s, 0.4% of the time waiting for data");
  EXPECT_EQ(training_summary(1000, 20, 185, {}), "trained 1000 steps in 3m05s, 108 examples/s");
  EXPECT_EQ(training_summary(0, 20, 0, {}), "trained 0 steps in 0.0s");
}

TEST(ShellWord, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(shell_word("runs/lstm/copy_2"), "runs/lstm/copy_2");
  EXPECT_EQ(shell_word("--set=trainer.steps=5"), "--set=trainer.steps=5");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("$HOME;*"), "'$HOME;*'");
}

}  // namespace
}  // namespace zoo
