// Answering questions about sets of points by pointing at points in order.
#pragma once

#include <torch/nn/module.h>

#include <array>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/datasets/pointing.h"
#include "zoo/models/beam_search/beam_search.h"
#include "zoo/trainers/tasks/pairing.h"
#include "zoo/trainers/tasks/supervised.h"

namespace zoo {

/// A module whose symbols are the end, 0, and the points, 1 + j: scored with the right answers so
/// far by `forward`, or step by step by a decoder.
template <class Model>
concept PointingModel = requires(Model model, torch::Tensor tensor) {
  { model->forward(tensor, tensor, tensor) } -> std::convertible_to<torch::Tensor>;
  { model->decoder(tensor, tensor) } -> std::same_as<std::unique_ptr<StepDecoder>>;
};

/// One that shows more of itself than what it points at.
template <class Model>
concept ShowsPointing = requires(Model model, torch::Tensor tensor) {
  { model->attention_maps(tensor, tensor, tensor) } -> std::same_as<std::vector<AttentionMap>>;
};

/// What a decoder may point at.
enum class PointingDecoding : uint8_t {
  kFree,  ///< anything, so that an answer may be no valid one
  kValid  ///< what a valid answer can go on with
};

constexpr std::array<std::string_view, 2> names_of(PointingDecoding) { return {"free", "valid"}; }

struct PointingOptions {
  int64_t beam_width = 1;
  PointingDecoding decoding = PointingDecoding::kFree;

  static void fields(auto& self, auto&& visit) {
    visit("beam_width", self.beam_width, "answers followed at once while decoding; 1: greedy",
          between(1, 10000));
    visit("decoding", self.decoding,
          "whether answers may be any sequence or only those that can be right, e.g. tours");
  }
};

/// The loss is the negative log-probability of the right answer, its end included, averaged over
/// the instances of a batch (Vinyals et al. 2015, eq. 2).
///
/// Metrics: `cross_entropy`, the same; `accuracy`, the share of answers that are as good as the
/// solver's: the same polygon or triangles, however they are said, or a tour no longer; `invalid`,
/// the share of those that are none. Of convex hulls `area_coverage`, of triangulations
/// `triangle_coverage`, of tours `tour_length`, `solver_length` and `gap`, as their datasets say.
class PointingTask final : public SupervisedTask<PointingBatch> {
 public:
  /// The model as the task sees it; tensors as those of a batch.
  struct Model {
    std::function<torch::Tensor(const torch::Tensor& points, const torch::Tensor& lengths,
                                const torch::Tensor& targets)>
        forward;
    std::function<std::unique_ptr<StepDecoder>(const torch::Tensor& points,
                                               const torch::Tensor& lengths)>
        decoder;
    /// May be empty.
    std::function<std::vector<AttentionMap>(
        const torch::Tensor& points, const torch::Tensor& lengths, const torch::Tensor& targets)>
        maps;
    int64_t most_points = 0;  ///< that the model can be asked about; 0: any number
  };

  PointingTask(Setup setup, Model model, PointingOptions options);

  MetricGoal goal() const override { return {"accuracy", /*lower_is_better=*/false}; }

  /// {"points": [[x, y], ...]} is answered by {"indices": [...], ...}.
  Prediction predict(const std::string& line) override;

 protected:
  torch::Tensor loss(const PointingBatch& batch) override;
  Metrics measure(const Dataset<PointingBatch>& dataset, const MakeBatch& batch,
                  int64_t count) override;
  Sample sample(const std::string& title, const Dataset<PointingBatch>& dataset,
                const PointingBatch& example) override;
  int64_t test_samples() const override { return 4; }

 private:
  std::vector<Answer> decode(const PointProblem& problem, const PointingBatch& batch);

  Model model_;
  PointingOptions options_;
};

/// The task as the catalogue knows it.
struct Pointing {
  using Options = PointingOptions;
  using Batch = PointingBatch;
  static std::vector<std::string> metrics() {
    return {"cross_entropy",     "accuracy",    "invalid",       "area_coverage",
            "triangle_coverage", "tour_length", "solver_length", "gap"};
  }

  /// The output dictionary of a model that cannot point follows from the data.
  static void complete(auto& model_options, const Dataset<Batch>& dataset) {
    if constexpr (requires { model_options.most_points; }) {
      take_size("most_points", model_options.most_points,
                dynamic_cast<const PointingDataset&>(dataset).most_points());
    }
  }

  template <PointingModel Model>
  static std::unique_ptr<Task> make(Model model, const Options& options,
                                    SupervisedTask<Batch>::Setup setup) {
    setup.module = model.ptr();
    PointingTask::Model seen = {
        .forward =
            [model](const auto& points, const auto& lengths, const auto& targets) mutable {
              return model->forward(points, lengths, targets);
            },
        .decoder = [model](const auto& points,
                           const auto& lengths) mutable { return model->decoder(points, lengths); },
        .maps = {}};
    if constexpr (ShowsPointing<Model>) {
      seen.maps = [model](const auto& points, const auto& lengths, const auto& targets) mutable {
        return model->attention_maps(points, lengths, targets);
      };
    }
    if constexpr (requires { model->options.most_points; }) {
      seen.most_points = model->options.most_points;
    }
    return std::make_unique<PointingTask>(std::move(setup), std::move(seen), options);
  }
};

}  // namespace zoo
