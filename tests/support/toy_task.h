// A small regression that a test trains in milliseconds, with all that makes resuming hard:
// dropout, buffers, an optimiser with moments, and a training loss summed over windows.
#pragma once

#include <torch/nn/functional/loss.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "zoo/datasets/random.h"
#include "zoo/trainers/tasks/supervised.h"

namespace zoo {

struct ToyBatch {
  static constexpr std::string_view kName = "toy";

  torch::Tensor inputs;   ///< [B, 5]
  torch::Tensor targets;  ///< [B, 1]

  ToyBatch to(torch::Device device) const { return {inputs.to(device), targets.to(device)}; }
};

/// The target is the sum of the inputs. In training step `broken_step` an input is infinite.
class ToyDataset final : public Dataset<ToyBatch> {
 public:
  explicit ToyDataset(int64_t broken_step = -1) : broken_step_(broken_step) {}

  ToyBatch batch(const BatchIndex& index) const override {
    Random random = random_of(index);
    auto inputs = torch::empty({index.batch_size, 5});
    float* values = inputs.mutable_data_ptr<float>();
    for (int64_t i = 0; i < inputs.numel(); ++i) values[i] = static_cast<float>(random.normal());
    auto targets = inputs.sum(1, /*keepdim=*/true);
    if (index.split == Split::kTraining && index.step == broken_step_) {
      values[0] = std::numeric_limits<float>::infinity();
    }
    return {inputs, targets};
  }

 private:
  int64_t broken_step_;
};

class ToyNetImpl final : public torch::nn::Module {
 public:
  ToyNetImpl() {
    first = register_module("first", torch::nn::Linear(5, 7));
    norm = register_module("norm", torch::nn::BatchNorm1d(7));
    dropout = register_module("dropout", torch::nn::Dropout(0.25));
    last = register_module("last", torch::nn::Linear(7, 1));
  }

  torch::Tensor forward(const torch::Tensor& inputs) {
    return last(dropout(torch::tanh(norm(first(inputs)))));
  }

  torch::nn::Linear first{nullptr}, last{nullptr};
  torch::nn::BatchNorm1d norm{nullptr};
  torch::nn::Dropout dropout{nullptr};
};
TORCH_MODULE(ToyNet);

class ToyTask : public SupervisedTask<ToyBatch> {
 public:
  ToyTask(Setup setup, ToyNet net) : SupervisedTask(std::move(setup)), net_(std::move(net)) {}

  MetricGoal goal() const override { return {"error", true}; }
  Prediction predict(const std::string& line) override { return {line}; }

  Metrics evaluate(const std::string& split) override {
    if (scripted_.empty()) return SupervisedTask::evaluate(split);
    const double value = scripted_.front();
    scripted_.erase(scripted_.begin());
    return {{"error", value}};
  }

  /// The results of the next evaluations, whatever the weights are.
  void script(std::vector<double> errors) { scripted_ = std::move(errors); }

 protected:
  torch::Tensor loss(const ToyBatch& batch) override {
    return torch::mse_loss(net_(batch.inputs), batch.targets);
  }

  Sample sample(const std::string& title, const Dataset<ToyBatch>&, const ToyBatch&) override {
    return {.title = title, .texts = {}, .maps = {}};
  }

  Metrics measure(const Dataset<ToyBatch>&, const MakeBatch& batch, int64_t count) override {
    double error = 0;
    for (int64_t i = 0; i < count; ++i) error += loss(batch(i)).template item<double>();
    return {{"error", error / static_cast<double>(count)}};
  }

 private:
  ToyNet net_;
  std::vector<double> scripted_;
};

/// What a toy run depends on; the intervals share no factor with each other or with `steps`.
struct ToyOptions {
  TrainerOptions trainer{.steps = 23,
                         .batch_size = 3,
                         .optimizer = AdamOptions{.learning_rate = 0.01},
                         .schedule = CosineSchedule{.warmup = 3},
                         .clip_norm = 2,
                         .log_every = 5,
                         .evaluate_every = 4,
                         .evaluate_batches = 2,
                         .evaluate_batch_size = 3,
                         .checkpoint_every = 7,
                         .keep_checkpoints = 2,
                         .loader_threads = 0};
  uint64_t seed = 1;
  int64_t broken_step = -1;
};

inline std::unique_ptr<ToyTask> make_toy_task(const ToyOptions& options) {
  torch::manual_seed(mix({options.seed, 1000000}));
  ToyNet net;
  typename SupervisedTask<ToyBatch>::Setup setup;
  setup.dataset = std::make_shared<ToyDataset>(options.broken_step);
  setup.module = net.ptr();
  setup.trainer = options.trainer;
  setup.seed = options.seed;
  return std::make_unique<ToyTask>(std::move(setup), net);
}

}  // namespace zoo
