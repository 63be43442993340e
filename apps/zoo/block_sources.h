// Where the generated tables and figures of the READMEs take their numbers from.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "zoo/apps/zoo/ledger_check.h"

namespace zoo {

/// A block asks for something that is not there; one line that says what.
class BlockError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::vector<std::string> words_of(const std::string& text);

/// Whether these sources are a record of a benchmark instead of experiments.
bool is_record(const std::vector<std::string>& names);

/// The entry of an experiment. Throws `BlockError` if there is none or it is damaged.
const LedgerEntry& entry_of(const std::string& name, const std::vector<LedgerEntry>& ledger);

/// A metric, `examples`, `steps` or `seconds` of each seed; nothing if the entry does not have it.
std::optional<std::vector<double>> seed_values(const LedgerEntry& entry, const std::string& source);

/// The field `rows` of a record. Throws `BlockError`, `StorageError`.
std::vector<nlohmann::ordered_json> rows_of_record(const std::string& file);

}  // namespace zoo
