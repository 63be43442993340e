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

/// Multiplied by `factor` after `start` steps, and once more after every `every` steps from there.
///
/// Luong et al. (2015), arXiv:1508.04025, section 4.1, train five epochs and then halve the rate in
/// each epoch, so `start` are the steps of five epochs, `every` those of one; Sutskever et al.
/// (2014), arXiv:1409.3215, section 3.4, likewise with half an epoch.
struct StepSchedule {
  static constexpr std::string_view kName = "step";
  int64_t every = 1000;
  double factor = 0.5;
  int64_t start = 0;

  static void fields(auto& self, auto&& visit) {
    visit("every", self.every, "steps between two changes", at_least(1));
    visit("factor", self.factor, "by which the learning rate is multiplied", above(0));
    visit("start", self.start, "steps before the first change; 0: as `every`", at_least(0), 0);
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

using ScheduleOptions = std::variant<ConstantSchedule, StepSchedule, CosineSchedule, NoamSchedule>;

}  // namespace zoo
