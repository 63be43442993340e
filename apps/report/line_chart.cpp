#include "zoo/apps/report/line_chart.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "zoo/apps/report/chart_axis.h"
#include "zoo/apps/report/markup.h"
#include "zoo/apps/report/svg_page.h"
#include "zoo/apps/zoo/cell_text.h"

namespace zoo {
namespace {

constexpr double kPlotTop = 38;  // below the name of the vertical axis
constexpr double kPlotBottom = 268;
constexpr double kPlotRight = kSvgWidth - 20;
constexpr double kChartMargin = 14;
constexpr std::array kChartDashes = {"", "7 4", "2 4", "9 4 2 4", "12 5", "4 3", "1 5"};

bool is_drawn(double value) { return std::isfinite(value); }

// Trailing zeros of a number of a tick would only be noise.
std::string tick_text(double value, bool share) {
  return share ? significant_text(100 * value) + " %" : significant_text(value);
}

class ChartDrawing {
 public:
  explicit ChartDrawing(const LineChart& chart)
      : chart_(chart), y_(value_axis(all_values(), 5)), x_(horizontal_axis()) {
    double widest = 0;
    for (const double tick : y_.ticks) {
      widest = std::max(widest, svg_text_width(tick_text(tick, chart.shares)));
    }
    left_ = kChartMargin + widest + 6;
  }

  std::string page() const {
    std::string body = grid() + horizontal();
    for (size_t i = 0; i < chart_.lines.size(); ++i) body += line(i);
    std::vector<std::string> names;
    for (const auto& each : chart_.lines) names.push_back(each.name);
    const auto sample = [this](size_t i, double x, double y) { return legend_sample(i, x, y); };
    auto [legend, bottom] = svg_legend(names, kChartMargin, kPlotBottom + 50, sample);
    if (!chart_.note.empty()) {
      legend += svg_text(kChartMargin, bottom + 13, chart_.note, "font-size=\"12\"");
      bottom += 20;
    }
    return svg_page(title(), bottom + 6, body + legend);
  }

 private:
  std::vector<double> all_values() const {
    std::vector<double> values;
    for (const auto& line : chart_.lines) {
      for (const auto& [x, value, low, high] : line.points) {
        for (const double each : {value, low, high}) {
          if (is_drawn(value) && is_drawn(each)) values.push_back(each);
        }
      }
    }
    return values;
  }

  ChartAxis horizontal_axis() const {
    std::vector<double> places;
    for (const auto& line : chart_.lines) {
      for (const auto& point : line.points) places.push_back(point.x);
    }
    if (chart_.categories.empty()) return place_axis(places, 5);
    ChartAxis axis{
        .low = -0.5, .high = static_cast<double>(chart_.categories.size()) - 0.5, .ticks = {}};
    for (size_t i = 0; i < chart_.categories.size(); ++i)
      axis.ticks.push_back(static_cast<double>(i));
    return axis;
  }

  std::string title() const {
    std::vector<std::string> names;
    for (const auto& line : chart_.lines) names.push_back(line.name);
    return fmt::format("{} by {}: {}", chart_.y_title, chart_.x_title, fmt::join(names, ", "));
  }

  double x_of(double place) const { return left_ + x_.place(place) * (kPlotRight - left_); }
  double y_of(double value) const {
    return kPlotBottom - y_.place(value) * (kPlotBottom - kPlotTop);
  }

  std::string place_text(double place) const {
    return chart_.categories.empty() ? significant_text(place)
                                     : chart_.categories[static_cast<size_t>(place)];
  }

  std::string grid() const {
    std::string svg = svg_text(kChartMargin, kPlotTop - 18, chart_.y_title, "font-weight=\"600\"");
    for (const double tick : y_.ticks) {
      svg += fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"#e1e4e7\"/>\n", left_,
                         y_of(tick), kPlotRight);
      svg += svg_text(left_ - 6, y_of(tick) + 4.5, tick_text(tick, chart_.shares),
                      "text-anchor=\"end\"");
    }
    return svg;
  }

  // Where names would run into each other, every second or third one is left out.
  std::string horizontal() const {
    std::string svg = fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"#8b9299\"/>\n", left_,
                                  kPlotBottom, kPlotRight);
    double widest = 0;
    for (const double tick : x_.ticks) widest = std::max(widest, svg_text_width(place_text(tick)));
    const double room =
        (kPlotRight - left_) / static_cast<double>(std::max<size_t>(x_.ticks.size(), 1));
    const auto every = static_cast<size_t>(std::max(1.0, std::ceil((widest + 6) / room)));
    for (size_t i = 0; i < x_.ticks.size(); i += every) {
      const double x = x_of(x_.ticks[i]);
      const auto text = place_text(x_.ticks[i]);
      const double rightmost = kSvgWidth - 4 - svg_text_width(text) / 2;
      svg += fmt::format("<path d=\"M{:.1f} {:.1f}v4\" stroke=\"#8b9299\"/>\n", x, kPlotBottom);
      svg += svg_text(std::min(x, rightmost), kPlotBottom + 18, text, "text-anchor=\"middle\"");
    }
    return svg + svg_text(kPlotRight, kPlotBottom + 38, chart_.x_title,
                          "text-anchor=\"end\" font-weight=\"600\"");
  }

  static std::string stroke_of(size_t index) {
    const auto* dashes = kChartDashes[index % kChartDashes.size()];
    const std::string dashed = *dashes ? fmt::format(" stroke-dasharray=\"{}\"", dashes) : "";
    return fmt::format("stroke=\"{}\" stroke-width=\"2\"{}", kSvgColors[index % kSvgColors.size()],
                       dashed);
  }

  // A disc, a square, a triangle or a diamond, `inside` it what a pointer is told.
  static std::string mark(size_t index, double x, double y, const std::string& inside = "") {
    const auto* color = kSvgColors[index % kSvgColors.size()];
    const std::array shapes = {
        fmt::format("M{:.1f} {:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z", x - 4, y),
        fmt::format("M{:.1f} {:.1f}h7v7h-7Z", x - 3.5, y - 3.5),
        fmt::format("M{:.1f} {:.1f}l4.5 8h-9Z", x, y - 5),
        fmt::format("M{:.1f} {:.1f}l5 5l-5 5l-5 -5Z", x, y - 5)};
    return fmt::format("<path d=\"{}\" fill=\"{}\" stroke=\"#ffffff\">{}</path>\n",
                       shapes[index % shapes.size()], color, inside);
  }

  static std::string legend_sample(size_t index, double x, double y) {
    return fmt::format("<path d=\"M{:.1f} {:.1f}h{}\" {}/>\n", x, y, kSvgSample, stroke_of(index)) +
           mark(index, x + kSvgSample / 2, y);
  }

  static bool has_bar(const LineChart::Point& point) {
    return is_drawn(point.value) && is_drawn(point.low) && is_drawn(point.high) &&
           (point.low != point.value || point.high != point.value);
  }

  // Side by side over a category, where bars of several lines would hide each other.
  double shift_of(size_t index) const {
    const auto last = static_cast<double>(chart_.lines.size() - 1);
    if (chart_.categories.empty() || last == 0) return 0;
    return std::min(5.0, 24 / last) * (static_cast<double>(index) - last / 2);
  }

  std::string told(const LineChart::Point& point) const {
    const auto text = [&](double value) { return tick_text(value, chart_.shares); };
    const std::string bar =
        has_bar(point) ? fmt::format(" ({} to {})", text(point.low), text(point.high)) : "";
    return fmt::format("<title>{}: {}{}</title>", escape_html(place_text(point.x)),
                       text(point.value), bar);
  }

  std::string line(size_t index) const {
    const auto* color = kSvgColors[index % kSvgColors.size()];
    std::string path, bars, marks;
    char pen = 'M';
    for (const auto& point : chart_.lines[index].points) {
      if (!is_drawn(point.value)) {
        pen = 'M';
        continue;
      }
      const double x = x_of(point.x) + shift_of(index), y = y_of(point.value);
      path += fmt::format("{}{:.1f} {:.1f}", pen, x, y);
      pen = 'L';
      marks += mark(index, x, y, told(point));
      if (!has_bar(point)) continue;
      bars += fmt::format(
          "<path d=\"M{0:.1f} {1:.1f}V{2:.1f}m-4 0h8M{3:.1f} {1:.1f}h8\" "
          "stroke=\"{4}\" stroke-width=\"1.5\"/>\n",
          x, y_of(point.low), y_of(point.high), x - 4, color);
    }
    return fmt::format("<g>\n{}<path d=\"{}\" {}/>\n{}</g>\n", bars, path, stroke_of(index), marks);
  }

  const LineChart& chart_;
  ChartAxis y_, x_;
  double left_ = 0;
};

}  // namespace

std::string svg_of(const LineChart& chart) { return ChartDrawing(chart).page(); }

}  // namespace zoo
