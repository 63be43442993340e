#include "zoo/trainers/sample.h"

#include <c10/util/Exception.h>

#include <cmath>

namespace zoo {

void check_drawing(const Drawing& drawing) {
  const auto count = static_cast<int64_t>(drawing.points.size());
  TORCH_CHECK(count > 0, "Drawing '", drawing.name, "' must have points");
  for (const auto& [x, y] : drawing.points) {
    TORCH_CHECK(std::isfinite(x) && std::isfinite(y), "Drawing '", drawing.name,
                "': coordinates must be finite, got (", x, ", ", y, ")");
  }
  for (const auto& layer : drawing.layers) {
    for (const auto& line : layer.lines) {
      for (const int64_t index : line.indices) {
        TORCH_CHECK(0 <= index && index < count, "Drawing '", drawing.name, "': a line of '",
                    layer.name, "' must be through its ", count, " points, got ", index);
      }
    }
  }
  for (const int64_t step : drawing.steps) {
    TORCH_CHECK(-1 <= step && step < count, "Drawing '", drawing.name,
                "': a step must be one of its ", count, " points or -1, got ", step);
  }
}

}  // namespace zoo
