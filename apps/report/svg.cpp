#include "zoo/apps/report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "zoo/apps/report/svg_page.h"

namespace zoo {
namespace {

constexpr double kSvgMargin = 28;
constexpr size_t kMostNumbered = 30;  // points whose numbers are legible

// Of the first lines, mixed with white: the middles of the roads.
constexpr std::array<const char*, 4> kSvgMiddles = {"#ffffff", "#f6dbc7", "#c7e7dd", "#f0dce7"};

// Moves points to places in pixels, both coordinates by one scale, y upwards.
struct SvgPlane {
  std::vector<Drawing::Place> places;
  double bottom = 0;    // where the points' part of the picture ends
  double thinness = 1;  // lines become thinner where there are many points
};

struct SvgRange {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  double size() const { return high - low; }
  double middle() const { return low + size() / 2; }
};

SvgPlane svg_plane(const std::vector<Drawing::Place>& points) {
  // Halves of the coordinates, whose difference is a number however large they are.
  SvgRange x, y;
  for (const auto& point : points) {
    x.include(point.x / 2);
    y.include(point.y / 2);
  }
  const double size = std::max(x.size(), y.size());
  const double unit = size == 0 ? 1 : size;
  const double room = kSvgWidth - 2 * kSvgMargin;
  SvgPlane plane;
  plane.bottom = std::max(y.size() / unit * room, 40.0) + 2 * kSvgMargin;
  plane.thinness = std::clamp(std::sqrt(40 / static_cast<double>(points.size())), 0.42, 1.0);
  for (const auto& point : points) {
    plane.places.push_back({kSvgWidth / 2 + (point.x / 2 - x.middle()) / unit * room,
                            plane.bottom / 2 - (point.y / 2 - y.middle()) / unit * room});
  }
  return plane;
}

std::string path_of(const Drawing::Line& line, const SvgPlane& plane) {
  std::string path;
  for (const int64_t index : line.indices) {
    const auto& [x, y] = plane.places[static_cast<size_t>(index)];
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? 'M' : 'L', x, y);
  }
  return line.closed && line.indices.size() > 1 ? path + "Z" : path;
}

std::string stroke(const std::string& path, const char* color, double width) {
  return fmt::format("<path d=\"{}\" stroke=\"{}\" stroke-width=\"{:.2f}\"/>\n", path, color,
                     width);
}

// The first layer as a line, the others as roads, the wider the deeper.
std::string layer_strokes(size_t depth, const std::string& path, double thinness) {
  const size_t ink = depth % kSvgMiddles.size();
  if (depth == 0) return stroke(path, kSvgColors[0], 2.25 * thinness);
  const double width = (2 + 5.5 * static_cast<double>(depth)) * thinness;
  return stroke(path, kSvgColors[ink], width) +
         stroke(path, kSvgMiddles[ink], width - std::max(2 * thinness, 1.2));
}

std::string layer_svg(const Drawing::Layer& layer, size_t depth, const SvgPlane& plane) {
  std::string areas, path;
  for (const auto& line : layer.lines) {
    const auto outline = path_of(line, plane);
    path += outline;
    if (line.closed && depth == 0) {
      areas += fmt::format("<path d=\"{}\" fill=\"{}\" fill-opacity=\"0.07\"/>\n", outline,
                           kSvgColors[0]);
    }
  }
  // One outline is plain enough; of many, light areas tell where there is none.
  if (layer.lines.size() < 2) areas.clear();
  return "<g>\n" + areas + layer_strokes(depth, path, plane.thinness) + "</g>\n";
}

// For each point the angles at which lines leave it and other points lie close.
std::vector<std::vector<double>> taken_angles(const Drawing& drawing, const SvgPlane& plane) {
  constexpr double kNearby = 28;
  const auto& places = plane.places;
  std::vector<std::vector<double>> taken(places.size());
  const auto join = [&](size_t from, size_t to) {
    taken[from].push_back(std::atan2(places[to].y - places[from].y, places[to].x - places[from].x));
  };
  for (size_t i = 0; i < places.size(); ++i) {
    for (size_t j = 0; j < places.size(); ++j) {
      const double apart = std::hypot(places[i].x - places[j].x, places[i].y - places[j].y);
      if (i != j && apart < kNearby) join(i, j);
    }
  }
  for (const auto& layer : drawing.layers) {
    for (const auto& [indices, closed] : layer.lines) {
      for (size_t i = closed ? 0 : 1; i < indices.size(); ++i) {
        const auto from = static_cast<size_t>(indices[i == 0 ? indices.size() - 1 : i - 1]);
        const auto to = static_cast<size_t>(indices[i]);
        join(from, to);
        join(to, from);
      }
    }
  }
  return taken;
}

// The middle of the widest gap between angles: where a number touches least.
double free_angle(std::vector<double> taken) {
  if (taken.empty()) return -std::numbers::pi / 4;
  std::ranges::sort(taken);
  double widest = -1, middle = 0;
  for (size_t i = 0; i < taken.size(); ++i) {
    const double next = i + 1 < taken.size() ? taken[i + 1] : taken.front() + 2 * std::numbers::pi;
    if (next - taken[i] <= widest) continue;
    widest = next - taken[i];
    middle = (taken[i] + next) / 2;
  }
  return middle;
}

std::string points_svg(const Drawing& drawing, const SvgPlane& plane) {
  const double radius = std::max(3.6 * plane.thinness, 1.6);
  std::string svg = "<g fill=\"#1c2024\" stroke=\"#ffffff\">\n";
  for (const auto& [x, y] : plane.places) {
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>\n", x, y, radius);
  }
  svg += "</g>\n";
  if (plane.places.size() > kMostNumbered) return svg;
  svg +=
      "<g fill=\"#1c2024\" stroke=\"#ffffff\" stroke-width=\"3\" stroke-linejoin=\"round\" "
      "paint-order=\"stroke\" font-size=\"12\" text-anchor=\"middle\">\n";
  const auto taken = taken_angles(drawing, plane);
  for (size_t i = 0; i < taken.size(); ++i) {
    const double angle = free_angle(taken[i]);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                       plane.places[i].x + 15 * std::cos(angle),
                       plane.places[i].y + 15 * std::sin(angle) + 4, i);
  }
  return svg + "</g>\n";
}

SvgPart legend_svg(const std::vector<Drawing::Layer>& layers, double top) {
  std::vector<std::string> names;
  for (const auto& layer : layers) names.push_back(layer.name);
  return svg_legend(names, kSvgMargin, top, [](size_t depth, double x, double y) {
    return layer_strokes(depth, fmt::format("M{:.1f} {:.1f}h{}", x, y, kSvgSample), 1);
  });
}

}  // namespace

std::string svg_of(const Drawing& drawing) {
  check_drawing(drawing);
  const auto plane = svg_plane(drawing.points);
  const auto [legend, bottom] = legend_svg(drawing.layers, plane.bottom);
  std::string body;
  for (size_t depth = drawing.layers.size(); depth-- > 0;) {
    body += layer_svg(drawing.layers[depth], depth, plane);
  }
  return svg_page(drawing.name, bottom, body + points_svg(drawing, plane) + legend);
}

}  // namespace zoo
