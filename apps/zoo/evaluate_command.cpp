// evaluate: the metrics of trained weights.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/apps/zoo/session.h"

namespace zoo {

int evaluate_command(const Arguments& arguments) {
  const auto session = open_run(find_run(arguments.target), arguments);
  const Metrics metrics = evaluate_all(session);
  const auto signatures = session.task->signatures();
  if (arguments.json) {
    nlohmann::ordered_json json;
    for (const auto& [name, value] : metrics) json[name] = value;
    if (!signatures.empty()) json["signatures"] = signatures;
    fmt::print("{}\n", json.dump(2));
    return kDone;
  }
  // Bounds hold for the experiment as it was written, not for changed data.
  print_result(metrics,
               arguments.set.empty() ? judge(session.experiment, metrics) : std::vector<Verdict>(),
               signatures);
  return kDone;
}

}  // namespace zoo
