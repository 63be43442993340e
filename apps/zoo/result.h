// What came out of a run, beside what was expected.
#pragma once

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zoo/apps/zoo/run_folder.h"
#include "zoo/apps/zoo/session.h"
#include "zoo/trainers/logging/run_log.h"
#include "zoo/trainers/metrics.h"
#include "zoo/trainers/trainer.h"

namespace zoo {

/// Metrics by name: "bits_per_sequence" of the test split, "validation.bits_per_sequence",
/// "length_120.wrong_bits". Leaves out the evaluations that had not begun when the process was
/// interrupted.
Metrics evaluate_all(const Session& session);

/// For each milestone of the experiment "milestones.<name>": the examples trained on at the first
/// validation in `log` that met it; infinity if none did.
Metrics milestones_met(const Experiment& experiment, const std::vector<LogRecord>& log);

/// Whether a value lies within `at_least` and `at_most` of an expectation or milestone; NaN lies in
/// no bounds.
template <class Bounds>
bool within(const Bounds& bounds, double value) {
  return !std::isnan(value) && (!bounds.at_least || value >= *bounds.at_least) &&
         (!bounds.at_most || value <= *bounds.at_most);
}

/// One expectation and what became of it.
struct Verdict {
  std::string metric;
  std::string paper;     ///< empty if the paper gives no number
  std::string expected;  ///< "at most 0.05"
  double value = 0;
  bool pass = false;
};

std::vector<Verdict> judge(const std::vector<Expectation>& expect, const Metrics& metrics);
inline std::vector<Verdict> judge(const Experiment& experiment, const Metrics& metrics) {
  return judge(experiment.expect, metrics);
}
bool all_pass(const std::vector<Verdict>& verdicts);

/// The table metric / paper / expected / ours, and the metrics that nobody expects anything of;
/// then the signatures.
void print_result(const Metrics& metrics, const std::vector<Verdict>& verdicts,
                  const Signatures& signatures);

/// A line "bleu nrefs:1|..." for each.
std::string signature_lines(const Signatures& signatures);

/// Rows with columns as wide as they need to be, without blanks at the ends of lines.
std::string format_table(const std::vector<std::vector<std::string>>& rows);

/// What a ledger must say about the machine: LibTorch, processor, device, threads.
nlohmann::ordered_json describe_machine(const std::string& device, int64_t threads);

/// The commit that `home()` stands at, with "-dirty" if files under git other than the ledger and
/// Markdown differ from it; "unknown" if it is not under git.
std::string source_revision();

/// What to do about this build if it is a slow one, else empty.
std::string build_advice();

/// "trained 1000 steps in 3m05s, 108 examples/s, 0.4% of the time waiting for data".
/// `seconds` is the time of all sessions; `waited` the share of the last one's, from 0 to 1, or
/// nothing if it trained no step.
std::string training_summary(int64_t steps, int64_t batch_size, double seconds,
                             std::optional<double> waited);

/// Trains `session` in `folder`, from its newest checkpoint if there is one; evaluates, and
/// writes weights.safetensors, result.json and report.html. Nothing if it was interrupted: the
/// state is saved.
std::optional<nlohmann::ordered_json> train_and_record(Session& session, const RunFolder& folder,
                                                       const RunInfo& info);

}  // namespace zoo
