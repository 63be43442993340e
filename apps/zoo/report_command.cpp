#include <fmt/format.h>

#include "zoo/apps/report/report.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/run_folder.h"

namespace zoo {

int report_command(const Arguments& arguments) {
  std::vector<std::filesystem::path> runs;
  for (const auto& name : arguments.runs) {
    runs.push_back(find_run(name));
    if (!std::filesystem::is_directory(runs.back())) {
      throw UsageError(RunFolder(runs.back()).shown() +
                       ": only of a run folder there is a report, weights have no curves");
    }
  }
  std::filesystem::path file = arguments.output;
  if (file.empty()) file = runs.size() == 1 ? RunFolder(runs.front()).report() : "report.html";
  if (std::filesystem::is_directory(file)) {
    throw UsageError("cannot write " + file.string() + ": it is a folder");
  }
  write_report(runs, file);
  fmt::print("{}\n", RunFolder(file).shown());
  return kDone;
}

}  // namespace zoo
