// Options of learning-rate schedules.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "zoo/models/options/options.h"

namespace zoo {

/// The learning rate as it stands in the optimiser's options.
struct ConstantSchedule {
  static constexpr std::string_view kName = "constant";
  static void fields(auto&, auto&&) {}
};

/// Multiplied by `factor` after every `every` steps.
struct StepSchedule {
  static constexpr std::string_view kName = "step";
  int64_t every = 1000;
  double factor = 0.5;

  static void fields(auto& self, auto&& visit) {
    visit("every", self.every, "steps between two changes", at_least(1));
    visit("factor", self.factor, "by which the learning rate is multiplied", above(0));
  }
};

/// Linear warm-up, then half a cosine down to `final_factor` at the last step.
struct CosineSchedule {
  static constexpr std::string_view kName = "cosine";
  int64_t warmup = 0;
  double final_factor = 0;

  static void fields(auto& self, auto&& visit) {
    visit("warmup", self.warmup, "steps of linear growth from 0", at_least(0));
    visit("final_factor", self.final_factor, "of the learning rate, reached at the last step",
          between(0, 1));
  }
};

/// As it is until step `start`, then multiplied by `factor` there and again after every `every`
/// steps: Luong et al. (2015), arXiv:1508.04025, section 4.1, train five epochs and then halve the
/// rate in each epoch, so `start` are the steps of five epochs, `every` those of one; Sutskever et
/// al. (2014), arXiv:1409.3215, section 3.4, likewise with half an epoch.
struct HalvingSchedule {
  static constexpr std::string_view kName = "halving";
  int64_t start = 5000;
  int64_t every = 1000;
  double factor = 0.5;

  static void fields(auto& self, auto&& visit) {
    visit("start", self.start, "steps before the first change", at_least(0));
    visit("every", self.every, "steps between two changes", at_least(1));
    visit("factor", self.factor, "by which the learning rate is multiplied", above(0));
  }
};

/// Vaswani et al. (2017), arXiv:1706.03762, eq. 3: linear warm-up, then the inverse square root of
/// the step, both times `model_size`^-0.5. The learning rate of the optimiser, 1 in the paper, is a
/// factor in front.
struct NoamSchedule {
  static constexpr std::string_view kName = "noam";
  int64_t model_size = 512;
  int64_t warmup = 4000;

  static void fields(auto& self, auto&& visit) {
    visit("model_size", self.model_size, "width of the model", at_least(1));
    visit("warmup", self.warmup, "steps of linear growth", at_least(1));
  }
};

using ScheduleOptions =
    std::variant<ConstantSchedule, StepSchedule, CosineSchedule, HalvingSchedule, NoamSchedule>;

}  // namespace zoo
