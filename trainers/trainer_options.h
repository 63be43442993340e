// Options of the training loop.
#pragma once

#include <cstdint>
#include <string>

#include "zoo/models/options/options.h"
#include "zoo/trainers/optimizers/optimizer_options.h"
#include "zoo/trainers/optimizers/schedule_options.h"
#include "zoo/trainers/precision.h"

namespace zoo {

/// How a training runs; the same for every task.
struct TrainerOptions {
  int64_t steps = 1000;
  int64_t batch_size = 1;
  OptimizerOptions optimizer{};
  ScheduleOptions schedule{};
  Precision precision = Precision::kFloat32;
  double clip_norm = 0;
  double clip_value = 0;
  int64_t log_every = 100;
  int64_t evaluate_every = 1000;
  int64_t evaluate_batches = 100;
  int64_t evaluate_batch_size = 1;
  int64_t checkpoint_every = 1000;
  int64_t keep_checkpoints = 2;
  int64_t average_checkpoints = 0;
  int64_t patience = 0;
  int64_t loader_threads = 1;

  static void fields(auto& self, auto&& visit) {
    visit("steps", self.steps, "updates of the weights", at_least(1));
    visit("batch_size", self.batch_size, "examples in one step", at_least(1));
    visit("optimizer", self.optimizer, "turns gradients into updates");
    visit("schedule", self.schedule, "how the learning rate changes from step to step");
    visit("precision", self.precision,
          "of the products of matrices in training; bfloat16 is faster on GPUs, and on CPUs that "
          "have instructions for it",
          Range(), Precision::kFloat32);
    visit("clip_norm", self.clip_norm, "largest norm of the whole gradient; 0: not clipped",
          at_least(0));
    visit("clip_value", self.clip_value, "largest size of one gradient element; 0: not clipped",
          at_least(0));
    visit("log_every", self.log_every, "steps between two records of the training loss",
          at_least(1));
    visit("evaluate_every", self.evaluate_every, "steps between two evaluations", at_least(1));
    visit("evaluate_batches", self.evaluate_batches,
          "batches in an evaluation; at most all there are", at_least(1));
    visit("evaluate_batch_size", self.evaluate_batch_size, "examples in a batch of an evaluation",
          at_least(1));
    visit("checkpoint_every", self.checkpoint_every, "steps between two checkpoints", at_least(1));
    visit("keep_checkpoints", self.keep_checkpoints, "newest checkpoints that are kept",
          at_least(1));
    visit("average_checkpoints", self.average_checkpoints,
          "last checkpoints whose mean the final weights are; 0 or 1: they are those of the last "
          "step",
          at_least(0), 0);
    visit("patience", self.patience,
          "evaluations without a better result after which training ends; 0: never", at_least(0));
    visit("loader_threads", self.loader_threads,
          "threads that make batches ahead of time; 0: made when needed", at_least(0));
  }
};

/// Why two options cannot be had together; empty if they can.
inline std::string contradiction_in(const TrainerOptions& options) {
  if (options.average_checkpoints < 2 || options.patience == 0) return {};
  return "average_checkpoints and patience contradict each other: with patience the final weights "
         "are those of the best evaluation";
}

}  // namespace zoo
