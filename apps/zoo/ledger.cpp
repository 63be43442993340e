#include "zoo/apps/zoo/ledger.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "zoo/apps/config/experiment_writer.h"
#include "zoo/apps/zoo/cell_text.h"
#include "zoo/apps/zoo/ledger_entry.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array kSeedKeys = {"seed",    "metrics", "steps", "examples",
                                  "seconds", "weights", "source"};

constexpr size_t kMostShipped = 4'000'000;  // bytes: a clone is not to be slow

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw storage_error("make the folder", path, error.value());
}

}  // namespace

Ledger::Ledger(const Experiment& experiment, std::string command)
    : experiment_(experiment),
      command_(std::move(command)),
      config_hash_(hash_experiment(experiment)) {}

Json Ledger::read_result(const fs::path& run, int64_t seed) const {
  const fs::path file = RunFolder(run).result();
  const Json result = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  const bool is_result =
      result.is_object() && result.contains("config_hash") && result.contains("machine") &&
      std::ranges::all_of(kSeedKeys, [&](const char* key) { return result.contains(key); }) &&
      result["metrics"].is_object();
  if (!is_result) throw StorageError(file.string() + ": this is not the result of a run");
  if (result["config_hash"] != config_hash_ || result["seed"] != seed) {
    throw UsageError(
        fmt::format("{0} is a run of another configuration of {1}; remove the folder "
                    "to run it anew",
                    RunFolder(run).shown(), experiment_.name));
  }
  return result;
}

void Ledger::add(const Json& result) {
  Json seed;
  for (const char* key : kSeedKeys) seed[key] = result.at(key);
  seed["machine"] = result.at("machine");
  seeds_.push_back(seed);
  if (result.contains("signatures")) signatures_ = result["signatures"];
}

void Ledger::ship(const RunFolder& folder) {
  const auto bytes = read_file(folder.weights());
  if (!pass()) throw UsageError(experiment_.name + " misses its bounds; nothing is shipped");
  if (bytes.size() > kMostShipped) {
    throw UsageError(fmt::format("{} has {} bytes; weights of more than {} are not shipped",
                                 folder.weights().string(), bytes.size(), kMostShipped));
  }
  const fs::path file = shipped_weights(experiment_.name);
  make_folder(file.parent_path());
  write_file(file, bytes);
  shipped_ = {{"file", file.lexically_relative(home()).generic_string()},
              {"seed", seeds_.front()["seed"]}};
}

void Ledger::write(const fs::path& folder) const {
  const auto& paper = experiment_.paper;
  const std::time_t now = std::time(nullptr);
  Json entry = {{"experiment", experiment_.name},
                {"paper", {{"arxiv", paper.arxiv}, {"where", paper.where}}},
                {"rule", "the median over the seeds lies within the bounds"},
                {"pass", pass()},
                {"expect", judged(experiment_.expect, medians())},
                {"summary", summary_over(seeds_)},
                {"seeds", seeds_},
                {"command", command_},
                {"config_hash", config_hash_},
                {"date", fmt::format("{:%Y-%m-%d}", *std::gmtime(&now))}};
  if (!signatures_.is_null()) entry["signatures"] = signatures_;
  if (!shipped_.is_null()) entry["shipped"] = shipped_;
  entry["checksums"] = checksums_of(entry);
  const fs::path file = folder / (experiment_.name + ".json");
  make_folder(file.parent_path());
  write_file(file, entry.dump(2) + "\n");
}

void Ledger::print() const {
  std::vector<std::vector<std::string>> rows = {{"metric"}};
  for (const auto& seed : seeds_) rows[0].push_back(fmt::format("seed {}", seed["seed"].dump()));
  for (const char* title : {"median", "paper", "expected", ""}) rows[0].emplace_back(title);
  for (const auto& verdict : judge(experiment_, medians())) {
    auto& row = rows.emplace_back(std::vector<std::string>{verdict.metric});
    for (const double value : values_over(seeds_, verdict.metric)) {
      row.push_back(metric_text(verdict.metric, value));
    }
    row.push_back(metric_text(verdict.metric, verdict.value));
    row.insert(row.end(), {verdict.paper, verdict.expected, verdict.pass ? "pass" : "FAIL"});
  }
  const auto signatures = signatures_.is_null() ? Signatures() : signatures_.get<Signatures>();
  fmt::print("\n{}  {} seeds\n{}{}", experiment_.name, seeds_.size(), format_table(rows),
             signature_lines(signatures));
}

}  // namespace zoo
