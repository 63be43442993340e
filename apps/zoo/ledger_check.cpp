#include "zoo/apps/zoo/ledger_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "zoo/apps/config/experiment_files.h"
#include "zoo/apps/config/experiment_reader.h"
#include "zoo/apps/config/experiment_writer.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/ledger_entry.h"
#include "zoo/apps/zoo/ledger_shape.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// Sets `expect` and `change`.
void compare_with_configuration(LedgerEntry& entry, const std::vector<ExperimentFile>& files) {
  const std::string config = "configs/" + entry.experiment + ".yaml";
  const auto file = std::ranges::find(files, entry.experiment, &ExperimentFile::name);
  if (file == files.end()) {
    entry.change = "there is no " + config + " any more";
    return;
  }
  try {
    const auto experiment = read_experiment(file->path, file->name, {}, catalogue());
    entry.expect = experiment.expect;
    const std::string hash = hash_experiment(experiment), recorded = entry.json["config_hash"];
    if (hash != recorded) {
      entry.change = fmt::format("{} has changed since: its hash is {}, the entry's {}", config,
                                 hash, recorded);
    }
  } catch (const ConfigError& error) {
    entry.change =
        fmt::format("{} cannot be read; `zoo describe {}` says why", config, entry.experiment);
  }
}

// The last digits of a mean depend on how a compiler orders and fuses the operations.
bool equal_numbers(double a, double b) {
  return a == b || std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

// Compares what an entry states with what follows from its seeds.
class DerivedCheck {
 public:
  explicit DerivedCheck(std::vector<std::string>& problems) : problems_(problems) {}

  void compare(const Json& stated, const Json& derived, const std::string& path) {
    const bool both_numbers = stated.is_number() && derived.is_number();
    if (stated.is_structured() && derived.is_structured()) {
      compare_parts(stated, derived, path);
    } else if (both_numbers ? !equal_numbers(stated.get<double>(), derived.get<double>())
                            : stated != derived) {
      problems_.push_back(
          fmt::format("{} is {}, but the seeds give {}", path, stated.dump(), derived.dump()));
    }
  }

 private:
  void compare_parts(const Json& stated, const Json& derived, const std::string& path) {
    for (const auto& [name, value] : derived.items()) {
      const std::string below =
          derived.is_array() ? fmt::format("{}[{}]", path, name) : path + "." + name;
      if (derived.is_array()) {
        compare(stated[std::stoul(name)], value, below);
      } else if (stated.contains(name)) {
        compare(stated[name], value, below);
      } else {
        problems_.push_back(below + " is missing, but the seeds have it");
      }
    }
    if (!stated.is_object()) return;
    for (const auto& [name, value] : stated.items()) {
      if (!derived.contains(name)) problems_.push_back(path + "." + name + " is of no seed");
    }
  }

  std::vector<std::string>& problems_;
};

// As it reads from a file, where NaN and infinity are null.
Json as_written(const Json& json) { return Json::parse(json.dump()); }

std::vector<std::string> derived_problems(const Json& entry) {
  std::vector<std::string> problems;
  DerivedCheck check(problems);
  const auto& seeds = entry["seeds"];
  const auto expect = expectations_in(entry["expect"]);
  const auto medians = medians_over(seeds);
  check.compare(entry["summary"], as_written(summary_over(seeds)), "summary");
  check.compare(entry["expect"], as_written(judged(expect, medians)), "expect");
  check.compare(entry["pass"], all_pass(judge(expect, medians)), "pass");
  return problems;
}

// The fields, or seeds, whose checksum is not the recorded one.
std::vector<std::string> changed_fields(const Json& entry) {
  std::vector<std::string> changed;
  const Json present = checksums_of(entry), &recorded = entry["checksums"];
  for (const auto& [field, checksum] : present.items()) {
    if (!recorded.contains(field)) {
      changed.push_back(field + " was added");
    } else if (recorded[field] != checksum) {
      changed.push_back(field + " was changed");
    }
  }
  for (const auto& [field, checksum] : recorded.items()) {
    if (!present.contains(field)) changed.push_back(field + " was removed");
  }
  return changed;
}

// Told once: not that `summary` was changed where it is told which of its numbers are wrong.
std::vector<std::string> content_problems(const Json& entry) {
  std::vector<std::string> problems;
  const auto changed = changed_fields(entry);
  const auto of_seeds = [](const std::string& each) { return each.starts_with("seeds["); };
  if (std::ranges::none_of(changed, of_seeds)) problems = derived_problems(entry);
  const auto derived = problems;
  for (const auto& each : changed) {
    const std::string field = each.substr(0, each.rfind(" was "));
    const bool told = std::ranges::any_of(derived, [&](const std::string& problem) {
      return problem.starts_with(field) && problem.find_first_of(".[ ") == field.size();
    });
    if (!told) problems.push_back(each + " after it was recorded");
  }
  return problems;
}

LedgerEntry read_entry(const fs::path& path, const std::vector<ExperimentFile>& configs) {
  const auto relative = path.lexically_relative(home());
  LedgerEntry entry;
  entry.file = relative.generic_string();
  entry.experiment =
      path.lexically_relative(home() / "results").replace_extension().generic_string();
  try {
    entry.json = read_json(entry.file);
  } catch (const StorageError& error) {
    entry.problems = {error.what()};
    return entry;
  }
  for (const auto& problem : shape_problems(entry.json)) {
    entry.problems.push_back(entry.file + ": " + problem);
  }
  if (entry.readable()) compare_with_configuration(entry, configs);
  return entry;
}

// Files below a folder of home() with that extension, sorted.
std::vector<fs::path> files_below(const std::string& folder, const std::string& extension) {
  std::vector<fs::path> paths;
  std::error_code error;
  fs::recursive_directory_iterator each(home() / folder, error);
  for (; !error && each != fs::recursive_directory_iterator(); each.increment(error)) {
    std::error_code unknown;
    const bool hidden = each->path().filename().string().starts_with('.');
    if (hidden || each->path().extension() != extension || each->is_directory(unknown)) continue;
    paths.push_back(each->path());
  }
  std::ranges::sort(paths);
  return paths;
}

// Empty if the file is there and holds what the seed's run left.
std::string shipping_problem(const LedgerEntry& entry, const std::string& file) {
  const auto& seeds = entry.json["seeds"];
  const auto& named = entry.json["shipped"]["seed"];
  const auto seed =
      std::ranges::find_if(seeds, [&](const Json& each) { return each["seed"] == named; });
  if (seed == seeds.end()) return fmt::format("shipped.seed is {}, which is none", named.dump());
  if (!fs::is_regular_file(home() / file)) return fmt::format("there is no {}", file);
  const auto checksum = checksum_text(read_file(home() / file));
  if (checksum == (*seed)["weights"]) return {};
  return fmt::format("{} has the checksum {}, but the weights of seed {} have {}", file, checksum,
                     named.dump(), (*seed)["weights"].get<std::string>());
}

}  // namespace

std::string LedgerEntry::stale() const {
  const std::string reason = readable() ? json.value("stale", "") : "";
  return reason.empty() ? change : reason;
}

std::optional<bool> LedgerEntry::met() const {
  return json["expect"].empty() ? std::nullopt : std::optional(json["pass"].get<bool>());
}

Json read_json(const std::string& file) {
  try {
    return Json::parse(read_file(home() / file));
  } catch (const Json::exception& error) {
    const std::string text = error.what();  // "[json.exception.parse_error.101] parse error at …"
    const auto start = text.find("] ");
    throw StorageError(fmt::format("{}: this is not JSON: {}", file,
                                   start == std::string::npos ? text : text.substr(start + 2)));
  }
}

std::vector<LedgerEntry> read_ledger() {
  const auto configs = find_experiments(home() / "configs");
  std::vector<LedgerEntry> entries;
  for (const auto& path : files_below("results", ".json"))
    entries.push_back(read_entry(path, configs));
  return entries;
}

std::vector<std::string> ledger_problems(const LedgerEntry& entry) {
  if (!entry.readable()) return entry.problems;
  std::vector<std::string> problems;
  const auto add = [&](const std::string& problem) {
    problems.push_back(entry.file + ": " + problem);
  };
  const std::string name = entry.json["experiment"];
  if (name != entry.experiment) {
    add(fmt::format("experiment is '{}', but the file is that of '{}'", name, entry.experiment));
  }
  for (const auto& problem : content_problems(entry.json)) add(problem);
  if (!entry.change.empty() && entry.json.value("stale", "").empty()) {
    add(
        fmt::format("stale: {}; `zoo reproduce {} --seeds {}` makes it anew, or a field \"stale\": "
                    "\"why\" says why it stays",
                    entry.change, entry.experiment, entry.json["seeds"].size()));
  }
  return problems;
}

std::vector<std::string> shipping_problems(const std::vector<LedgerEntry>& ledger) {
  std::vector<std::string> problems;
  std::set<std::string> named;
  for (const auto& entry : ledger) {
    if (!entry.readable() || !entry.json.contains("shipped")) continue;
    const std::string file = entry.json["shipped"]["file"];
    named.insert(file);
    const auto problem = shipping_problem(entry, file);
    if (!problem.empty()) problems.push_back(entry.file + ": " + problem);
  }
  for (const auto& path : files_below("weights", ".safetensors")) {
    const auto file = path.lexically_relative(home()).generic_string();
    if (!named.contains(file))
      problems.push_back(
          file +
          ": no entry of results/ names these weights; `zoo reproduce` names them with --ship");
  }
  return problems;
}

}  // namespace zoo
