// run and resume.
#include <fmt/format.h>
#include <torch/version.h>

#include <filesystem>

#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/interrupt.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/apps/zoo/session.h"
#include "zoo/apps/zoo/training.h"

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

std::string resume_line(const RunFolder& folder) { return "zoo resume " + folder.shown(); }

}  // namespace

RunInfo info_of(const Arguments& arguments, const std::string& experiment) {
  return {.experiment = experiment,
          .device = arguments.device.empty() ? "cpu" : arguments.device,
          .threads = std::max<int64_t>(arguments.threads, 1),
          .command = arguments.command_line};
}

void tell_interruption(const std::string& command) {
  fmt::print(stderr, "interrupted; the state is saved: `{}` goes on\n", command);
}

std::optional<nlohmann::ordered_json> train_run(Session& session, const RunFolder& folder,
                                                const RunInfo& info, const std::string& command) {
  const RunLock lock(folder);
  print_header(session.experiment, folder, info);
  if (session.experiment.kept_files.empty()) folder.write_kept(session.task->kept_files());
  auto result = train_and_record(session, folder, info);
  if (!result) tell_interruption(command);
  return result;
}

RunInfo resumed_info(const RunFolder& folder, const Arguments& arguments) {
  RunInfo info = folder.info();
  if (!arguments.device.empty()) info.device = arguments.device;
  if (arguments.threads > 0) info.threads = arguments.threads;
  return info;
}

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
  const RunInfo info = resumed_info(folder, arguments);
  Arguments of_run = arguments;
  of_run.target = folder.config().string();
  Experiment experiment = find_experiment(of_run);
  experiment.kept_files = folder.read_kept();
  auto session = start_session(std::move(experiment), info.device, info.threads);
  return train_run(session, folder, info, resume_line(folder)) ? kDone : kInterrupted;
}

}  // namespace zoo
