// What is learned: the one interface between the training loop and everything that it trains.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/datasets/dataset.h"
#include "zoo/models/attention_map/attention_map.h"
#include "zoo/models/safetensors/safetensors.h"
#include "zoo/trainers/metrics.h"
#include "zoo/trainers/sample.h"

namespace zoo {

/// Stands before the names of the weights in the state of a task.
inline constexpr std::string_view kWeightsPrefix = "model/";

/// What a model answers.
struct Prediction {
  std::string line;
  std::optional<Drawing> drawing{};  ///< for answers that are looked at
  /// For answers that are read, if the task can tell where the model looked while it gave them: a
  /// row for each symbol of the answer, a column for each of the question, both with labels; as
  /// long as the task lives. Throws `std::invalid_argument` for a model that does not look.
  std::function<AttentionMap()> attention{};
};

/// Binds a model, a dataset and a way to learn. The loop knows nothing else of either.
///
/// Tasks with one loss derive from `SupervisedTask`; adversarial and reinforcement tasks own
/// their step.
class Task {
 public:
  virtual ~Task() = default;

  /// Learns from the batch of `step` (0, 1, ...) and returns 0-d tensors to log, left on their
  /// device: no step waits for the device. All randomness comes from the seed and `step`.
  virtual NamedTensors train_step(int64_t step) = 0;

  /// The names of what `train_step` returns, in its order.
  virtual std::vector<std::string> training_values() const = 0;

  /// Metrics on "validation", "test" or a named evaluation of the experiment.
  virtual Metrics evaluate(const std::string& split) = 0;

  /// The metric on "validation" that says which checkpoint is best.
  virtual MetricGoal goal() const = 0;

  /// Every tensor that a checkpoint must hold: weights and buffers as "model/<name>", optimiser
  /// moments, counters.
  virtual NamedTensors state() = 0;

  /// The part of the state that other programs load: parameters and buffers of the model.
  virtual NamedTensors weights() = 0;

  /// The first step whose loss or gradient was not finite. From then on nothing is updated, so
  /// the weights are those before that step. Waits for the device.
  virtual std::optional<int64_t> first_non_finite_step() = 0;

  /// Repeats that step and names the tensors that are not finite and the likely cause.
  virtual std::string explain_non_finite(int64_t step) = 0;

  /// Time that training has stood still because no batch was ready.
  virtual double seconds_waited_for_data() const { return 0; }

  /// What was learned from the data before training; it belongs to the weights.
  virtual KeptFiles kept_files() const { return {}; }

  /// A few examples of the evaluations with what the model makes of them; the same each time.
  virtual std::vector<Sample> samples() = 0;

  /// What the model is for: one line in, one line out; the README of the model says of what.
  /// Throws `std::invalid_argument` for a line that does not fit.
  virtual Prediction predict(const std::string& line) = 0;

  /// The same for somebody who watches: `tell` is given the answer's line piece by piece, as it
  /// is found. Tasks that find it all at once need not override this.
  virtual void predict_aloud(const std::string& line,
                             const std::function<void(const std::string& piece)>& tell) {
    tell(predict(line).line);
  }

  /// Whether a line of blanks is a line of a text, whose answer is empty, so that answers stay
  /// beside their questions; otherwise nobody asks it.
  virtual bool answers_blank_lines() const { return false; }

  /// How its metrics are counted, where people count in several ways.
  virtual Signatures signatures() const { return {}; }
};

}  // namespace zoo
