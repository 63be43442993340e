// Schedules as tables.
#include "zoo/trainers/optimizers/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace zoo {
namespace {

void expect_factors(const ScheduleOptions& schedule, const std::vector<double>& factors) {
  const auto steps = static_cast<int64_t>(factors.size());
  for (int64_t step = 0; step < steps; ++step) {
    EXPECT_NEAR(schedule_factor(schedule, step, steps), factors[static_cast<size_t>(step)], 1e-15)
        << "step " << step;
  }
}

TEST(Schedule, FollowsItsTable) {
  expect_factors(ConstantSchedule{}, {1, 1, 1});
  expect_factors(StepSchedule{.every = 2, .factor = 0.5}, {1, 1, 0.5, 0.5, 0.25, 0.25, 0.125});
  expect_factors(StepSchedule{.every = 1, .factor = 3}, {1, 3, 9});
  const double r = std::sqrt(0.5);
  expect_factors(CosineSchedule{}, {1, (1 + r) / 2, 0.5, (1 - r) / 2, 0});
  expect_factors(CosineSchedule{.warmup = 3}, {0.25, 0.5, 0.75, 1, 0.5, 0});
  expect_factors(CosineSchedule{.warmup = 1, .final_factor = 0.2}, {0.5, 1, 0.6, 0.2});
}

TEST(Schedule, HasNoHolesAtItsEnds) {
  expect_factors(CosineSchedule{}, {1});
  expect_factors(CosineSchedule{.warmup = 9}, {0.1, 0.2, 0.3});
  expect_factors(CosineSchedule{.warmup = 2}, {1.0 / 3, 2.0 / 3, 1});
  EXPECT_NEAR(schedule_factor(CosineSchedule{.final_factor = 0.1}, 99, 5), 0.1, 1e-15);
}

TEST(Schedule, HalvesFromAStepOn) {
  expect_factors(StepSchedule{.every = 2, .start = 3}, {1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125});
  expect_factors(StepSchedule{.every = 1, .factor = 0.1, .start = 2}, {1, 1, 0.1, 0.01, 0.001});
}

/// The factor in each tenth of an epoch, counted from 0, of a training whose epochs are ten steps.
double after_tenths(const StepSchedule& schedule, int64_t tenths) {
  return schedule_factor(schedule, tenths, 100);
}

TEST(Schedule, HalvesAsInThePapers) {
  const StepSchedule luong{.every = 10, .start = 50};
  EXPECT_EQ(after_tenths(luong, 49), 1) << "the last step of the fifth epoch";
  EXPECT_EQ(after_tenths(luong, 50), 0.5) << "the sixth";
  EXPECT_EQ(after_tenths(luong, 59), 0.5);
  EXPECT_EQ(after_tenths(luong, 60), 0.25);
  EXPECT_EQ(after_tenths(luong, 99), 1.0 / 32) << "the tenth";
  const StepSchedule sutskever{.every = 5, .start = 50};
  EXPECT_EQ(after_tenths(sutskever, 49), 1);
  EXPECT_EQ(after_tenths(sutskever, 54), 0.5);
  EXPECT_EQ(after_tenths(sutskever, 55), 0.25);
  EXPECT_EQ(after_tenths(sutskever, 74), 1.0 / 32) << "the end, after 7.5 epochs";
}

TEST(Schedule, WarmsUpAndFallsWithTheRootOfTheStep) {
  const NoamSchedule noam{.model_size = 4, .warmup = 4};
  // Half of the smaller one of step^-0.5 and step / 8.
  expect_factors(noam, {1.0 / 16, 2.0 / 16, 3.0 / 16, 1.0 / 4, 0.5 / std::sqrt(5)});
  EXPECT_NEAR(schedule_factor(noam, 8, 9), 1.0 / 6, 1e-15);
  EXPECT_NEAR(schedule_factor(noam, 15, 16), 1.0 / 8, 1e-15);
  EXPECT_NEAR(schedule_factor(NoamSchedule{}, 3999, 100000), 1 / std::sqrt(2048000.0), 1e-18)
      << "the peak in the paper, about 0.0007";
  EXPECT_NEAR(schedule_factor(NoamSchedule{}, 0, 1), 1 / std::sqrt(2048000.0) / 4000, 1e-20);
  EXPECT_NEAR(schedule_factor(NoamSchedule{.warmup = 1}, 0, 1), 1 / std::sqrt(512.0), 1e-16);
}

}  // namespace
}  // namespace zoo
