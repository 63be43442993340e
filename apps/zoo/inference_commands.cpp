// evaluate and predict: everything that uses trained weights.
#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/apps/zoo/session.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

void predict_lines(Task& task, std::istream& lines, const std::string& name) {
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();  // as Windows ends its lines
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    try {
      fmt::print("{}\n", task.predict(line).line);
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("{}:{}: {}", name, number, error.what()));
    }
    std::fflush(stdout);
  }
  if (lines.bad()) throw StorageError(name + ": cannot be read to its end");
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
  print_result(metrics,
               arguments.set.empty() ? judge(session.experiment, metrics) : std::vector<Verdict>());
  return kDone;
}

int predict_command(const Arguments& arguments) {
  const auto& input = arguments.input;
  const bool is_standard = input.empty() || input == "-";
  std::ifstream file;
  if (!is_standard) {
    if (std::filesystem::is_directory(input)) {
      throw UsageError("cannot read " + input + ": it is a folder");
    }
    file.open(input);
    if (!file) {
      throw UsageError("cannot read " + input + ": " + std::generic_category().message(errno));
    }
  }
  const auto session = open_run(find_run(arguments.target), arguments);
  predict_lines(*session.task, is_standard ? std::cin : file,
                is_standard ? "standard input" : input);
  return kDone;
}

}  // namespace zoo
