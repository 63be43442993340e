#include "zoo/apps/report/svg.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>
#include <string>
#include <vector>

#include "support/count_of.h"
#include "support/message_of.h"

namespace zoo {
namespace {

Drawing drawing_of(std::vector<Drawing::Place> points) {
  return {.name = "tour", .points = std::move(points), .layers = {}};
}

Drawing square() {
  auto drawing = drawing_of({{0, 0}, {1, 0}, {1, 1}, {0, 1}});
  drawing.layers = {{.name = "model", .lines = {{.indices = {0, 1, 2, 3}, .closed = true}}},
                    {.name = "solver", .lines = {{.indices = {0, 2}}}}};
  return drawing;
}

std::vector<Drawing::Place> circles_of(const std::string& svg) {
  const std::regex circle("<circle cx=\"([-\\d.]+)\" cy=\"([-\\d.]+)\"");
  std::vector<Drawing::Place> places;
  for (std::sregex_iterator found(svg.begin(), svg.end(), circle), end; found != end; ++found) {
    places.push_back({std::stod((*found)[1]), std::stod((*found)[2])});
  }
  return places;
}

TEST(SvgOf, IsAFileOfItsOwn) {
  const auto svg = svg_of(square());
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_EQ(count_of(svg, "<g"), count_of(svg, "</g>"));
  EXPECT_NE(svg.find("<title>tour</title>"), std::string::npos);
  EXPECT_EQ(count_of(svg, "<text "), 4u + 2u) << "numbers and legend";
  EXPECT_NE(svg.find(">model</text>"), std::string::npos);
  EXPECT_NE(svg.find(">solver</text>"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(SvgOf, YGrowsUpwardsAndBothScalesAreOne) {
  const auto places = circles_of(svg_of(drawing_of({{10, 10}, {14, 10}, {10, 12}})));
  ASSERT_EQ(places.size(), 3u);
  EXPECT_DOUBLE_EQ(places[0].y, places[1].y);
  EXPECT_DOUBLE_EQ(places[0].x, places[2].x);
  EXPECT_LT(places[2].y, places[0].y);
  EXPECT_GT(places[1].x, places[0].x);
  EXPECT_NEAR(places[1].x - places[0].x, 2 * (places[0].y - places[2].y), 0.2);
}

TEST(SvgOf, LinesRunThroughTheirPoints) {
  const auto svg = svg_of(square());
  const auto places = circles_of(svg);
  const auto at = [&](size_t i) { return fmt::format("{:.1f} {:.1f}", places[i].x, places[i].y); };
  const auto model = "\"M" + at(0) + "L" + at(1) + "L" + at(2) + "L" + at(3) + "Z\"";
  const auto solver = "\"M" + at(0) + "L" + at(2) + "\"";
  ASSERT_NE(svg.find(model), std::string::npos);
  ASSERT_NE(svg.find(solver), std::string::npos);
  EXPECT_LT(svg.rfind(solver), svg.find(model)) << "the first layer is drawn last, on top";
}

TEST(SvgOf, OnlyOfManyOutlinesTheAreas) {
  auto drawing = square();
  EXPECT_EQ(svg_of(drawing).find("fill-opacity"), std::string::npos);
  drawing.layers[0].lines = {{.indices = {0, 1, 2}, .closed = true},
                             {.indices = {0, 2, 3}, .closed = true}};
  EXPECT_EQ(count_of(svg_of(drawing), "fill-opacity"), 2u);
}

TEST(SvgOf, NumbersPointsThatAreFew) {
  for (const int64_t count : {30, 31}) {
    std::vector<Drawing::Place> points;
    for (int64_t i = 0; i < count; ++i) {
      points.push_back({static_cast<double>(i), static_cast<double>(i % 7)});
    }
    const auto svg = svg_of(drawing_of(points));
    EXPECT_EQ(circles_of(svg).size(), points.size());
    EXPECT_EQ(count_of(svg, "<text "), count == 30 ? 30u : 0u);
  }
}

TEST(SvgOf, NamesAreOnlyText) {
  auto drawing = square();
  drawing.name = "a<b>&\"c\"";
  drawing.layers[0].name = "</text><script>";
  const auto svg = svg_of(drawing);
  EXPECT_NE(svg.find("<title>a&lt;b&gt;&amp;&quot;c&quot;</title>"), std::string::npos);
  EXPECT_NE(svg.find(">&lt;/text&gt;&lt;script&gt;</text>"), std::string::npos);
  EXPECT_EQ(svg.find("<script"), std::string::npos);
}

TEST(SvgOf, DrawsWhatHasNoExtentAndWhatIsHuge) {
  constexpr double kHuge = std::numeric_limits<double>::max();
  for (const auto& points : std::vector<std::vector<Drawing::Place>>{
           {{3, 4}}, {{1, 1}, {1, 1}}, {{0, 0}, {0, 5}}, {{-kHuge, kHuge}, {kHuge, -kHuge}}}) {
    const auto places = circles_of(svg_of(drawing_of(points)));
    ASSERT_EQ(places.size(), points.size());
    for (const auto& [x, y] : places) {
      EXPECT_TRUE(0 < x && x < 440 && 0 < y && y < 440) << x << ", " << y;
    }
  }
}

TEST(SvgOf, RefusesWhatIsNoDrawing) {
  const auto refused = [](const Drawing& drawing) {
    return message_of<c10::Error>([&] { svg_of(drawing); });
  };
  auto drawing = square();
  drawing.layers[1].lines[0].indices = {0, 4};
  EXPECT_NE(refused(drawing).find("a line of 'solver' must be through its 4 points, got 4"),
            std::string::npos);
  EXPECT_NE(refused(drawing_of({})).find("must have points"), std::string::npos);
  EXPECT_NE(refused(drawing_of({{0, std::nan("")}})).find("coordinates must be finite"),
            std::string::npos);
}

}  // namespace
}  // namespace zoo
