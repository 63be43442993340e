// evaluate and predict: everything that uses trained weights.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/apps/zoo/session.h"

namespace zoo {
namespace {

void predict_lines(Task& task, std::istream& lines, const std::string& name) {
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      fmt::print("{}\n", task.predict(line));
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("{}:{}: {}", name, number, error.what()));
    }
    std::fflush(stdout);
  }
}

}  // namespace

int evaluate_command(const Arguments& arguments) {
  const auto session = open_run(find_run(arguments.target), arguments);
  const Metrics metrics = evaluate_all(session);
  if (arguments.json) {
    nlohmann::ordered_json json;
    for (const auto& [name, value] : metrics) json[name] = value;
    fmt::print("{}\n", json.dump(2));
    return kDone;
  }
  // Bounds hold for the experiment as it was written, not for changed data.
  print_result(metrics, arguments.set.empty() ? judge(session.experiment, metrics)
                                              : std::vector<Verdict>());
  return kDone;
}

int predict_command(const Arguments& arguments) {
  const auto session = open_run(find_run(arguments.target), arguments);
  if (arguments.input.empty() || arguments.input == "-") {
    predict_lines(*session.task, std::cin, "standard input");
    return kDone;
  }
  std::ifstream file(arguments.input);
  if (!file) throw UsageError("cannot read " + arguments.input + ": there is no such file");
  predict_lines(*session.task, file, arguments.input);
  return kDone;
}

}  // namespace zoo
