#include "zoo/apps/report/svg_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zoo/apps/report/markup.h"

namespace zoo {
namespace {

constexpr double kLetterWidth = 7.5;  // of most, at most
constexpr double kLegendRow = 22;

}  // namespace

std::string svg_page(const std::string& title, double height, const std::string& body) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" fill=\"none\" stroke-linecap=\"round\" "
      "stroke-linejoin=\"round\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" "
      "font-size=\"13\">\n<title>{2}</title>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{3}</svg>\n",
      kSvgWidth, std::ceil(height), escape_html(title), body);
}

std::string svg_text(double x, double y, const std::string& text, const std::string& attributes) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"{}\"{}{}>{}</text>\n", x, y, kSvgText,
                     attributes.empty() ? "" : " ", attributes, escape_html(text));
}

double svg_text_width(const std::string& text) {
  // Of a letter in UTF-8 the first byte alone.
  const auto letters = std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; });
  return kLetterWidth * static_cast<double>(letters);
}

SvgPart svg_legend(const std::vector<std::string>& names, double left, double top,
                   const std::function<std::string(size_t, double, double)>& sample) {
  constexpr double kGap = 8;
  double x = left, y = top + kLegendRow / 2;
  std::string svg;
  for (size_t i = 0; i < names.size(); ++i) {
    const double width = kSvgSample + 3 * kGap + svg_text_width(names[i]);
    if (x > left && x + width > kSvgWidth) {
      x = left;
      y += kLegendRow;
    }
    svg += sample(i, x, y) + svg_text(x + kSvgSample + kGap, y + 4.5, names[i]);
    x += width;
  }
  return {svg, names.empty() ? top : y + kLegendRow};
}

}  // namespace zoo
