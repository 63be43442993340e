// The record of a reproduction: results/<model>/<experiment>.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "zoo/apps/zoo/ledger_entry.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/trainers/experiment.h"

namespace zoo {

/// Collects the results of the seeds of one experiment. An expectation is met if the median over
/// the seeds lies within its bounds: of three seeds, two must.
class Ledger {
 public:
  Ledger(const Experiment& experiment, std::string command);

  /// The result of a finished run of that seed. Throws `UsageError` if it is of another
  /// configuration, `StorageError` if it is damaged.
  nlohmann::ordered_json read_result(const std::filesystem::path& run, int64_t seed) const;

  void add(const nlohmann::ordered_json& result);

  /// Keeps the weights of the first seed, whose run is `folder`, in weights/ and names them in the
  /// entry. Throws `UsageError` if an expectation is not met or the file is over 4 MB.
  void ship(const RunFolder& folder);

  /// Writes <folder>/<model>/<experiment>.json.
  void write(const std::filesystem::path& folder) const;

  /// The table over all seeds.
  void print() const;

  bool pass() const { return all_pass(judge(experiment_, medians())); }

  Metrics medians() const { return medians_over(seeds_); }

 private:
  const Experiment& experiment_;
  std::string command_;
  std::string config_hash_;
  nlohmann::ordered_json seeds_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json signatures_;  // null: no metric has one
  nlohmann::ordered_json shipped_;     // null: no weights are
};

}  // namespace zoo
