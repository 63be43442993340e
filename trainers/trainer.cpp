#include "zoo/trainers/trainer.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "zoo/trainers/trained_weights.h"

namespace zoo {
namespace {

double trainer_clock() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

const double* find_metric(const Metrics& metrics, const std::string& name) {
  for (const auto& metric : metrics) {
    if (metric.name == name) return &metric.value;
  }
  return nullptr;
}

}  // namespace

Trainer::Trainer(Task& task, TrainerOptions options, std::filesystem::path folder,
                 std::string experiment, TrainingObserver& observer, const std::atomic<bool>& stop)
    : task_(task),
      options_(std::move(options)),
      observer_(observer),
      stop_(stop),
      folder_(std::move(folder)),
      checkpoints_(folder_ / "checkpoints", std::move(experiment)),
      averaged_(averaged_steps(options_)) {
  const auto contradiction = contradiction_in(options_);
  if (!contradiction.empty()) throw std::invalid_argument("Trainer: " + contradiction);
  const auto place = task_.state().front().second.options().requires_grad(false);
  for (const auto& name : task_.training_values()) {
    sums_.emplace_back(name, torch::zeros({}, place.dtype(torch::kDouble)));
  }
}

NamedTensors Trainer::tensors() {
  NamedTensors all = task_.state();
  for (const auto& [name, sum] : sums_) all.emplace_back("trainer/sum/" + name, sum);
  return all;
}

double Trainer::seconds() const { return trainer_clock() - session_start_; }

TrainingResult Trainer::run() {
  std::vector<std::string> complaints;
  const auto found = checkpoints_.read_newest(complaints);
  for (const auto& complaint : complaints) observer_.on_message(complaint);
  if (found) restore(*found);
  session_start_ = trainer_clock() - state_.seconds;
  const double waited_before = task_.seconds_waited_for_data();
  RunLog log(folder_, state_.step);
  if (!found) save();  // from here on there is a checkpoint to go back to

  bool saved = true;
  while (state_.step < options_.steps && !out_of_patience() && !stop_) {
    train_step();
    const bool last = state_.step == options_.steps;
    saved = false;
    if (state_.step % options_.log_every == 0 || last) log_training(log);
    if (state_.step % options_.evaluate_every == 0 || last) evaluate(log);
    const bool is_best = state_.best_step == state_.step;
    if (state_.step % options_.checkpoint_every == 0 || last || is_best || out_of_patience()) {
      log.flush();
      save();
      saved = true;
    }
  }
  if (!saved) {
    log.flush();
    save();
  }
  return {.end = finish(),
          .state = state_,
          .seconds_waited = task_.seconds_waited_for_data() - waited_before};
}

// Puts the weights in place that the training comes to, if it has come to its end.
TrainingEnd Trainer::finish() {
  if (out_of_patience()) {
    if (state_.best_step > 0) {
      load_weights(tensors(), checkpoints_.read(state_.best_step).tensors, "the best checkpoint");
    }
    return TrainingEnd::kOutOfPatience;
  }
  if (state_.step < options_.steps) return TrainingEnd::kInterrupted;
  if (!averaged_.empty()) {
    load_weights(task_.weights(), mean_of_weights(checkpoints_, averaged_),
                 "the mean of the last checkpoints");
  }
  return TrainingEnd::kFinished;
}

void Trainer::restore(const Checkpoint& checkpoint) {
  load_weights(tensors(), checkpoint.tensors,
               "checkpoint of step " + std::to_string(checkpoint.state.step));
  state_ = checkpoint.state;
}

void Trainer::train_step() {
  const NamedTensors values = task_.train_step(state_.step);
  for (size_t i = 0; i < values.size(); ++i) sums_[i].second.add_(values[i].second);
  ++state_.step;
  observer_.on_step(state_.step);
}

void Trainer::log_training(RunLog& log) {
  check_finite();
  const int64_t window = (state_.step - 1) % options_.log_every + 1;
  LogRecord record{.step = state_.step,
                   .examples = state_.step * options_.batch_size,
                   .split = "training",
                   .values = {},
                   .seconds = seconds()};
  for (auto& [name, sum] : sums_) {
    record.values.push_back({name, sum.item<double>() / static_cast<double>(window)});
    sum.zero_();
  }
  log.append(record);
  observer_.on_record(record);
}

void Trainer::evaluate(RunLog& log) {
  check_finite();
  LogRecord record{.step = state_.step,
                   .examples = state_.step * options_.batch_size,
                   .split = "validation",
                   .values = task_.evaluate("validation"),
                   .seconds = seconds()};
  log.append(record);
  observer_.on_record(record);
  const MetricGoal goal = task_.goal();
  const double* value = find_metric(record.values, goal.name);
  if (!value) throw std::logic_error("the task reports no metric '" + goal.name + "'");
  // Nothing can be better than a NaN or an infinity that is the best, so none becomes it.
  const bool better =
      std::isfinite(*value) &&
      (state_.best_step == 0 ||
       (goal.lower_is_better ? *value < state_.best_value : *value > state_.best_value));
  state_.evaluations_since_best = better ? 0 : state_.evaluations_since_best + 1;
  if (better) {
    state_.best_step = state_.step;
    state_.best_value = *value;
  }
}

void Trainer::check_finite() {
  const auto step = task_.first_non_finite_step();
  if (!step) return;
  throw DivergenceError("training diverged in step " + std::to_string(*step + 1) + ": " +
                        task_.explain_non_finite(*step) +
                        ". The checkpoints hold the run as it was before");
}

void Trainer::save() {
  // A checkpoint is never made of weights that nobody has looked at.
  check_finite();
  state_.seconds = seconds();
  checkpoints_.save(state_, tensors(), options_.keep_checkpoints, averaged_);
}

bool Trainer::out_of_patience() const {
  return options_.patience > 0 && state_.evaluations_since_best >= options_.patience;
}

}  // namespace zoo
