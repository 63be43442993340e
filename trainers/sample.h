// One example with what a model makes of it, for people to look at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "zoo/models/attention_map/attention_map.h"

namespace zoo {

/// Points in the plane with answers drawn on them.
struct Drawing {
  struct Place {
    double x = 0;
    double y = 0;
  };
  /// A line through points, by their indices.
  struct Line {
    std::vector<int64_t> indices;
    bool closed = false;  ///< the last point is joined with the first
  };
  /// An answer, drawn in one colour.
  struct Layer {
    std::string name;  ///< "model", "solver"
    std::vector<Line> lines;
  };

  std::string name;           ///< "convex hull"
  std::vector<Place> points;  ///< y grows upwards
  std::vector<Layer> layers;  ///< the first is drawn on top
  /// Where the model pointed, step by step, for looking at one step after the other: the index of
  /// a point, -1 for the end. Empty if there is nothing to step through.
  std::vector<int64_t> steps{};
  /// The map of the sample, by its name, whose row i are the weights of step i over the end, in
  /// column 0, and the points, in the columns after it; empty if there is none.
  std::string step_weights{};
};

/// Throws `c10::Error` naming the drawing if it has no points, a coordinate is not finite, or an
/// index is no point's.
void check_drawing(const Drawing& drawing);

struct Sample {
  struct Text {
    std::string name;  ///< "wrong bits"
    std::string text;  ///< "3 of 960"
  };

  std::string title;               ///< "length_120"
  std::vector<Text> texts;         ///< in the order in which they are read
  std::vector<AttentionMap> maps;  ///< the example's own data first, then the model's
  std::vector<Drawing> drawings{};
};

}  // namespace zoo
