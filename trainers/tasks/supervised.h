// Tasks that learn from one loss on one kind of batch.
#pragma once

#include <torch/nn/module.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zoo/datasets/dataset.h"
#include "zoo/datasets/loader.h"
#include "zoo/datasets/random.h"
#include "zoo/trainers/autocast.h"
#include "zoo/trainers/task.h"
#include "zoo/trainers/update.h"

namespace zoo {

/// The data of an evaluation: the batches 0 to `batches` - 1 of one split of a dataset.
template <class Batch>
struct EvaluationData {
  std::string name;
  std::shared_ptr<const Dataset<Batch>> dataset;
  Split split = Split::kTest;
  int64_t batches = 1;
  int64_t batch_size = 1;
};

/// Parameters, or parameters and buffers, of a module by name; those that are defined.
NamedTensors named_parameters_of(const torch::nn::Module& module);
NamedTensors named_tensors_of(const torch::nn::Module& module);

/// Text for people: which gradients and parameters are not finite, and why that may be.
std::string describe_non_finite(const torch::Tensor& loss, const NamedTensors& parameters);

/// Makes a task of `loss` and `measure`.
template <class Batch>
class SupervisedTask : public Task {
 public:
  struct Setup {
    std::shared_ptr<const Dataset<Batch>> dataset;
    std::vector<EvaluationData<Batch>> evaluations;  ///< beside validation and test
    std::shared_ptr<torch::nn::Module> module;
    TrainerOptions trainer;
    uint64_t seed = 1;
    torch::Device device = torch::kCPU;
  };

  explicit SupervisedTask(Setup setup)
      : setup_(std::move(setup)), update_(place(*setup_.module), setup_.trainer) {
    const auto& trainer = setup_.trainer;
    for (const auto& [name, split] :
         {std::pair{"validation", Split::kValidation}, std::pair{"test", Split::kTest}}) {
      evaluations_.push_back(
          {name, setup_.dataset, split, trainer.evaluate_batches, trainer.evaluate_batch_size});
    }
  }

  NamedTensors train_step(int64_t step) override {
    const Batch batch = next(step).to(setup_.device);
    const torch::Tensor loss = loss_of(batch, step);
    const torch::Tensor norm = update_.apply(loss, step);
    return {{"loss", loss.detach()}, {"gradient_norm", norm}};
  }

  std::vector<std::string> training_values() const override { return {"loss", "gradient_norm"}; }

  Metrics evaluate(const std::string& split) override {
    const auto& data = evaluation(split);
    c10::InferenceMode inference;
    prepare_evaluation();
    return measure(
        *data.dataset, [&](int64_t step) { return batch_of(data, step, data.batch_size); },
        batches_of(data));
  }

  /// Some of the test split, then one of each named evaluation; where a side ends, evenly chosen
  /// from it, since what is stored may be sorted.
  std::vector<Sample> samples() override {
    c10::InferenceMode inference;
    prepare_evaluation();
    std::vector<Sample> samples;
    const auto add = [&](const EvaluationData<Batch>& data, int64_t most) {
      const auto all = data.dataset->batches_of(data.split, 1);
      const int64_t count = std::min(most, all.value_or(most));
      for (int64_t i = 0; i < count; ++i) {
        const int64_t at = all ? (2 * i + 1) * *all / (2 * count) : i;
        const auto title = data.name + (count > 1 ? " " + std::to_string(i + 1) : "");
        samples.push_back(sample(title, *data.dataset, batch_of(data, at, 1)));
      }
    };
    add(evaluation("test"), test_samples());
    for (const auto& data : setup_.evaluations) add(data, 1);
    return samples;
  }

  NamedTensors state() override {
    NamedTensors state;
    for (auto& [name, tensor] : weights()) {
      state.push_back({std::string(kWeightsPrefix) + name, tensor});
    }
    for (auto& [name, tensor] : update_.state()) state.push_back({"optimizer/" + name, tensor});
    return state;
  }

  NamedTensors weights() override { return named_tensors_of(*setup_.module); }

  std::optional<int64_t> first_non_finite_step() override {
    return update_.first_non_finite_step();
  }

  std::string explain_non_finite(int64_t step) override {
    const torch::Tensor loss = loss_of(make(step).to(setup_.device), step);
    for (const auto& [name, tensor] : update_.parameters()) tensor.mutable_grad().reset();
    loss.backward();
    return describe_non_finite(loss.detach(), update_.parameters());
  }

  KeptFiles kept_files() const override { return setup_.dataset->kept_files(); }

  double seconds_waited_for_data() const override {
    return loader_ ? loader_->seconds_waited() : 0;
  }

 protected:
  using MakeBatch = std::function<Batch(int64_t step)>;

  /// What is minimised: a 0-d tensor.
  virtual torch::Tensor loss(const Batch& batch) = 0;

  /// Metrics over the batches 0 to `count` - 1, without gradients, in evaluation mode.
  /// They come from `dataset`, which need not be the one that is trained on.
  virtual Metrics measure(const Dataset<Batch>& dataset, const MakeBatch& batch, int64_t count) = 0;

  /// What the model makes of a batch of one example of `dataset`, in evaluation mode.
  virtual Sample sample(const std::string& title, const Dataset<Batch>& dataset,
                        const Batch& example) = 0;

  /// How many examples of the test split are worth showing.
  virtual int64_t test_samples() const { return 1; }

  const Setup& setup() const { return setup_; }

 private:
  // The same for every run, so that runs of different seeds are compared on the same data.
  static constexpr uint64_t kEvaluationSeed = 0x6576616c75617465;  // "evaluate"

  NamedTensors place(torch::nn::Module& module) {
    module.to(setup_.device);
    return named_parameters_of(module);
  }

  const EvaluationData<Batch>& evaluation(const std::string& split) const {
    for (const auto* list : {&evaluations_, &setup_.evaluations}) {
      for (const auto& data : *list) {
        if (data.name == split) return data;
      }
    }
    throw std::invalid_argument("there is no evaluation named '" + split + "'");
  }

  void prepare_evaluation() {
    setup_.module->eval();
    torch::manual_seed(mix({kEvaluationSeed}));
  }

  // A side that ends is not gone through twice.
  static int64_t batches_of(const EvaluationData<Batch>& data) {
    const auto all = data.dataset->batches_of(data.split, data.batch_size);
    return all ? std::min(data.batches, *all) : data.batches;
  }

  Batch batch_of(const EvaluationData<Batch>& data, int64_t step, int64_t batch_size) const {
    return data.dataset
        ->batch(
            {.seed = kEvaluationSeed, .split = data.split, .step = step, .batch_size = batch_size})
        .to(setup_.device);
  }

  Batch make(int64_t step) const {
    return setup_.dataset->batch({.seed = setup_.seed,
                                  .split = Split::kTraining,
                                  .step = step,
                                  .batch_size = setup_.trainer.batch_size});
  }

  // The loader starts where the first step asked for stands, so a resumed run needs no more.
  Batch next(int64_t step) {
    if (!loader_ || step != next_step_) {
      loader_ = std::make_unique<Loader<Batch>>([this](int64_t at) { return make(at); }, step,
                                                setup_.trainer.loader_threads, kBatchesAhead);
    }
    next_step_ = step + 1;
    return loader_->next();
  }

  torch::Tensor loss_of(const Batch& batch, int64_t step) {
    setup_.module->train();
    torch::manual_seed(mix({setup_.seed, static_cast<uint64_t>(step)}));
    const Autocast autocast(setup_.trainer.precision, setup_.device);
    return loss(batch);
  }

  static constexpr int64_t kBatchesAhead = 16;

  Setup setup_;
  std::vector<EvaluationData<Batch>> evaluations_;  // validation and test
  Update update_;
  int64_t next_step_ = 0;
  std::unique_ptr<Loader<Batch>> loader_;  // last: its threads use what stands above
};

}  // namespace zoo
