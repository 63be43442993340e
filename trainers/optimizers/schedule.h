// Learning rates that change from step to step.
#pragma once

#include <cstdint>

#include "zoo/trainers/optimizers/schedule_options.h"

namespace zoo {

/// By what the learning rate is multiplied in `step` (0, 1, ...) of `steps`: a pure function, so
/// that resuming needs no state.
double schedule_factor(const ScheduleOptions& schedule, int64_t step, int64_t steps);

}  // namespace zoo
