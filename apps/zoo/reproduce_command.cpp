// reproduce: an experiment with several seeds, and what the ledger says of it.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "zoo/apps/config/experiment_reader.h"
#include "zoo/apps/config/experiment_writer.h"
#include "zoo/apps/zoo/child_runs.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/interrupt.h"
#include "zoo/apps/zoo/ledger.h"
#include "zoo/apps/zoo/training.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

struct SeedRun {
  int64_t seed = 0;
  RunFolder folder;
};

// What is tried with --set has folders of its own: one configuration never meets another.
std::vector<SeedRun> seed_runs(const Arguments& arguments, const Experiment& experiment) {
  const std::string kind =
      arguments.set.empty() ? "reproduce" : "reproduce_set_" + hash_experiment(experiment);
  std::vector<SeedRun> runs;
  for (int64_t i = 0; i < arguments.seeds; ++i) {
    const int64_t seed = experiment.seed + i;
    const fs::path path = home() / "runs" / experiment.name / fmt::format("{}_seed_{}", kind, seed);
    runs.push_back({seed, RunFolder(path)});
  }
  return runs;
}

bool has_begun(const SeedRun& run) { return fs::exists(run.folder.config()); }

Experiment with_seed(Experiment experiment, int64_t seed) {
  experiment.seed = seed;
  return experiment;
}

// Refuses a run of another configuration, finished or not.
void check_run(const SeedRun& run, const Experiment& experiment, const Ledger& ledger) {
  if (run.folder.finished()) {
    ledger.read_result(run.folder.path(), run.seed);
  } else if (has_begun(run)) {
    const auto begun = read_experiment(run.folder.config(), experiment.name, {}, catalogue());
    if (run_identity(begun) == run_identity(with_seed(experiment, run.seed))) return;
    throw UsageError(
        fmt::format("{} is a run of another configuration of {}; remove the folder "
                    "to run it anew",
                    run.folder.shown(), experiment.name));
  }
}

// Goes on with a run that was begun, or starts it; false after an interruption.
bool train_seed(const Arguments& arguments, const Experiment& experiment, const SeedRun& run) {
  Experiment of_seed = with_seed(experiment, run.seed);
  const RunInfo info =
      has_begun(run) ? resumed_info(run.folder, arguments) : info_of(arguments, experiment.name);
  of_seed.kept_files = run.folder.read_kept();
  auto session = start_session(std::move(of_seed), info.device, info.threads);
  if (!has_begun(run)) RunFolder::create(run.folder.path().string(), session.experiment, info);
  return train_run(session, run.folder, info, arguments.command_line).has_value();
}

int train_in_turn(const Arguments& arguments, const Experiment& experiment,
                  const std::vector<SeedRun>& runs) {
  for (const auto& run : runs) {
    if (!train_seed(arguments, experiment, run)) return kInterrupted;
  }
  return kDone;
}

ChildRun child_run(const Arguments& arguments, const SeedRun& run) {
  const std::string folder = run.folder.path().string();
  ChildRun child{.label = fmt::format("seed {}", run.seed), .arguments = {"resume", folder}};
  auto& words = child.arguments;
  if (!has_begun(run)) {
    words = {"run", arguments.target, "--output", folder};
    for (const auto& change : arguments.set) words.insert(words.end(), {"--set", change});
    words.insert(words.end(), {"--seed", std::to_string(run.seed)});
  }
  if (!arguments.device.empty()) words.insert(words.end(), {"--device", arguments.device});
  const int64_t threads = arguments.threads;
  if (threads > 0) words.insert(words.end(), {"--threads", std::to_string(threads)});
  return child;
}

// Whether the child ended badly, not because it was asked to stop.
bool has_failed(const ChildEnd& end) {
  const bool stopped = end.signal == SIGINT || end.signal == SIGTERM ||
                       (end.signal == 0 && end.code == kInterrupted);
  return end.begun && (end.signal != 0 || end.code != kDone) && !(interrupted() && stopped);
}

void tell_failure(const SeedRun& run, const ChildEnd& end) {
  const std::string how = end.signal == 0 ? fmt::format("ended with exit code {}", end.code)
                                          : fmt::format("was killed by signal {} ({})", end.signal,
                                                        strsignal(end.signal));
  fmt::print(stderr, "zoo: seed {} {}; its run folder is {}\n", run.seed, how, run.folder.shown());
}

// The exit code of the first that fails.
int train_side_by_side(const Arguments& arguments, const std::vector<SeedRun>& runs) {
  std::vector<ChildRun> children;
  for (const auto& run : runs) children.push_back(child_run(arguments, run));
  const auto ends = run_side_by_side(children, static_cast<size_t>(arguments.jobs));
  int code = kDone;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!has_failed(ends[i])) continue;
    tell_failure(runs[i], ends[i]);
    if (code == kDone) code = ends[i].signal != 0 ? kFailure : ends[i].code;
  }
  const bool unfinished =
      std::ranges::any_of(runs, [](const SeedRun& run) { return !run.folder.finished(); });
  if (!interrupted() || !unfinished) return code;
  tell_interruption(arguments.command_line);
  return kInterrupted;
}

}  // namespace

int reproduce_command(const Arguments& arguments) {
  catch_interrupts();
  const Experiment experiment = find_experiment(arguments);
  if (experiment.expect.empty()) {
    throw UsageError(experiment.name + " expects nothing: it has no `expect`");
  }
  if (arguments.ship && !arguments.set.empty()) {
    throw UsageError("--ship keeps weights of the experiment as it stands; leave out --set");
  }
  Ledger ledger(experiment, arguments.command_line);
  const auto runs = seed_runs(arguments, experiment);
  for (const auto& run : runs) check_run(run, experiment, ledger);
  auto unfinished = runs;
  std::erase_if(unfinished, [](const SeedRun& run) { return run.folder.finished(); });
  const int code = arguments.jobs > 1 ? train_side_by_side(arguments, unfinished)
                                      : train_in_turn(arguments, experiment, unfinished);
  if (code != kDone) return code;
  for (const auto& run : runs) ledger.add(ledger.read_result(run.folder.path(), run.seed));
  if (arguments.ship) ledger.ship(runs.front().folder);
  if (arguments.set.empty()) ledger.write(home() / "results");
  ledger.print();
  if (!arguments.set.empty()) fmt::print("no ledger entry was written, because of --set\n");
  return ledger.pass() ? kDone : kOutsideTolerance;
}

}  // namespace zoo
