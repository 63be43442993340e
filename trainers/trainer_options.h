// Options of the training loop, of optimisers and of learning-rate schedules.
#pragma once

#include <array>
#include <string>
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

/// How a training runs; the same for every task.
struct TrainerOptions {
  int64_t steps = 1000;
  int64_t batch_size = 1;
  OptimizerOptions optimizer{};
  ScheduleOptions schedule{};
  double clip_norm = 0;
  double clip_value = 0;
  int64_t log_every = 100;
  int64_t evaluate_every = 1000;
  int64_t evaluate_batches = 100;
  int64_t evaluate_batch_size = 1;
  int64_t checkpoint_every = 1000;
  int64_t keep_checkpoints = 2;
  int64_t patience = 0;
  int64_t loader_threads = 1;

  static void fields(auto& self, auto&& visit) {
    visit("steps", self.steps, "updates of the weights", at_least(1));
    visit("batch_size", self.batch_size, "examples in one step", at_least(1));
    visit("optimizer", self.optimizer, "turns gradients into updates");
    visit("schedule", self.schedule, "how the learning rate changes from step to step");
    visit("clip_norm", self.clip_norm, "largest norm of the whole gradient; 0: not clipped",
          at_least(0));
    visit("clip_value", self.clip_value, "largest size of one gradient element; 0: not clipped",
          at_least(0));
    visit("log_every", self.log_every, "steps between two records of the training loss",
          at_least(1));
    visit("evaluate_every", self.evaluate_every, "steps between two evaluations", at_least(1));
    visit("evaluate_batches", self.evaluate_batches, "batches in an evaluation", at_least(1));
    visit("evaluate_batch_size", self.evaluate_batch_size, "examples in a batch of an evaluation",
          at_least(1));
    visit("checkpoint_every", self.checkpoint_every, "steps between two checkpoints", at_least(1));
    visit("keep_checkpoints", self.keep_checkpoints, "newest checkpoints that are kept",
          at_least(1));
    visit("patience", self.patience,
          "evaluations without a better result after which training ends; 0: never", at_least(0));
    visit("loader_threads", self.loader_threads,
          "threads that make batches ahead of time; 0: made when needed", at_least(0));
  }
};

}  // namespace zoo
