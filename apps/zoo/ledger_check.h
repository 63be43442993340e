// The ledger as it lies on disk, and what is wrong with it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "zoo/trainers/experiment.h"

namespace zoo {

/// One file of results/.
struct LedgerEntry {
  std::string experiment;                          ///< as the path of the file says
  std::string file;                                ///< "results/lstm/copy.json", for messages
  nlohmann::ordered_json json;                     ///< of the right shape unless there are problems
  std::vector<std::string> problems;               ///< why it cannot be read, each with the file
  std::optional<std::vector<Expectation>> expect;  ///< of the present configuration, if it is sound
  std::string change;  ///< what the configuration has become since; empty: it is the same

  bool readable() const { return problems.empty(); }
  /// Why its numbers are not those of the present configuration; empty if they are.
  std::string stale() const;
  /// Whether all expectations are met; nothing if there is none.
  std::optional<bool> met() const;
};

/// Every .json file below results/, sorted by name.
std::vector<LedgerEntry> read_ledger();

/// Why the entry cannot be believed: it cannot be read, does not follow from its seeds, was changed
/// after it was recorded, or belongs to another configuration without saying why.
std::vector<std::string> ledger_problems(const LedgerEntry& entry);

/// Why weights/ and the entries disagree: a file that no entry names, one that is missing, or one
/// that holds other weights than those of the seed that its entry names.
std::vector<std::string> shipping_problems(const std::vector<LedgerEntry>& ledger);

/// The JSON of a file below home(). Throws `StorageError` with the place of a mistake.
nlohmann::ordered_json read_json(const std::string& file);

}  // namespace zoo
