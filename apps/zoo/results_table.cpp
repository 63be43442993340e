#include "zoo/apps/zoo/results_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "zoo/apps/zoo/block_sources.h"
#include "zoo/apps/zoo/cell_text.h"
#include "zoo/apps/zoo/ledger_entry.h"
#include "zoo/apps/zoo/markdown_blocks.h"

namespace zoo {
namespace {

using Json = nlohmann::ordered_json;

struct TableColumn {
  std::string title;
  std::string source;  ///< "examples", "length_120.wrong_bits", "paper bits_per_sequence"
  std::string unit;    ///< "%", or what is put behind the number
};

TableColumn column_of(const std::string& text) {
  const auto equals = text.find(" = ");
  const std::string title = text.substr(0, equals);
  auto words = words_of(equals == std::string::npos ? text : text.substr(equals + 3));
  if (words.empty()) throw BlockError("a column of the block has no name");
  std::string source = words.front();
  words.erase(words.begin());
  if (source == "paper" && !words.empty()) {
    source += " " + words.front();
    words.erase(words.begin());
  }
  return {title, source, fmt::format("{}", fmt::join(words, " "))};
}

std::string row_text(const std::vector<std::string>& cells) {
  return fmt::format("| {} |", fmt::join(cells, " | "));
}

std::string number_cell(const std::string& metric, double value, const std::string& unit) {
  if (!std::isfinite(value)) return metric_text(metric, value);
  if (unit == "%") return share_text(value);
  return significant_text(value) + (unit.empty() ? "" : " " + unit);
}

// The number that the paper gives, and whether anything is expected of the metric.
std::optional<double> paper_value(const LedgerEntry& entry, const std::string& metric,
                                  bool& known) {
  const auto expect = entry.expect.value_or(expectations_in(entry.json["expect"]));
  const auto found = std::ranges::find(expect, metric, &Expectation::metric);
  if (found == expect.end()) return std::nullopt;
  known = true;
  return found->paper;
}

// Empty if the entry has no such value; `known` is set if it has the source.
std::string ledger_cell(const LedgerEntry& entry, const TableColumn& column, bool& known) {
  const auto& seeds = entry.json["seeds"];
  const auto& source = column.source;
  if (source.starts_with("paper ")) {
    const std::string metric = source.substr(6);
    known = known || seeds[0]["metrics"].contains(metric);
    const auto value = paper_value(entry, metric, known);
    return value ? number_cell(metric, *value, column.unit) : "";
  }
  if (source == "seeds") {
    known = true;
    return number_cell(source, static_cast<double>(seeds.size()), column.unit);
  }
  const auto values = seed_values(entry, source);
  if (!values) return "";
  known = true;
  return number_cell(source, median_of(*values), column.unit);
}

std::string met_cell(const LedgerEntry& entry) {
  const auto met = entry.met();
  std::string text = !met ? "" : *met ? "yes" : "no";
  if (!entry.stale().empty()) text += text.empty() ? "stale" : ", stale";
  return text;
}

std::string record_cell(const Json& row, const TableColumn& column, bool& known) {
  if (!row.contains(column.source)) return "";
  known = true;
  const auto& value = row[column.source];
  if (value.is_number()) return number_cell("", value, column.unit);
  if (!value.is_string()) return value.dump();
  const std::string text = value;
  return column.source == "experiment" ? "`" + text + "`" : text;
}

// Rows from entries or records; a source that none of them has is a mistake.
template <class Row>
std::vector<std::vector<std::string>> cells_of(const std::vector<Row>& rows,
                                               const std::vector<TableColumn>& columns,
                                               std::string (*cell)(const Row&, const TableColumn&,
                                                                   bool&)) {
  std::vector<std::vector<std::string>> table(rows.size());
  for (const auto& column : columns) {
    bool known = false;
    for (size_t i = 0; i < rows.size(); ++i) table[i].push_back(cell(rows[i], column, known));
    if (!known) {
      throw BlockError(fmt::format("there is no '{}' in what the block shows", column.source));
    }
  }
  return table;
}

std::vector<std::string> finished_table(const std::vector<std::string>& titles,
                                        const std::vector<std::vector<std::string>>& rows) {
  std::string rule = "|";
  for (size_t i = 0; i < titles.size(); ++i) rule += "---|";
  std::vector<std::string> lines = {row_text(titles), rule};
  for (const auto& row : rows) lines.push_back(row_text(row));
  return lines;
}

std::vector<std::string> table_of_ledger(const std::vector<std::string>& names,
                                         const std::vector<TableColumn>& columns,
                                         const std::vector<LedgerEntry>& ledger) {
  std::vector<LedgerEntry> entries;
  std::vector<std::string> titles = {"experiment"};
  for (const auto& name : names) entries.push_back(entry_of(name, ledger));
  for (const auto& column : columns) {
    titles.push_back(column.title);
    if (column.unit.empty() || column.unit == "%") continue;
    throw BlockError(fmt::format("the column '{}' ends in '{}'; only % is known there",
                                 column.title, column.unit));
  }
  titles.emplace_back("met");
  auto rows = cells_of(entries, columns, ledger_cell);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].insert(rows[i].begin(), "`" + names[i] + "`");
    rows[i].push_back(met_cell(entries[i]));
  }
  return finished_table(titles, rows);
}

std::vector<std::string> table_of_record(const std::string& file,
                                         const std::vector<TableColumn>& columns) {
  std::vector<std::string> titles;
  for (const auto& column : columns) titles.push_back(column.title);
  return finished_table(titles, cells_of(rows_of_record(file), columns, record_cell));
}

}  // namespace

std::vector<std::string> results_table(const std::string& head,
                                       const std::vector<LedgerEntry>& ledger) {
  const auto colon = head.find(':');
  const auto names = words_of(head.substr(0, colon));
  if (colon == std::string::npos || names.empty()) {
    throw BlockError("the block must begin with `<!-- results EXPERIMENT…: column, column`");
  }
  std::vector<TableColumn> columns;
  for (const auto& text : trimmed_parts(head.substr(colon + 1), ",")) {
    columns.push_back(column_of(text));
  }
  return is_record(names) ? table_of_record(names[0], columns)
                          : table_of_ledger(names, columns, ledger);
}

}  // namespace zoo
