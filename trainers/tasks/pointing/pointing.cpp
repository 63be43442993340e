#include "zoo/trainers/tasks/pointing/pointing.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {
namespace {

using torch::Tensor;

const PointProblem& problem_of(const Dataset<PointingBatch>& dataset) {
  return dynamic_cast<const PointingDataset&>(dataset).problem();
}

// Of the whole answer, its end included: [B].
Tensor negative_log_probability(const Tensor& logits, const PointingBatch& batch) {
  const Tensor log_probabilities = torch::log_softmax(logits, -1);  // [B, T, V]
  const Tensor of_targets = log_probabilities.gather(2, batch.targets.unsqueeze(2)).squeeze(2);
  const Tensor counts = length_mask(batch.target_lengths, batch.targets.size(1));  // [B, T]
  return -of_targets.masked_fill(counts.logical_not(), 0).sum(1);
}

// Symbols [T] up to the first end, as indices of points.
Answer answer_of(const Tensor& symbols) {
  Answer answer;
  const auto values = symbols.accessor<int64_t, 1>();
  for (int64_t i = 0; i < values.size(0) && values[i] != 0; ++i) answer.push_back(values[i] - 1);
  return answer;
}

// What `problem` allows, in terms of symbols. A dictionary may have more of them than an instance
// has points.
AllowSymbols allow_valid(const PointProblem& problem, const Tensor& lengths) {
  return [&problem, lengths = lengths.cpu(), indices = Answer()](
             int64_t example, std::span<const int64_t> prefix, std::span<bool> allowed) mutable {
    indices.assign(prefix.begin(), prefix.end());
    for (auto& index : indices) --index;
    const auto symbols = static_cast<size_t>(lengths[example].item<int64_t>() + 1);
    problem.allow(indices, allowed.first(symbols));
    std::ranges::fill(allowed.subspan(symbols), false);
  };
}

Points points_in(const std::string& line, int64_t fewest) {
  const std::string expected = "; expected {\"points\": [[x, y], ...]}";
  const auto question = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (question.is_discarded()) throw std::invalid_argument("this is not JSON" + expected);
  try {
    return points_of(question, fewest);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(error.what() + expected);
  }
}

Drawing drawing_of(const PointProblem& problem, const Points& points) {
  Drawing drawing{.name = std::string(problem.name()), .points = {}, .layers = {}};
  for (const auto& [x, y] : points) drawing.points.push_back({x, y});
  return drawing;
}

// The answer as far as it can be drawn: a dictionary has symbols of points that are not there.
Answer drawable(const Answer& answer, const Points& points) {
  const auto is_missing = [&](int64_t index) {
    return index >= static_cast<int64_t>(points.size());
  };
  return {answer.begin(), std::ranges::find_if(answer, is_missing)};
}

// "area": "0.42, the solver's 0.43", of each number that the problem tells of an answer.
void add_numbers(Sample& sample, const nlohmann::ordered_json& model,
                 const nlohmann::ordered_json& solver) {
  const auto text = [](const nlohmann::ordered_json& value) {
    std::ostringstream stream;
    stream << std::setprecision(4) << value.get<double>();
    return stream.str();
  };
  for (const auto& [name, value] : model.items()) {
    if (!value.is_number()) continue;
    sample.texts.push_back({name, text(value) + ", the solver's " + text(solver.at(name))});
  }
}

// Where the model pointed, step by step, and what else it shows of itself.
std::vector<AttentionMap> maps_of(const PointingTask::Model& model, const PointingBatch& said) {
  const int64_t symbols = said.points.size(1) + 1;
  const Tensor logits = model.forward(said.points, said.lengths, said.targets)[0];  // [T, V]
  std::vector<std::string> labels = {"end"};
  for (int64_t i = 0; i + 1 < symbols; ++i) labels.push_back(std::to_string(i));
  std::vector<AttentionMap> maps = {{.name = "pointing",
                                     .rows = "step",
                                     .columns = "point",
                                     .values = torch::softmax(logits, -1).narrow(1, 0, symbols),
                                     .column_labels = labels}};
  if (!model.maps) return maps;
  for (auto& map : model.maps(said.points, said.lengths, said.targets)) {
    maps.push_back(std::move(map));
  }
  return maps;
}

void add_layer(Drawing& drawing, const std::string& name, const PointProblem& problem,
               const Answer& answer) {
  Drawing::Layer layer{.name = name, .lines = {}};
  for (const auto& [indices, closed] : problem.outlines(answer)) {
    layer.lines.push_back({indices, closed});
  }
  drawing.layers.push_back(std::move(layer));
}

}  // namespace

PointingTask::PointingTask(Setup setup, Model model, PointingOptions options)
    : SupervisedTask(std::move(setup)), model_(std::move(model)), options_(options) {}

Tensor PointingTask::loss(const PointingBatch& batch) {
  return negative_log_probability(model_.forward(batch.points, batch.lengths, batch.targets), batch)
      .mean();
}

std::vector<Answer> PointingTask::decode(const PointProblem& problem, const PointingBatch& batch) {
  const auto decoder = model_.decoder(batch.points, batch.lengths);
  const auto allow = options_.decoding == PointingDecoding::kValid
                         ? allow_valid(problem, batch.lengths)
                         : AllowSymbols();
  const auto found = beam_search(*decoder,
                                 {.beam_width = options_.beam_width,
                                  .max_steps = problem.most_steps(batch.points.size(1)),
                                  .end = 0},
                                 allow);
  std::vector<Answer> answers;
  for (const Tensor& symbols : found.symbols.select(1, 0).unbind(0)) {
    answers.push_back(answer_of(symbols));
  }
  return answers;
}

Metrics PointingTask::measure(const Dataset<PointingBatch>& dataset, const MakeBatch& batch,
                              int64_t count) {
  const PointProblem& problem = problem_of(dataset);
  std::vector<Judgement> judgements;
  double nats = 0, correct = 0, invalid = 0;
  for (int64_t i = 0; i < count; ++i) {
    const PointingBatch data = batch(i);
    const Tensor logits = model_.forward(data.points, data.lengths, data.targets);
    nats += negative_log_probability(logits, data).sum(torch::kDouble).item<double>();
    const auto answers = decode(problem, data);
    const auto examples = decode_points(data);
    for (size_t j = 0; j < answers.size(); ++j) {
      const auto& [points, solved] = examples[j];
      judgements.push_back(problem.judge(points, answers[j], solved));
      correct += judgements.back().correct ? 1 : 0;
      invalid += judgements.back().valid ? 0 : 1;
    }
  }
  const auto instances = static_cast<double>(judgements.size());
  Metrics metrics = {{"cross_entropy", nats / instances},
                     {"accuracy", correct / instances},
                     {"invalid", invalid / instances}};
  for (auto& [name, value] : problem.summary(judgements)) metrics.push_back({name, value});
  return metrics;
}

Sample PointingTask::sample(const std::string& title, const Dataset<PointingBatch>& dataset,
                            const PointingBatch& example) {
  const PointProblem& problem = problem_of(dataset);
  const Answer answer = decode(problem, example).front();
  const auto [points, solved] = decode_points(example).front();
  const Judgement judgement = problem.judge(points, answer, solved);
  const Answer drawn = drawable(answer, points);
  const PointingBatch said = encode_points(std::vector{PointingExample{points, drawn}});
  Sample sample{.title = title,
                .texts = {{"answer", judgement.correct ? "that of the solver"
                                     : judgement.valid ? "another than the solver's"
                                                       : "not valid"}},
                .maps = maps_of(model_, said.to(setup().device)),
                .drawings = {drawing_of(problem, points)}};
  add_numbers(sample, problem.describe(points, drawn), problem.describe(points, solved));
  Drawing& drawing = sample.drawings.front();
  add_layer(drawing, "model", problem, drawn);
  add_layer(drawing, "solver", problem, solved);
  drawing.steps = drawn;
  drawing.steps.push_back(-1);
  drawing.step_weights = sample.maps.front().name;
  return sample;
}

Prediction PointingTask::predict(const std::string& line) {
  const PointProblem& problem = problem_of(*setup().dataset);
  const Points points = points_in(line, problem.fewest_points());
  if (model_.most_points > 0 && static_cast<int64_t>(points.size()) > model_.most_points) {
    throw std::invalid_argument("this model answers questions of at most " +
                                std::to_string(model_.most_points) + " points, got " +
                                std::to_string(points.size()));
  }
  const auto batch = encode_points(std::vector{PointingExample{in_unit_square(points), {}}});
  c10::InferenceMode inference;
  setup().module->eval();
  const Answer answer = decode(problem, batch.to(setup().device)).front();
  const Answer drawn = drawable(answer, points);
  auto described = problem.describe(points, drawn);
  const bool valid = drawn.size() == answer.size() && problem.judge(points, drawn, drawn).valid;
  if (!valid) described["valid"] = false;
  Prediction prediction{.line = described.dump(), .drawing = drawing_of(problem, points)};
  add_layer(*prediction.drawing, "model", problem, drawn);
  return prediction;
}

}  // namespace zoo
