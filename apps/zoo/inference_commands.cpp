// evaluate and predict: everything that uses trained weights.
#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "zoo/apps/report/svg.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/apps/zoo/session.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

// The folder of --svg, which is made when there is something to write into it.
class DrawingFolder {
 public:
  DrawingFolder(std::filesystem::path path, std::string experiment)
      : path_(std::move(path)), experiment_(std::move(experiment)) {}

  // The answer to line `number`. Throws `UsageError` if the first one is no drawing.
  void add(const std::optional<Drawing>& drawing, int64_t number) {
    if (path_.empty()) return;
    if (!drawing && !made_) {
      throw UsageError("--svg draws answers that are points in the plane; the answers of " +
                       experiment_ + " are not");
    }
    if (!drawing) return;
    if (!made_) make();
    write_file(path_ / fmt::format("{:03}.svg", number), svg_of(*drawing));
  }

 private:
  void make() {
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error) throw storage_error("make the folder", path_, error.value());
    made_ = true;
  }

  std::filesystem::path path_;
  std::string experiment_;
  bool made_ = false;
};

void predict_lines(Task& task, std::istream& lines, const std::string& name,
                   DrawingFolder drawings) {
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();  // as Windows ends its lines
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    try {
      const auto prediction = task.predict(line);
      drawings.add(prediction.drawing, number);
      fmt::print("{}\n", prediction.line);
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
                is_standard ? "standard input" : input,
                DrawingFolder(arguments.svg, session.experiment.name));
  return kDone;
}

}  // namespace zoo
