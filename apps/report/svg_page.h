// What pictures that are files of their own have in common: a light ground, text, a legend.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace zoo {

constexpr double kSvgWidth = 440;
constexpr const char* kSvgText = "#1c2024";

/// Lines on the light ground, those of the report: after Okabe and Ito, told apart with any kind of
/// colour vision.
constexpr std::array<const char*, 7> kSvgColors = {"#0072b2", "#d55e00", "#009068", "#b8628f",
                                                   "#3a3f44", "#b97f00", "#3a93c9"};

/// The whole file: `body` on a ground of the usual width. The title is for those who cannot see it.
std::string svg_page(const std::string& title, double height, const std::string& body);

/// Text whose baseline begins, or whose middle or end lies, at (x, y).
std::string svg_text(double x, double y, const std::string& text,
                     const std::string& attributes = "");

/// About how wide a text is, at most.
double svg_text_width(const std::string& text);

/// Part of a picture that ends at `bottom`.
struct SvgPart {
  std::string svg;
  double bottom = 0;
};

/// Names in as few rows as they need, from `left` on, each behind its sample: a line of the length
/// `kSvgSample` that `sample(i, x, y)` draws from (x, y) to the right. Ends at `top` if there are
/// none.
constexpr double kSvgSample = 28;
SvgPart svg_legend(const std::vector<std::string>& names, double left, double top,
                   const std::function<std::string(size_t, double, double)>& sample);

}  // namespace zoo
