#include "zoo/apps/report/running_report.h"

#include <fmt/format.h>

#include <exception>

#include "zoo/apps/report/report.h"
#include "zoo/apps/zoo/progress.h"
#include "zoo/trainers/logging/samples.h"

namespace zoo {

std::optional<std::string> RunningReport::update(int64_t step) {
  return monotonic_seconds() < next_ ? std::nullopt : finish(step);
}

std::optional<std::string> RunningReport::finish(int64_t step) {
  constexpr double kLeastRatio = 19;  // of the time between two reports to that of one
  const double start = monotonic_seconds();
  std::optional<std::string> complaint;
  try {
    write_samples(folder_.path(), step, task_.samples());
    write_report({folder_.path()}, folder_.report());
  } catch (const std::exception& error) {
    if (!complained_) {
      complaint = fmt::format("{}; the run goes on without its report, `zoo report {}` makes it",
                              error.what(), folder_.shown());
    }
    complained_ = true;
  }
  const double end = monotonic_seconds();
  next_ = end + kLeastRatio * (end - start);
  return complaint;
}

}  // namespace zoo
