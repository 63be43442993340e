// From numbers to places on an axis.
#pragma once

#include <vector>

namespace zoo {

/// A part of the number line with the numbers that are written at it.
struct ChartAxis {
  double low = 0;
  double high = 1;
  std::vector<double> ticks;

  /// From 0 at `low` to 1 at `high`.
  double place(double value) const { return (value - low) / (high - low); }
};

/// Holds all values, with about `count` ticks that are 1, 2 or 5 times a power of ten apart, the
/// first and the last one at its ends. Begins at 0 unless the lowest value lies above half of the
/// highest or below 0.
ChartAxis value_axis(const std::vector<double>& values, int count);

/// The same from 0, or the lowest value if that is below, exactly to the highest value.
ChartAxis place_axis(const std::vector<double>& places, int count);

}  // namespace zoo
