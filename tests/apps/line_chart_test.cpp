#include "zoo/apps/report/line_chart.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>
#include <string>
#include <vector>

#include "support/count_of.h"
#include "zoo/apps/report/chart_axis.h"

namespace zoo {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

void expect_axis(const ChartAxis& axis, double low, double high, std::vector<double> ticks) {
  EXPECT_DOUBLE_EQ(axis.low, low);
  EXPECT_DOUBLE_EQ(axis.high, high);
  ASSERT_EQ(axis.ticks.size(), ticks.size());
  for (size_t i = 0; i < ticks.size(); ++i) EXPECT_NEAR(axis.ticks[i], ticks[i], 1e-12);
}

TEST(ValueAxis, EndsAtRoundNumbers) {
  expect_axis(value_axis({3, 34.2}, 5), 0, 40, {0, 10, 20, 30, 40});
  expect_axis(value_axis({31, 34.2}, 5), 31, 35, {31, 32, 33, 34, 35});
  expect_axis(value_axis({0.002, 0.47}, 5), 0, 0.5, {0, 0.1, 0.2, 0.3, 0.4, 0.5});
  expect_axis(value_axis({-3, 1}, 5), -3, 1, {-3, -2, -1, 0, 1});
}

TEST(ValueAxis, HasRoomForHardlyAnyNumbers) {
  for (const auto& values : std::vector<std::vector<double>>{{}, {0}, {5}, {-2, -2}}) {
    const auto axis = value_axis(values, 5);
    EXPECT_LT(axis.low, axis.high);
    EXPECT_GE(axis.ticks.size(), 3u);
    for (const double value : values) {
      EXPECT_GT(axis.place(value), 0);
      EXPECT_LT(axis.place(value), 1);
    }
  }
}

TEST(PlaceAxis, BeginsAtNothing) {
  expect_axis(place_axis({10, 1000}, 5), 0, 1000, {0, 200, 400, 600, 800, 1000});
  expect_axis(place_axis({10, 47}, 5), 0, 47, {0, 10, 20, 30, 40});
  expect_axis(place_axis({0}, 5), 0, 1, {0, 0.2, 0.4, 0.6, 0.8, 1});
}

LineChart lengths() {
  return {
      .x_title = "source words",
      .y_title = "BLEU",
      .categories = {"1-5", "6-10", "more"},
      .lines = {{.name = "a < b",
                 .points = {{0, 20, 20, 20}, {1, kNoValue, kNoValue, kNoValue}, {2, 40, 35, 42}}},
                {.name = "other", .points = {{0, 10, 10, 10}, {1, 30, 30, 30}}}},
      .note = "Bars."};
}

/// The number behind `before`.
double number_after(const std::string& text, const std::string& before) {
  return std::stod(text.substr(text.find(before) + before.size()));
}

TEST(SvgOfLineChart, SaysEverythingInText) {
  const auto svg = svg_of(lengths());
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("<title>BLEU by source words: a &lt; b, other</title>"), std::string::npos);
  for (const char* text : {">BLEU</text>", ">source words</text>", ">1-5</text>", ">6-10</text>",
                           ">more</text>", ">a &lt; b</text>", ">other</text>", ">Bars.</text>",
                           ">0</text>", ">50</text>", "<title>1-5: 20</title>",
                           "<title>more: 40 (35 to 42)</title>", "<title>6-10: 30</title>"}) {
    EXPECT_EQ(count_of(svg, text), 1u) << text;
  }
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg, svg_of(lengths())) << "the same bytes";
}

TEST(SvgOfLineChart, LinesHaveColoursDashesAndMarks) {
  const auto svg = svg_of(lengths());
  EXPECT_EQ(count_of(svg, "stroke=\"#0072b2\" stroke-width=\"2\"/>"), 2u) << "line and legend";
  EXPECT_EQ(count_of(svg, "stroke=\"#d55e00\" stroke-width=\"2\" stroke-dasharray=\"7 4\"/>"), 2u);
  EXPECT_EQ(count_of(svg, "fill=\"#0072b2\""), 2u + 1u) << "points and legend";
  EXPECT_EQ(count_of(svg, "stroke-width=\"1.5\""), 1u) << "one bar";
}

TEST(SvgOfLineChart, ALineHasAGapWhereThereIsNoNumber) {
  const auto svg = svg_of(lengths());
  const auto end = svg.find("\" stroke=\"#0072b2\" stroke-width=\"2\"/>");
  const auto path = svg.substr(svg.rfind("<path", end), end - svg.rfind("<path", end));
  EXPECT_EQ(count_of(path, "M"), 2u) << path;
  EXPECT_EQ(count_of(path, "L"), 0u) << path;
}

TEST(SvgOfLineChart, PutsNumbersWhereTheyBelong) {
  const LineChart chart{
      .x_title = "symbols",
      .y_title = "share",
      .shares = true,
      .lines = {{.name = "one", .points = {{0, 0, 0, 0}, {25, 0.5, 0.5, 0.5}, {100, 1, 1, 1}}}}};
  const auto svg = svg_of(chart);
  const std::regex place("d=\"M([\\d.]+) ([\\d.]+)a4");
  std::vector<std::pair<double, double>> places;
  for (std::sregex_iterator found(svg.begin(), svg.end(), place), end; found != end; ++found) {
    places.emplace_back(std::stod((*found)[1]), std::stod((*found)[2]));
  }
  ASSERT_EQ(places.size(), 4u) << "the last one is the legend's";
  EXPECT_NEAR((places[1].first - places[0].first) * 4, places[2].first - places[0].first, 0.5);
  EXPECT_NEAR(places[0].second - places[1].second, places[1].second - places[2].second, 0.15);
  EXPECT_GT(places[0].second, places[2].second);
  EXPECT_NE(svg.find(">40 %</text>"), std::string::npos);
  EXPECT_NE(svg.find("<title>25: 50 %</title>"), std::string::npos);
}

TEST(SvgOfLineChart, ShowsHardlyAnything) {
  for (const LineChart& chart :
       {LineChart{.x_title = "x", .y_title = "y", .lines = {}},
        LineChart{.x_title = "x", .y_title = "y", .lines = {{.name = "none", .points = {}}}},
        LineChart{
            .x_title = "x", .y_title = "y", .lines = {{.name = "gap", .points = {{3, kNoValue}}}}},
        LineChart{.x_title = "x", .y_title = "y", .lines = {{"one", {{0, 0, 0, 0}}}}}}) {
    const auto svg = svg_of(chart);
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("inf"), std::string::npos);
  }
}

TEST(SvgOfLineChart, GrowsWithItsLegendAndLeavesOutNamesThatWouldCollide) {
  auto chart = lengths();
  const double before = number_after(svg_of(chart), "height=\"");
  for (int i = 0; i < 6; ++i) {
    chart.lines.push_back(
        {.name = "neural_turing_machine/copy_" + std::to_string(i), .points = {}});
  }
  EXPECT_GT(number_after(svg_of(chart), "height=\""), before + 100);
  chart.categories.clear();
  for (int i = 0; i < 20; ++i) chart.categories.push_back("length " + std::to_string(i));
  const auto svg = svg_of(chart);
  EXPECT_NE(svg.find(">length 0</text>"), std::string::npos);
  EXPECT_EQ(svg.find(">length 1</text>"), std::string::npos);
}

}  // namespace
}  // namespace zoo
