// The record of a reproduction: results/<model>/<experiment>.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "zoo/apps/zoo/result.h"
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

  /// Writes <folder>/<model>/<experiment>.json.
  void write(const std::filesystem::path& folder) const;

  /// The table over all seeds.
  void print() const;

  bool pass() const { return all_pass(judge(experiment_, medians())); }

  /// Of an even number of seeds the mean of the two in the middle; NaN if any is.
  Metrics medians() const;

 private:
  nlohmann::ordered_json summary() const;
  nlohmann::ordered_json expectations() const;

  const Experiment& experiment_;
  std::string command_;
  std::string config_hash_;
  std::vector<nlohmann::ordered_json> seeds_;
};

}  // namespace zoo
