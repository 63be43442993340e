#include "zoo/apps/zoo/results_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "zoo/apps/zoo/block_sources.h"
#include "zoo/apps/zoo/ledger_entry.h"
#include "zoo/apps/zoo/markdown_blocks.h"

namespace zoo {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

// What a block says: "x = …" and the like by name, and the points.
struct FigureText {
  std::vector<std::string> names;  // experiments, or one record
  std::map<std::string, std::string> settings;
  std::vector<std::pair<std::string, std::string>> points;  // place and source
};

std::pair<std::string, std::string> equation_of(const std::string& text) {
  const auto equals = text.find(" = ");
  if (equals == std::string::npos) {
    throw BlockError(fmt::format("'{}' in the block is no `name = value`", text));
  }
  return {text.substr(0, equals), text.substr(equals + 3)};
}

FigureText figure_text(const std::string& text) {
  FigureText figure;
  const auto colon = text.find(": ");
  figure.names = words_of(text.substr(0, colon));
  if (colon == std::string::npos || figure.names.empty()) {
    throw BlockError(
        "the block must begin with `<!-- figure FILE.svg: EXPERIMENT…: x = …; y = …; `");
  }
  for (const auto& part : trimmed_parts(text.substr(colon + 1), ";")) {
    auto [name, value] = equation_of(part);
    if (name == "x" || name == "y" || name == "lines") {
      figure.settings[name] = value;
      continue;
    }
    for (const auto& point : trimmed_parts(part, ",")) figure.points.push_back(equation_of(point));
  }
  for (const char* name : {"x", "y"}) {
    if (!figure.settings.contains(name)) {
      throw BlockError(fmt::format("the block says nothing of '{0}'; write `{0} = …;`", name));
    }
  }
  return figure;
}

// Removes the sign at the end of the vertical axis' name.
void take_percent(std::string& title, bool& shares) {
  shares = title.ends_with(" %");
  if (shares) title.erase(title.size() - 2);
}

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

LineChart::Point seeds_point(double x, const std::vector<double>& values) {
  const double median = median_of(values);
  if (!std::isfinite(median)) return {.x = x, .value = kNoNumber};
  const auto [low, high] = std::ranges::minmax(values);
  return {.x = x, .value = median, .low = low, .high = high};
}

// Names on the horizontal axis, unless all of them are numbers.
std::vector<double> set_places(const FigureText& figure, LineChart& chart) {
  std::vector<double> places;
  for (const auto& [place, source] : figure.points) {
    const auto number = number_of(place);
    if (number) places.push_back(*number);
    chart.categories.push_back(place);
  }
  if (places.size() == figure.points.size()) {
    chart.categories.clear();
    if (!std::ranges::is_sorted(places)) {
      throw BlockError("the places of the points are numbers, but not in their order");
    }
    return places;
  }
  places.clear();
  for (size_t i = 0; i < figure.points.size(); ++i) places.push_back(static_cast<double>(i));
  return places;
}

LineChart chart_of_ledger(const FigureText& figure, const std::vector<LedgerEntry>& ledger) {
  if (figure.points.empty()) throw BlockError("the block has no point `place = metric`");
  LineChart chart{
      .x_title = figure.settings.at("x"), .y_title = figure.settings.at("y"), .lines = {}};
  take_percent(chart.y_title, chart.shares);
  const auto places = set_places(figure, chart);
  std::vector<bool> known(figure.points.size());
  for (const auto& name : figure.names) {
    const auto& entry = entry_of(name, ledger);
    const std::string stale = entry.stale().empty() ? "" : " (stale)";
    auto& line = chart.lines.emplace_back(LineChart::Line{.name = name + stale, .points = {}});
    for (size_t i = 0; i < places.size(); ++i) {
      const auto values = seed_values(entry, figure.points[i].second);
      known[i] = known[i] || values.has_value();
      line.points.push_back(values ? seeds_point(places[i], *values)
                                   : LineChart::Point{.x = places[i], .value = kNoNumber});
    }
    if (entry.json["seeds"].size() > 1) {
      chart.note = "Medians over the seeds; bars from the lowest to the highest.";
    }
  }
  for (size_t i = 0; i < known.size(); ++i) {
    if (!known[i]) {
      throw BlockError(
          fmt::format("there is no '{}' in what the block shows", figure.points[i].second));
    }
  }
  return chart;
}

double number_in(const Json& row, const std::string& field) {
  return row.contains(field) && row[field].is_number() ? row[field].get<double>() : kNoNumber;
}

std::string text_in(const Json& row, const std::string& field) {
  if (!row.contains(field)) return {};
  return row[field].is_string() ? row[field].get<std::string>() : row[field].dump();
}

LineChart::Line& line_named(const std::string& name, LineChart& chart) {
  const auto found = std::ranges::find(chart.lines, name, &LineChart::Line::name);
  if (found != chart.lines.end()) return *found;
  return chart.lines.emplace_back(LineChart::Line{.name = name, .points = {}});
}

LineChart::Point row_point(const Json& row, const std::string& x, const std::string& y) {
  LineChart::Point point{.x = number_in(row, x), .value = number_in(row, y)};
  point.low = number_in(row, y + "_lowest");
  point.high = number_in(row, y + "_highest");
  return point;
}

LineChart chart_of_record(const FigureText& figure) {
  if (!figure.points.empty()) {
    throw BlockError("of a record the block shows fields, `x = title = field`, and no points");
  }
  const auto [x_title, x] = equation_of(figure.settings.at("x"));
  auto [y_title, y] = equation_of(figure.settings.at("y"));
  LineChart chart{.x_title = x_title, .y_title = y_title, .lines = {}};
  take_percent(y, chart.shares);
  const auto by = figure.settings.find("lines");
  for (const auto& row : rows_of_record(figure.names[0])) {
    const auto point = row_point(row, x, y);
    if (!std::isfinite(point.x)) continue;
    const auto name = by == figure.settings.end() ? y_title : text_in(row, by->second);
    if (name.empty() || !std::isfinite(point.value)) continue;
    line_named(name, chart).points.push_back(point);
    if (std::isfinite(point.low) && std::isfinite(point.high)) {
      chart.note = "Bars from the lowest to the highest.";
    }
  }
  if (chart.lines.empty()) {
    throw BlockError(fmt::format("no row of {} has the fields of the block", figure.names[0]));
  }
  for (auto& line : chart.lines) std::ranges::sort(line.points, {}, &LineChart::Point::x);
  return chart;
}

}  // namespace

LineChart results_figure(const std::string& text, const std::vector<LedgerEntry>& ledger) {
  const auto figure = figure_text(text);
  return is_record(figure.names) ? chart_of_record(figure) : chart_of_ledger(figure, ledger);
}

}  // namespace zoo
