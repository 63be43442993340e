// The task of pointing, with models that know the answer, or know nothing.
#include "zoo/trainers/tasks/pointing/pointing.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "support/message_of.h"
#include "zoo/datasets/convex_hull/convex_hull.h"
#include "zoo/datasets/delaunay/delaunay.h"
#include "zoo/datasets/tsp/tsp.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr double kSure = 50;  // of a logit

/// Says the same logits [B, T, V] step by step.
class PlannedDecoder final : public StepDecoder {
 public:
  explicit PlannedDecoder(Tensor logits) : logits_(std::move(logits)) {}
  Tensor next(const Tensor&) override {
    const int64_t step = std::min(step_++, logits_.size(1) - 1);
    return torch::log_softmax(logits_.select(1, step), -1);
  }
  void select(const Tensor& rows) override { logits_ = logits_.index_select(0, rows); }

 private:
  Tensor logits_;
  int64_t step_ = 0;
};

Tensor sure_of(const Tensor& symbols, int64_t count) {
  return torch::one_hot(symbols, count).to(torch::kFloat).mul(kSure);
}

/// Solves the problem itself; `more` symbols of its dictionary stand for no point.
PointingTask::Model perfect_model(std::shared_ptr<const PointingDataset> dataset,
                                  int64_t more = 0) {
  PointingTask::Model model;
  model.forward = [more](const Tensor& points, const Tensor&, const Tensor& targets) {
    return sure_of(targets, points.size(1) + 1 + more);
  };
  model.decoder = [dataset, more](const Tensor& points, const Tensor& lengths) {
    const auto none = torch::zeros({points.size(0), 1}, torch::kLong);
    auto examples =
        decode_points({points, lengths, none, torch::ones(points.size(0), torch::kLong)});
    for (auto& [each, answer] : examples) answer = dataset->problem().solve(each);
    const auto symbols = encode_points(examples).targets;
    return std::make_unique<PlannedDecoder>(sure_of(symbols, points.size(1) + 1 + more));
  };
  return model;
}

/// Finds everything equally probable, or `favourite` more than the rest.
PointingTask::Model ignorant_model(int64_t symbols, std::optional<int64_t> favourite = {}) {
  const auto logits = [=](int64_t batch, int64_t steps) {
    Tensor logits = torch::zeros({batch, steps, symbols});
    if (favourite) logits.select(2, *favourite).fill_(kSure);
    return logits;
  };
  return {.forward = [=](const Tensor& points, const Tensor&,
                         const Tensor& targets) { return logits(points.size(0), targets.size(1)); },
          .decoder =
              [=](const Tensor& points, const Tensor&) {
                return std::make_unique<PlannedDecoder>(logits(points.size(0), 1));
              },
          .maps = {}};
}

PointingTask make_pointing(std::shared_ptr<const PointingDataset> dataset,
                           PointingTask::Model model, PointingOptions options = {}) {
  PointingTask::Setup setup;
  setup.dataset = std::move(dataset);
  setup.module = torch::nn::Linear(1, 1).ptr();
  setup.trainer.optimizer = SgdOptions{};
  setup.trainer.evaluate_batches = 3;
  setup.trainer.evaluate_batch_size = 7;
  return {std::move(setup), std::move(model), options};
}

double metric(const Metrics& metrics, const std::string& name) {
  for (const auto& each : metrics) {
    if (each.name == name) return each.value;
  }
  ADD_FAILURE() << "there is no " << name;
  return 0;
}

std::vector<std::shared_ptr<const PointingDataset>> small_problems() {
  return {std::make_shared<ConvexHull>(ConvexHullOptions{.min_points = 4, .max_points = 8}),
          std::make_shared<Delaunay>(DelaunayOptions{.min_points = 4, .max_points = 6}),
          std::make_shared<Tsp>(TspOptions{.min_points = 4, .max_points = 7})};
}

TEST(PointingTask, OfAModelThatKnowsIsRight) {
  const std::vector<std::string> measures = {"area_coverage", "triangle_coverage", "gap"};
  const auto problems = small_problems();
  for (size_t i = 0; i < problems.size(); ++i) {
    for (const int64_t more : {0, 3}) {
      auto task = make_pointing(problems[i], perfect_model(problems[i], more));
      const auto metrics = task.evaluate("test");
      EXPECT_NEAR(metric(metrics, "cross_entropy"), 0, 1e-9);
      EXPECT_EQ(metric(metrics, "accuracy"), 1);
      EXPECT_EQ(metric(metrics, "invalid"), 0);
      EXPECT_NEAR(metric(metrics, measures[i]), i == 2 ? 0 : 1, 1e-9);
    }
  }
}

// The loss counts every step of the answer and its end once, and nothing after it.
TEST(PointingTask, LossIsTheProbabilityOfTheWholeAnswer) {
  const auto tours = std::make_shared<Tsp>(TspOptions{.min_points = 6, .max_points = 6});
  auto task = make_pointing(tours, ignorant_model(7));
  EXPECT_NEAR(metric(task.evaluate("test"), "cross_entropy"), 7 * std::log(7), 1e-5);
  const auto hulls =
      std::make_shared<ConvexHull>(ConvexHullOptions{.min_points = 9, .max_points = 9});
  auto other = make_pointing(hulls, ignorant_model(10));
  double steps = 0;
  for (int64_t i = 0; i < 3; ++i) {
    const auto batch = hulls->batch(
        {.seed = 0x6576616c75617465, .split = Split::kTest, .step = i, .batch_size = 7});
    steps += batch.target_lengths.sum().item<double>();
  }
  EXPECT_NEAR(metric(other.evaluate("test"), "cross_entropy"), steps / 21 * std::log(10), 1e-5);
}

TEST(PointingTask, CountsWhatIsNoAnswer) {
  for (const auto& problem : small_problems()) {
    auto task = make_pointing(problem, ignorant_model(10, /*favourite=*/1));
    const auto metrics = task.evaluate("test");
    EXPECT_EQ(metric(metrics, "invalid"), 1);
    EXPECT_EQ(metric(metrics, "accuracy"), 0);
  }
}

TEST(PointingTask, CanBeRestrictedToWhatIsValid) {
  for (const int64_t width : {1, 4}) {
    const auto tours = std::make_shared<Tsp>(TspOptions{.min_points = 6, .max_points = 6});
    // A dictionary of 9 points, of which the last are not there.
    auto task = make_pointing(tours, ignorant_model(10, /*favourite=*/9),
                              {.beam_width = width, .decoding = PointingDecoding::kValid});
    const auto metrics = task.evaluate("test");
    EXPECT_EQ(metric(metrics, "invalid"), 0);
    EXPECT_GT(metric(metrics, "gap"), 0);
    EXPECT_LT(metric(metrics, "accuracy"), 1);
  }
}

TEST(PointingTask, ShowsSamples) {
  for (const auto& problem : small_problems()) {
    auto task = make_pointing(problem, perfect_model(problem));
    const auto samples = task.samples();
    ASSERT_EQ(samples.size(), 4U);
    EXPECT_EQ(samples.front().title, "test 1");
    EXPECT_EQ(samples.back().title, "test 4");
    for (const auto& sample : samples) {
      EXPECT_EQ(sample.texts.front().text, "that of the solver");
      ASSERT_EQ(sample.drawings.size(), 1U);
      const auto& drawing = sample.drawings.front();
      check_drawing(drawing);
      EXPECT_EQ(drawing.name, problem->problem().name());
      ASSERT_EQ(drawing.layers.size(), 2U);
      EXPECT_EQ(drawing.layers[0].name, "model");
      EXPECT_EQ(drawing.layers[0].lines.size(), drawing.layers[1].lines.size());
      const auto& map = sample.maps.front();
      check_attention_map(map);
      EXPECT_EQ(map.name, drawing.step_weights);
      EXPECT_EQ(map.values.size(0), static_cast<int64_t>(drawing.steps.size()));
      EXPECT_EQ(map.values.size(1), static_cast<int64_t>(drawing.points.size()) + 1);
      EXPECT_EQ(drawing.steps.back(), -1);
      for (size_t step = 0; step < drawing.steps.size(); ++step) {
        const auto row = static_cast<int64_t>(step);
        EXPECT_NEAR(map.values[row][drawing.steps[step] + 1].item<double>(), 1, 1e-6);
      }
    }
  }
}

// What a dictionary has beyond the points can be said, but not drawn.
TEST(PointingTask, ShowsAnswersThatPointNowhere) {
  const auto tours = std::make_shared<Tsp>(TspOptions{.min_points = 6, .max_points = 6});
  auto task = make_pointing(tours, ignorant_model(10, /*favourite=*/9));
  const auto sample = task.samples().front();
  EXPECT_EQ(sample.texts.front().text, "not valid");
  check_drawing(sample.drawings.front());
  EXPECT_EQ(sample.drawings.front().steps, (std::vector<int64_t>{-1}));
}

TEST(PointingTask, PredictsIndices) {
  const auto hulls = std::make_shared<ConvexHull>();
  auto task = make_pointing(hulls, perfect_model(hulls));
  const std::string square = R"({"points": [[0.5, 0.5], [0, 0], [1, 0], [1, 1], [0, 1]]})";
  const auto prediction = task.predict(square);
  EXPECT_EQ(prediction.line, R"({"indices":[1,2,3,4],"area":1.0})");
  ASSERT_TRUE(prediction.drawing);
  EXPECT_EQ(prediction.drawing->points.size(), 5U);
  EXPECT_EQ(prediction.drawing->layers.front().lines.front().indices,
            (std::vector<int64_t>{1, 2, 3, 4}));
  // Far from the unit square the answer is told in the question's units.
  EXPECT_EQ(
      task.predict(R"({"points": [[500, 500], [0, 0], [1000, 0], [1000, 1000], [0, 1000]]})").line,
      R"({"indices":[1,2,3,4],"area":1000000.0})");
}

TEST(PointingTask, SaysThatAnAnswerIsNone) {
  const auto tours = std::make_shared<Tsp>();
  auto task = make_pointing(tours, ignorant_model(10, /*favourite=*/9));
  const auto line = task.predict(R"({"points": [[0, 0], [1, 0], [1, 1]]})").line;
  EXPECT_EQ(nlohmann::json::parse(line).at("valid"), false);
}

TEST(PointingTask, RefusesMorePointsThanAModelKnows) {
  const auto hulls = std::make_shared<ConvexHull>();
  auto model = ignorant_model(5);
  model.most_points = 4;
  auto task = make_pointing(hulls, model);
  const std::string line = R"({"points": [[0, 0], [1, 0], [1, 1], [0, 1], [2, 2]]})";
  EXPECT_EQ(message_of<std::invalid_argument>([&] { task.predict(line); }),
            "this model answers questions of at most 4 points, got 5");
}

TEST(PointingTask, TellsWhatIsWrongWithALine) {
  const auto hulls = std::make_shared<ConvexHull>();
  auto task = make_pointing(hulls, perfect_model(hulls));
  const std::string expected = R"(; expected {"points": [[x, y], ...]})";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"0 1 1", "this is not JSON" + expected},
      {"[[0, 1], [1, 1], [0, 2]]", "there is no list \"points\"" + expected},
      {R"({"points": 3})", "there is no list \"points\"" + expected},
      {R"({"points": [[0, 1], [1, 1]]})", "\"points\" must be at least 3 points, got 2" + expected},
      {R"({"points": [[0, 1], [1, 1], [1, null]]})",
       "point 2 must be two finite numbers, got [1,null]" + expected},
      {R"({"points": [[0, 1], [1, 1], [1, 1e999]]})", "this is not JSON" + expected},
      {R"({"points": [[0, 1], [1, 1, 1], [1, 2]]})",
       "point 1 must be two finite numbers, got [1,1,1]" + expected}};
  for (const auto& [line, message] : table) {
    EXPECT_EQ(message_of<std::invalid_argument>([&] { task.predict(line); }), message) << line;
  }
}

}  // namespace
}  // namespace zoo
