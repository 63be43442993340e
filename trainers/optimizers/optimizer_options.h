// Options of optimisers and of learning-rate schedules.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "zoo/models/options/options.h"

namespace zoo {

/// RMSProp of Graves (2013), "Generating Sequences With Recurrent Neural Networks",
/// arXiv:1308.0850, eq. 38-41: centred, with momentum, epsilon inside the root.
struct RmspropOptions {
  static constexpr std::string_view kName = "rmsprop";
  double learning_rate = 1e-4;
  double decay = 0.95;
  double momentum = 0.9;
  double epsilon = 1e-4;

  static void fields(auto& self, auto&& visit) {
    visit("learning_rate", self.learning_rate, "step size", at_least(0));
    visit("decay", self.decay, "of the running means of gradient and squared gradient",
          between(0, 1));
    visit("momentum", self.momentum, "share of the last update kept in the next", between(0, 1));
    visit("epsilon", self.epsilon, "added to the variance inside the root", above(0));
  }
};

/// Adam, Kingma and Ba (2015), arXiv:1412.6980, algorithm 1; with `weight_decay` the decoupled
/// decay of AdamW, Loshchilov and Hutter (2019), arXiv:1711.05101.
struct AdamOptions {
  static constexpr std::string_view kName = "adam";
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;

  static void fields(auto& self, auto&& visit) {
    visit("learning_rate", self.learning_rate, "step size", at_least(0));
    visit("beta1", self.beta1, "decay of the mean of the gradient", between(0, 1));
    visit("beta2", self.beta2, "decay of the mean of the squared gradient", between(0, 1));
    visit("epsilon", self.epsilon, "added to the root of the second moment", above(0));
    visit("weight_decay", self.weight_decay, "decoupled decay of the weights (AdamW); 0: none",
          at_least(0));
  }
};

/// Stochastic gradient descent with (Nesterov's) momentum.
struct SgdOptions {
  static constexpr std::string_view kName = "sgd";
  double learning_rate = 0.1;
  double momentum = 0;
  bool nesterov = false;

  static void fields(auto& self, auto&& visit) {
    visit("learning_rate", self.learning_rate, "step size", at_least(0));
    visit("momentum", self.momentum, "share of the last update kept in the next", between(0, 1));
    visit("nesterov", self.nesterov, "look ahead along the momentum");
  }
};

using OptimizerOptions = std::variant<RmspropOptions, AdamOptions, SgdOptions>;

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

using ScheduleOptions = std::variant<ConstantSchedule, StepSchedule, CosineSchedule>;

}  // namespace zoo
