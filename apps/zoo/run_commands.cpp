// run, resume and reproduce: everything that trains.
#include <fmt/format.h>
#include <torch/version.h>

#include <filesystem>

#include "zoo/apps/config/experiment_reader.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/interrupt.h"
#include "zoo/apps/zoo/ledger.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/apps/zoo/session.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

void print_header(const Experiment& experiment, const RunFolder& folder, const RunInfo& info) {
  const auto& paper = experiment.paper;
  fmt::print("{}  seed {}{}\n", info.experiment, experiment.seed,
             paper.arxiv.empty() ? "" : fmt::format("  arXiv:{} {}", paper.arxiv, paper.where));
  fmt::print("LibTorch {}  {}  {} {}\n", TORCH_VERSION, info.device, info.threads,
             info.threads == 1 ? "thread" : "threads");
  fmt::print("{}\n", folder.shown());
  std::fflush(stdout);
  if (const auto advice = build_advice(); !advice.empty()) {
    fmt::print(stderr, "zoo: this build is {}\n", advice);
  }
}

// The result, or nothing after an interruption, which is told with the `command` that goes on.
std::optional<nlohmann::ordered_json> train_run(Session& session, const RunFolder& folder,
                                                const RunInfo& info, const std::string& command) {
  const RunLock lock(folder);
  print_header(session.experiment, folder, info);
  auto result = train_and_record(session, folder, info);
  if (!result) fmt::print(stderr, "interrupted; the state is saved: `{}` goes on\n", command);
  return result;
}

std::string resume_line(const RunFolder& folder) { return "zoo resume " + folder.shown(); }

RunInfo info_of(const Arguments& arguments, const std::string& experiment) {
  return {.experiment = experiment,
          .device = arguments.device.empty() ? "cpu" : arguments.device,
          .threads = std::max<int64_t>(arguments.threads, 1),
          .command = arguments.command_line};
}

// Goes on with a run that was begun, or starts it.
std::optional<nlohmann::ordered_json> train_seed(const Arguments& arguments, int64_t seed,
                                                 const fs::path& path) {
  Arguments of_seed = arguments;
  of_seed.seed = seed;
  Experiment experiment = find_experiment(of_seed);
  const RunInfo info = info_of(arguments, experiment.name);
  RunFolder folder(path);
  if (!fs::exists(folder.config())) {
    folder = RunFolder::create(path.string(), experiment, info);
  } else {
    const auto begun = read_experiment(folder.config(), experiment.name, {}, catalogue());
    if (run_identity(begun) != run_identity(experiment)) {
      throw UsageError(
          fmt::format("{} is a run of another configuration of {}; remove the folder "
                      "to run it anew",
                      folder.shown(), experiment.name));
    }
  }
  auto session = start_session(std::move(experiment), info.device, info.threads);
  return train_run(session, folder, info, arguments.command_line);
}

}  // namespace

int run_command(const Arguments& arguments) {
  catch_interrupts();
  Experiment experiment = find_experiment(arguments);
  const RunInfo info = info_of(arguments, experiment.name);
  auto session = start_session(std::move(experiment), info.device, info.threads);
  const auto folder = RunFolder::create(arguments.output, session.experiment, info);
  return train_run(session, folder, info, resume_line(folder)) ? kDone : kInterrupted;
}

int resume_command(const Arguments& arguments) {
  catch_interrupts();
  const RunFolder folder(find_run(arguments.target));
  if (!fs::is_directory(folder.path())) {
    throw UsageError(folder.shown() + ": only a run folder can be resumed, weights cannot");
  }
  if (folder.finished()) {
    fmt::print("{} is finished; nothing is left to do\n", folder.shown());
    return kDone;
  }
  RunInfo info = folder.info();
  if (!arguments.device.empty()) info.device = arguments.device;
  if (arguments.threads > 0) info.threads = arguments.threads;
  Arguments of_run = arguments;
  of_run.target = folder.config().string();
  Experiment experiment = find_experiment(of_run);
  auto session = start_session(std::move(experiment), info.device, info.threads);
  return train_run(session, folder, info, resume_line(folder)) ? kDone : kInterrupted;
}

int reproduce_command(const Arguments& arguments) {
  catch_interrupts();
  const Experiment experiment = find_experiment(arguments);
  if (experiment.expect.empty()) {
    throw UsageError(experiment.name + " expects nothing: it has no `expect`");
  }
  Ledger ledger(experiment, arguments.command_line);
  for (int64_t i = 0; i < arguments.seeds; ++i) {
    const int64_t seed = experiment.seed + i;
    const fs::path path =
        home() / "runs" / experiment.name / fmt::format("reproduce_seed_{}", seed);
    const auto result = RunFolder(path).finished() ? ledger.read_result(path, seed)
                                                   : train_seed(arguments, seed, path);
    if (!result) return kInterrupted;
    ledger.add(*result);
  }
  ledger.write(home() / "results");
  ledger.print();
  return ledger.pass() ? kDone : kOutsideTolerance;
}

}  // namespace zoo
