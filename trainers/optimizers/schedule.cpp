#include "zoo/trainers/optimizers/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <variant>

namespace zoo {
namespace {

double factor_of(const ConstantSchedule&, int64_t, int64_t) { return 1; }

double factor_of(const StepSchedule& stairs, int64_t step, int64_t) {
  const int64_t first = stairs.start > 0 ? stairs.start : stairs.every;
  if (step < first) return 1;
  return std::pow(stairs.factor, static_cast<double>(1 + (step - first) / stairs.every));
}

double factor_of(const CosineSchedule& cosine, int64_t step, int64_t steps) {
  if (step < cosine.warmup) {
    return static_cast<double>(step + 1) / static_cast<double>(cosine.warmup + 1);
  }
  const double span = static_cast<double>(std::max<int64_t>(steps - 1 - cosine.warmup, 1));
  const double done = std::min(1.0, static_cast<double>(step - cosine.warmup) / span);
  return cosine.final_factor +
         (1 - cosine.final_factor) * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

// The paper counts steps from 1.
double factor_of(const NoamSchedule& noam, int64_t step, int64_t) {
  const auto number = static_cast<double>(step + 1);
  const auto warmup = static_cast<double>(noam.warmup);
  return std::min(1 / std::sqrt(number), number / (warmup * std::sqrt(warmup))) /
         std::sqrt(static_cast<double>(noam.model_size));
}

}  // namespace

double schedule_factor(const ScheduleOptions& schedule, int64_t step, int64_t steps) {
  return std::visit([&](const auto& each) { return factor_of(each, step, steps); }, schedule);
}

}  // namespace zoo
