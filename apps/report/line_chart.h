// Charts of numbers as files of their own, for READMEs and papers.
#pragma once

#include <string>
#include <vector>

namespace zoo {

/// Lines over one horizontal axis.
struct LineChart {
  struct Point {
    double x = 0;      ///< of categories the index
    double value = 0;  ///< NaN, infinity: there is none, and the line has a gap
    double low = 0;    ///< where its bar begins and ends; none if both are the value
    double high = 0;
  };

  struct Line {
    std::string name;
    std::vector<Point> points;  ///< from left to right
  };

  std::string x_title;
  std::string y_title;
  std::vector<std::string> categories{};  ///< names on the horizontal axis; empty: it has numbers
  bool shares = false;                    ///< values are shown as percentages
  std::vector<Line> lines;
  std::string note{};  ///< what the bars mean
};

/// The chart as an SVG on a light ground, its text large enough where a phone shrinks it: each line
/// with a colour, dashes and marks of its own, so that neither colour vision nor print is needed.
/// The vertical axis begins at 0 unless all values lie far above. The same chart gives the same
/// bytes.
std::string svg_of(const LineChart& chart);

}  // namespace zoo
