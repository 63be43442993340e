#include "zoo/apps/zoo/block_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "zoo/apps/config/suggest.h"
#include "zoo/apps/zoo/ledger_entry.h"

namespace zoo {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

bool is_record(const std::vector<std::string>& names) {
  return names.size() == 1 && names[0].ends_with(".json");
}

const LedgerEntry& entry_of(const std::string& name, const std::vector<LedgerEntry>& ledger) {
  std::vector<std::string> names;
  for (const auto& entry : ledger) {
    names.push_back(entry.experiment);
    if (entry.experiment != name) continue;
    if (!entry.readable()) throw BlockError(entry.file + ", which the block shows, is damaged");
    return entry;
  }
  throw BlockError(
      fmt::format("the ledger has no entry of '{}'{}", name,
                  suggestion(name, names, fmt::format("; `zoo reproduce {}` makes one", name))));
}

std::optional<std::vector<double>> seed_values(const LedgerEntry& entry,
                                               const std::string& source) {
  const auto& seeds = entry.json["seeds"];
  if (source == "examples" || source == "steps" || source == "seconds") {
    std::vector<double> values;
    for (const auto& seed : seeds) values.push_back(seed[source]);
    return values;
  }
  if (!seeds[0]["metrics"].contains(source)) return std::nullopt;
  return values_over(seeds, source);
}

std::vector<nlohmann::ordered_json> rows_of_record(const std::string& file) {
  using Json = nlohmann::ordered_json;
  const auto record = read_json(file);
  const bool has_rows =
      record.is_object() && record.contains("rows") && record["rows"].is_array() &&
      std::ranges::all_of(record["rows"], [](const Json& row) { return row.is_object(); });
  if (!has_rows) throw BlockError(file + ", which the block shows, has no list `rows` of objects");
  return record["rows"];
}

}  // namespace zoo
