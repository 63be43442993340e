#include "zoo/apps/zoo/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace zoo {
namespace {

/// What a terminal shows after these bytes; fails on control characters other than \r and \n.
/// A character in the last column goes to the next line at once, as on the strictest terminals.
std::vector<std::string> progress_screen(const std::string& bytes, size_t width) {
  std::vector<std::string> lines(1);
  size_t column = 0;
  for (const char c : bytes) {
    if (c == '\r') {
      column = 0;
    } else if (c == '\n') {
      lines.emplace_back();
      column = 0;
    } else {
      EXPECT_GE(static_cast<unsigned char>(c), 0x20) << "control character";
      lines.back().resize(std::max(lines.back().size(), column + 1), ' ');
      lines.back()[column++] = c;
      if (column == width) {
        lines.emplace_back();
        column = 0;
      }
    }
  }
  for (auto& line : lines) line.resize(line.find_last_not_of(' ') + 1);
  return lines;
}

/// A progress whose clock and width the test sets.
struct ProgressFixture {
  std::ostringstream out;
  double now = 1000;
  int width = 80;
  Progress progress;

  explicit ProgressFixture(bool terminal, int64_t total = 1000)
      : progress(out, total,
                 {.terminal = terminal,
                  .width = [this] { return width; },
                  .clock = [this] { return now; }}) {}

  void update(int64_t step, double loss = 0.125) {
    progress.update({.step = step,
                     .loss_name = "loss",
                     .loss = loss,
                     .examples_per_second = 1234,
                     .memory = 812'000'000});
  }

  std::vector<std::string> screen() const {
    return progress_screen(out.str(), static_cast<size_t>(width));
  }
};

TEST(ProgressFormat, Durations) {
  EXPECT_EQ(format_duration(0), "0.0s");
  EXPECT_EQ(format_duration(3.44), "3.4s");
  EXPECT_EQ(format_duration(9.96), "10s");
  EXPECT_EQ(format_duration(42.2), "42s");
  EXPECT_EQ(format_duration(59.7), "1m00s");
  EXPECT_EQ(format_duration(185), "3m05s");
  EXPECT_EQ(format_duration(3599.6), "1h00m");
  EXPECT_EQ(format_duration(2 * 3600 + 7 * 60 + 29), "2h07m");
  EXPECT_EQ(format_duration(86399), "1d00h");
  EXPECT_EQ(format_duration(4 * 86400 + 2 * 3600), "4d02h");
  EXPECT_EQ(format_duration(1e12), ">99d");
  EXPECT_EQ(format_duration(-1), "--");
  EXPECT_EQ(format_duration(NAN), "--");
  EXPECT_EQ(format_duration(INFINITY), "--");
}

TEST(ProgressFormat, Counts) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(0.53), "0.53");
  EXPECT_EQ(format_count(0.00123), "0.00123");
  EXPECT_EQ(format_count(7), "7");
  EXPECT_EQ(format_count(7.25), "7.25");
  EXPECT_EQ(format_count(9.996), "10.0");
  EXPECT_EQ(format_count(12.34), "12.3");
  EXPECT_EQ(format_count(99.96), "100");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(999.7), "1.00k");
  EXPECT_EQ(format_count(1234), "1.23k");
  EXPECT_EQ(format_count(45'600'000), "45.6M");
  EXPECT_EQ(format_count(999'600'000), "1.00G");
  EXPECT_EQ(format_count(2.5e15), "2500T");
  EXPECT_EQ(format_count(-1234), "-1.23k");
  EXPECT_EQ(format_count(NAN), "--");
}

TEST(ProgressFormat, MeasuresThisProcess) {
  EXPECT_GT(resident_memory(), 100'000);
  EXPECT_LT(resident_memory(), int64_t{1} << 42);
  EXPECT_GT(terminal_width(), 0);
  const double before = monotonic_seconds();
  EXPECT_LE(before, monotonic_seconds());
}

TEST(ProgressTerminal, ShowsLessAsTheWidthShrinks) {
  const std::vector<std::pair<int, std::string>> expected = {
      {140,
       "[#################.....................]  45%  450/1000  loss 0.1250  1.23k examples/s  "
       "812MB  1m06s left"},
      {100,
       "[############................]  45%  450/1000  loss 0.1250  1.23k examples/s  812MB  "
       "1m06s left"},
      {80, "[###.....]  45%  450/1000  loss 0.1250  1.23k examples/s  812MB  1m06s left"},
      {70, "45%  450/1000  loss 0.1250  1.23k examples/s  812MB  1m06s left"},
      {60, "45%  450/1000  loss 0.1250  1.23k examples/s  1m06s left"},
      {40, "45%  450/1000  loss 0.1250  1m06s left"},
      {30, "45%  loss 0.1250  1m06s left"},
      {20, "45%  loss 0.1250"},
      {10, "45%"},
      {3, ""},
      {1, ""},
      {0, "[###.....]  45%  450/1000  loss 0.1250  1.23k examples/s  812MB  1m06s left"}};
  for (const auto& [width, line] : expected) {
    ProgressFixture fixture(true);
    fixture.width = width;
    fixture.update(0);
    fixture.now += 54;
    fixture.out.str("");
    fixture.update(450);
    auto drawn = fixture.out.str();
    ASSERT_EQ(drawn.front(), '\r');
    drawn = drawn.substr(1);
    drawn.resize(drawn.find_last_not_of(' ') + 1);
    EXPECT_EQ(drawn, line) << "width " << width;
  }
}

TEST(ProgressTerminal, NeverExceedsAnyWidth) {
  for (int width = 1; width < 130; ++width) {
    ProgressFixture fixture(true, 123'456);
    fixture.width = width;
    for (const double loss : {1e-30, -123456.0, static_cast<double>(NAN), 0.5}) {
      for (const int64_t step : {int64_t{0}, int64_t{9}, int64_t{99'999}, int64_t{200'000}}) {
        fixture.now += 1;
        fixture.progress.update({.step = step,
                                 .loss_name = "naïve_cross_entropy",
                                 .loss = loss,
                                 .examples_per_second = 1e7,
                                 .memory = 1'000'000'000});
      }
    }
    EXPECT_EQ(fixture.screen().size(), 1u) << "wrapped at width " << width;
  }
}

TEST(ProgressTerminal, RedrawsTenTimesASecond) {
  ProgressFixture fixture(true);
  fixture.update(0);
  int drawn = 0;
  for (int step = 1; step <= 400; ++step) {
    fixture.now += 0.005;
    const bool due = fixture.progress.due();
    const auto before = fixture.out.str().size();
    fixture.update(step);
    EXPECT_EQ(fixture.out.str().size() > before, due);
    drawn += due;
  }
  EXPECT_GE(drawn, 18);
  EXPECT_LE(drawn, 20);
}

TEST(ProgressTerminal, LinesStandAboveTheBar) {
  ProgressFixture fixture(true);
  fixture.progress.line("begins");
  fixture.update(0, 12345);
  fixture.now += 10;
  fixture.update(500);
  const std::string bar =
      "[######.......]  50%  500/1000  loss 0.1250  1.23k examples/s  812MB  10s left";
  EXPECT_EQ(fixture.screen(), (std::vector<std::string>{"begins", bar}));
  fixture.progress.line("short");
  EXPECT_EQ(fixture.screen(), (std::vector<std::string>{"begins", "short", bar}));
  fixture.progress.line("");
  fixture.progress.finish();
  EXPECT_EQ(fixture.screen(), (std::vector<std::string>{"begins", "short", "", bar, ""}));
  fixture.progress.line("ends");
  EXPECT_EQ(fixture.screen(), (std::vector<std::string>{"begins", "short", "", bar, "ends", ""}));
}

TEST(ProgressTerminal, WipesWhatALongerLineLeft) {
  ProgressFixture fixture(true);
  fixture.progress.update({.step = 10, .loss_name = "a_long_name", .loss = 1});
  fixture.now += 1;
  fixture.progress.update({.step = 11, .loss_name = "a", .loss = 1});
  EXPECT_EQ(fixture.screen(),
            (std::vector<std::string>{
                "[......................................]  1%  11/1000  a 1.000  16m29s left"}));
}

TEST(ProgressTerminal, StaysOnItsLineWhenTheTerminalShrinks) {
  ProgressFixture fixture(true);
  fixture.update(10);
  fixture.width = 20;
  fixture.now += 1;
  fixture.out.str("");
  fixture.update(20);
  EXPECT_EQ(fixture.out.str(), "\r2%  loss 0.1250    ");
}

TEST(ProgressTerminal, FinishShowsTheLastUpdateOnce) {
  ProgressFixture fixture(true);
  fixture.update(0);
  fixture.update(1000);
  fixture.progress.finish();
  const auto bytes = fixture.out.str();
  EXPECT_EQ(
      fixture.screen(),
      (std::vector<std::string>{
          "[##################]  100%  1000/1000  loss 0.1250  1.23k examples/s  812MB", ""}));
  fixture.progress.finish();
  EXPECT_EQ(fixture.out.str(), bytes);
}

TEST(ProgressTerminal, EndsItsLineWhenAnExceptionPasses) {
  std::ostringstream out;
  {
    Progress progress(out, 10, {.terminal = true, .width = [] { return 30; }});
    progress.update({.step = 1, .loss = 2});
  }
  EXPECT_EQ(out.str(), "\r10%  1/10  loss 2.000\n");
  { Progress unused(out, 10, {.terminal = true}); }
  EXPECT_EQ(out.str(), "\r10%  1/10  loss 2.000\n");
}

TEST(ProgressPlain, WritesALineNowAndThen) {
  ProgressFixture fixture(false);
  for (int step = 0; step < 100; ++step, fixture.now += 1) fixture.update(step);
  fixture.progress.line("validation: bits 0.5");
  fixture.progress.finish();
  fixture.progress.finish();
  EXPECT_EQ(fixture.out.str(),
            "step 0/1000 (0%)  loss 0.1250  1.23k examples/s  812MB\n"
            "step 30/1000 (3%)  loss 0.1250  1.23k examples/s  812MB  16m10s left\n"
            "step 60/1000 (6%)  loss 0.1250  1.23k examples/s  812MB  15m40s left\n"
            "step 90/1000 (9%)  loss 0.1250  1.23k examples/s  812MB  15m10s left\n"
            "validation: bits 0.5\n"
            "step 99/1000 (9%)  loss 0.1250  1.23k examples/s  812MB  15m10s left\n");
}

TEST(ProgressPlain, LeavesOutWhatIsUnknown) {
  std::ostringstream out;
  Progress progress(out, 0);
  progress.update({.step = 1, .loss_name = "bits", .loss = NAN, .examples_per_second = NAN});
  EXPECT_EQ(out.str(), "step 1/1 (100%)  bits nan\n");
}

TEST(ProgressPlain, ShowsNoLossBeforeThereIsOne) {
  std::ostringstream out;
  Progress progress(out, 4);
  progress.update({.step = 1});
  EXPECT_EQ(out.str(), "step 1/4 (25%)\n");
}

TEST(ProgressTerminal, ShowsNoLossBeforeThereIsOne) {
  std::ostringstream out;
  Progress progress(out, 4, {.terminal = true, .width = [] { return 15; }});
  progress.update({.step = 1});
  EXPECT_EQ(out.str(), "\r25%  1/4");
}

}  // namespace
}  // namespace zoo
