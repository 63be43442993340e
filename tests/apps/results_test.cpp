// What the tables of the ledger and of the READMEs are made of.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "zoo/apps/zoo/cell_text.h"
#include "zoo/apps/zoo/ledger_entry.h"
#include "zoo/apps/zoo/ledger_shape.h"
#include "zoo/apps/zoo/markdown_blocks.h"

namespace zoo {
namespace {

using Json = nlohmann::ordered_json;

TEST(SignificantText, ThreeDigitsWithoutNeedlessOnes) {
  const std::vector<std::pair<double, std::string>> expected = {{0, "0"},
                                                                {0.000969609, "0.00097"},
                                                                {83.597, "83.6"},
                                                                {1.5, "1.5"},
                                                                {10.007, "10"},
                                                                {0.4889, "0.489"},
                                                                {998.3, "998"},
                                                                {100, "100"},
                                                                {999.9, "1,000"},
                                                                {1000, "1,000"},
                                                                {7525.5, "7,526"},
                                                                {20000, "20,000"},
                                                                {999999, "999,999"},
                                                                {1234567, "1,234,567"},
                                                                {-20000, "-20,000"},
                                                                {-999, "-999"},
                                                                {-0.5, "-0.5"},
                                                                {0.0000123, "0.0000123"},
                                                                {1.2e-9, "1.2e-09"},
                                                                {3e20, "3e+20"},
                                                                {0.9996, "1"},
                                                                {9.996, "10"}};
  for (const auto& [value, text] : expected) EXPECT_EQ(significant_text(value), text) << value;
}

TEST(ShareText, OneDecimal) {
  EXPECT_EQ(share_text(0), "0.0 %");
  EXPECT_EQ(share_text(0.48890625), "48.9 %");
  EXPECT_EQ(share_text(1), "100.0 %");
}

TEST(NumberCell, KnowsNumbersFromWords) {
  for (const char* cell : {"3", "20,000", "0.001", "83.6 %", "1.5 ms", "**48.9 %**", "-2", "−2",
                           "~3", "about 5", "< 0.1", "1e-5", "0.5 ± 0.1", "2 to 3", "6.5x"}) {
    EXPECT_TRUE(is_number_cell(cell)) << cell;
  }
  for (const char* cell : {"", "yes", "lstm", "arXiv:1410.5401", "table 2", "length 120",
                           "3 layers of 256", "copy reproduced"}) {
    EXPECT_FALSE(is_number_cell(cell)) << cell;
  }
}

TEST(MetricText, AMilestoneMayNeverBeReached) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(metric_text("bits", 0.41264), "0.4126");
  EXPECT_EQ(metric_text("bits", std::nan("")), "nan");
  EXPECT_EQ(metric_text("bits", kInfinity), "inf");
  EXPECT_EQ(metric_text("milestones.solved", kInfinity), "never");
  EXPECT_EQ(metric_text("milestones.solved", 500), "500");
}

/// The list `seeds` with one seed for each value of the metric.
Json seeds_with(const std::string& metric, const std::vector<Json>& values) {
  Json seeds = Json::array();
  for (const auto& value : values) seeds.push_back({{"metrics", {{metric, value}}}});
  return seeds;
}

/// The summary of the metric as a file has it.
Json written_summary(const std::string& metric, const std::vector<Json>& values) {
  return Json::parse(summary_over(seeds_with(metric, values)).dump())[metric];
}

TEST(Summary, AMilestoneThatIsNullLiesBeyondAllNumbers) {
  const std::string name = "milestones.solved";
  const Json two_of_three = written_summary(name, {100, nullptr, 300});
  EXPECT_EQ(two_of_three["median"], 300);
  EXPECT_TRUE(two_of_three["mean"].is_null());
  EXPECT_TRUE(two_of_three["standard_deviation"].is_null());
  EXPECT_TRUE(written_summary(name, {100, nullptr, nullptr})["median"].is_null());
  EXPECT_TRUE(written_summary(name, {100, nullptr})["median"].is_null());
  EXPECT_EQ(written_summary(name, {100, 200})["mean"], 150);
  EXPECT_TRUE(written_summary("bits", {100, nullptr, 300})["median"].is_null()) << "NaN";
}

TEST(Judged, AMilestoneThatWasNeverReachedFailsItsBound) {
  const std::string name = "milestones.solved";
  const std::vector<Expectation> expect = {
      {.metric = name, .paper = {}, .at_most = 1e6, .at_least = {}}};
  const auto pass = [&](const std::vector<Json>& values) {
    return Json::parse(judged(expect, medians_over(seeds_with(name, values))).dump())[0];
  };
  EXPECT_EQ(pass({100, nullptr, 300})["pass"], true);
  EXPECT_EQ(pass({100, nullptr, nullptr})["pass"], false);
  EXPECT_TRUE(pass({100, nullptr, nullptr})["median"].is_null());
}

TEST(Checksums, AreTheSameAfterWritingAndReading) {
  const Json entry = {{"pass", true},
                      {"summary", {{"bits", {{"mean", std::nan("")}, {"median", 0.1}}}}},
                      {"seeds", {{{"seed", 1}, {"seconds", 2.0}}, {{"seed", 2}}}},
                      {"stale", "why"},
                      {"checksums", {}}};
  const Json sums = checksums_of(entry);
  std::vector<std::string> names;
  for (const auto& [name, sum] : sums.items()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"pass", "summary", "seeds[0]", "seeds[1]"}));
  EXPECT_EQ(checksums_of(Json::parse(entry.dump(2))), sums);
  EXPECT_EQ(sums["pass"], checksum_text("true"));
  Json changed = entry;
  changed["seeds"][1]["seed"] = 3;
  EXPECT_EQ(checksums_of(changed)["seeds[0]"], sums["seeds[0]"]);
  EXPECT_NE(checksums_of(changed)["seeds[1]"], sums["seeds[1]"]);
}

TEST(LedgerShape, NamesWhatIsMissing) {
  EXPECT_EQ(shape_problems(Json::array()),
            (std::vector<std::string>{"a ledger entry must be an object"}));
  const auto problems = shape_problems({{"experiment", 3}});
  ASSERT_GT(problems.size(), 2u);
  EXPECT_EQ(problems[0], "experiment must be text, got 3");
  EXPECT_EQ(problems[1], "paper is missing");
}

std::string joined_messages(const std::string& text) {
  std::string messages;
  for (const auto& [line, message] : read_markdown(text).problems) {
    messages += std::to_string(line) + ": " + message + "\n";
  }
  return messages;
}

TEST(Markdown, FindsBlocksOutsideOfCode) {
  const auto file = read_markdown(
      "| a |\n"
      "<!-- results x/y:\n"
      "     a = b -->\n"
      "| row |\n"
      "<!-- end of results -->\n"
      "```sh\n"
      "<!-- results in/fence: c -->\n"
      "```\n"
      "    <!-- results in/code: c -->\n"
      "<!-- results z: c -->\n"
      "<!-- end of results -->\n"
      "end");
  EXPECT_TRUE(file.problems.empty());
  ASSERT_EQ(file.blocks.size(), 2u);
  EXPECT_EQ(file.blocks[0].header, "x/y:      a = b");
  EXPECT_EQ(file.blocks[0].line, 2u);
  EXPECT_EQ(file.blocks[0].begin, 3u);
  EXPECT_EQ(file.blocks[0].end, 4u);
  EXPECT_EQ(file.blocks[1].header, "z: c");
  EXPECT_EQ(file.blocks[1].begin, file.blocks[1].end);
  EXPECT_EQ(file.others, (std::vector<size_t>{0, 11}));
}

TEST(Markdown, FindsFiguresWithTheirImages) {
  const auto file = read_markdown(
      "<!-- figure a.svg: x/y:\n"
      "     x = length -->\n"
      "![A](a.svg) and more\n"
      "    <!-- figure code.svg: z: x = length -->\n"
      "<!-- figure b.svg: z: x -->\n"
      "[![B](b.svg)](page.md)");
  EXPECT_TRUE(file.problems.empty());
  ASSERT_EQ(file.figures.size(), 2u);
  EXPECT_EQ(file.figures[0].file, "a.svg");
  EXPECT_EQ(file.figures[0].text, "x/y:      x = length");
  EXPECT_EQ(file.figures[0].line, 1u);
  EXPECT_EQ(file.figures[1].file, "b.svg");
  EXPECT_EQ(file.figures[1].text, "z: x");
  EXPECT_EQ(file.figures[1].line, 5u);
}

TEST(Markdown, TellsWhichFigureIsNotShown) {
  EXPECT_EQ(joined_messages("<!-- figure a.svg: x: y -->\n\n![A](a.svg)\n"
                            "<!-- figure a.png: x: y -->\n"
                            "<!-- figure ../a.svg: x: y -->\n"
                            "<!-- figure a.svg -->\n"
                            "<!-- figure a.svg: x: y -->"),
            "1: the line after the figure must show it: `![what it shows](a.svg)`\n"
            "4: the figure must begin with `<!-- figure FILE.svg: `\n"
            "5: the figure must begin with `<!-- figure FILE.svg: `\n"
            "6: the figure must begin with `<!-- figure FILE.svg: `\n"
            "7: the line after the figure must show it: `![what it shows](a.svg)`\n");
}

TEST(Markdown, TellsWhichBlockHasNoEnd) {
  EXPECT_EQ(joined_messages("a\n<!-- results x: y -->\n| row |\n"),
            "2: this block of results has no `<!-- end of results -->`\n");
  EXPECT_EQ(joined_messages("<!-- results x: y -->\n<!-- results x: y -->\n"
                            "<!-- end of results -->\n<!-- end of results -->\n"),
            "1: this block of results has no `<!-- end of results -->`\n"
            "4: a block of results ends that did not begin\n");
  EXPECT_EQ(joined_messages("<!-- results x: y\n\ntext -->\n"),
            "1: the head of this block of results has no `-->`\n");
}

TEST(Markdown, SplitsRows) {
  EXPECT_EQ(table_cells("| a | 3 |  | b |"), (std::vector<std::string>{"a", "3", "", "b"}));
  EXPECT_EQ(table_cells("a | b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(table_cells("no table").empty());
}

}  // namespace
}  // namespace zoo
