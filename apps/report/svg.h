// Drawings as files of their own.
#pragma once

#include <string>

#include "zoo/trainers/sample.h"

namespace zoo {

/// The drawing as an SVG on a light ground for browsers and papers: the first layer as a line, the
/// others beneath it as pale roads, a legend, and the points' numbers if they are few. Both
/// coordinates have one scale. Throws `c10::Error` for a drawing that is none.
std::string svg_of(const Drawing& drawing);

}  // namespace zoo
