#include "zoo/apps/report/chart_axis.h"

#include <algorithm>
#include <cmath>

namespace zoo {
namespace {

double nice_step(double range, int count) {
  const double rough = range / std::max(count, 1);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * 0.999) return factor * power;
  }
  return 10 * power;
}

// Multiples of the step within the axis.
void set_ticks(ChartAxis& axis, double step) {
  const auto first = static_cast<int64_t>(std::ceil(axis.low / step - 1e-9));
  const auto last = static_cast<int64_t>(std::floor(axis.high / step + 1e-9));
  for (int64_t i = first; i <= last; ++i) axis.ticks.push_back(static_cast<double>(i) * step);
}

}  // namespace

ChartAxis value_axis(const std::vector<double>& values, int count) {
  ChartAxis axis;
  if (!values.empty()) {
    axis.low = std::ranges::min(values);
    axis.high = std::ranges::max(values);
  }
  if (axis.low > 0 && axis.low < axis.high / 2) axis.low = 0;
  if (axis.low == axis.high) {
    const double half = axis.low == 0 ? 0.5 : std::abs(axis.low) / 2;
    axis.low -= half;
    axis.high += half;
  }
  const double step = nice_step(axis.high - axis.low, count);
  axis.low = std::floor(axis.low / step + 1e-9) * step;
  axis.high = std::ceil(axis.high / step - 1e-9) * step;
  set_ticks(axis, step);
  return axis;
}

ChartAxis place_axis(const std::vector<double>& places, int count) {
  ChartAxis axis;
  if (!places.empty()) {
    axis.low = std::min(0.0, std::ranges::min(places));
    axis.high = std::ranges::max(places);
  }
  if (axis.high <= axis.low) axis.high = axis.low + 1;
  set_ticks(axis, nice_step(axis.high - axis.low, count));
  return axis;
}

}  // namespace zoo
