// results: the ledger as a table, and whether everything agrees with it.
#include <fmt/format.h>

#include <algorithm>

#include "zoo/apps/config/suggest.h"
#include "zoo/apps/zoo/cell_text.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/ledger_check.h"
#include "zoo/apps/zoo/ledger_entry.h"
#include "zoo/apps/zoo/readme_tables.h"
#include "zoo/apps/zoo/result.h"

namespace zoo {
namespace {

using Json = nlohmann::ordered_json;

std::string model_of(const LedgerEntry& entry) {
  return entry.experiment.substr(0, entry.experiment.find('/'));
}

// All entries, or those of one experiment or model.
std::vector<LedgerEntry> chosen_entries(const std::string& name) {
  auto entries = read_ledger();
  if (name.empty()) return entries;
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    names.push_back(entry.experiment);
    if (std::ranges::find(names, model_of(entry)) == names.end()) names.push_back(model_of(entry));
  }
  std::erase_if(entries, [&](const LedgerEntry& entry) {
    return entry.experiment != name && model_of(entry) != name;
  });
  if (entries.empty()) {
    throw UsageError(fmt::format("the ledger has nothing of '{}'{}", name,
                                 suggestion(name, names, "; `zoo results` shows all of it")));
  }
  return entries;
}

Json json_of_entry(const LedgerEntry& entry) {
  if (!entry.readable()) return {{"experiment", entry.experiment}, {"problems", entry.problems}};
  Json medians = Json::object();
  for (const auto& [name, value] : medians_over(entry.json["seeds"])) medians[name] = value;
  return {{"experiment", entry.experiment},
          {"seeds", entry.json["seeds"].size()},
          {"pass", entry.met() ? Json(*entry.met()) : Json()},
          {"expect", entry.json["expect"]},
          {"medians", medians},
          {"date", entry.json["date"]},
          {"stale", entry.stale().empty() ? Json() : Json(entry.stale())}};
}

void add_rows(const LedgerEntry& entry, std::vector<std::vector<std::string>>& rows) {
  if (!entry.readable()) {
    const std::string why = "cannot be read; `zoo results --check` says why";
    rows.push_back({entry.experiment, "", "", "", "", "", "", "", why});
    return;
  }
  const auto seeds = std::to_string(entry.json["seeds"].size());
  const std::string date = entry.json["date"];
  const std::string stale = entry.stale().empty() ? "" : "stale: " + entry.stale();
  const auto expect = expectations_in(entry.json["expect"]);
  for (const auto& verdict : judge(expect, medians_over(entry.json["seeds"]))) {
    rows.push_back({entry.experiment, seeds, verdict.metric,
                    metric_text(verdict.metric, verdict.value), verdict.paper, verdict.expected,
                    verdict.pass ? "pass" : "FAIL", date, stale});
  }
  if (expect.empty()) rows.push_back({entry.experiment, seeds, "", "", "", "", "", date, stale});
}

int show_results(const Arguments& arguments) {
  const auto entries = chosen_entries(arguments.target);
  if (arguments.json) {
    Json list = Json::array();
    for (const auto& entry : entries) list.push_back(json_of_entry(entry));
    fmt::print("{}\n", list.dump(2));
    return kDone;
  }
  if (entries.empty()) {
    fmt::print("the ledger is empty; `zoo reproduce EXPERIMENT` makes an entry\n");
    return kDone;
  }
  std::vector<std::vector<std::string>> rows = {
      {"EXPERIMENT", "seeds", "metric", "ours", "paper", "expected", "", "date"}};
  for (const auto& entry : entries) add_rows(entry, rows);
  fmt::print("{}", format_table(rows));
  return kDone;
}

int told(const std::vector<std::string>& problems) {
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", problem);
  return problems.empty() ? kDone : kOutsideTolerance;
}

int check_results() {
  const auto ledger = read_ledger();
  std::vector<std::string> problems;
  for (const auto& entry : ledger) {
    const auto found = ledger_problems(entry);
    problems.insert(problems.end(), found.begin(), found.end());
  }
  const auto shipping = shipping_problems(ledger);
  problems.insert(problems.end(), shipping.begin(), shipping.end());
  const auto tables = check_tables(ledger);
  problems.insert(problems.end(), tables.problems.begin(), tables.problems.end());
  if (problems.empty()) {
    fmt::print("{} entries, {} tables, {} figures agree\n", ledger.size(), tables.tables,
               tables.figures);
  }
  return told(problems);
}

int write_results() {
  const auto tables = write_tables(read_ledger());
  for (const auto& file : tables.written) {
    fmt::print("{} {}\n", file, file.ends_with(".svg") ? "is drawn anew" : "has new tables");
  }
  if (tables.written.empty() && tables.problems.empty()) {
    fmt::print("{} tables, {} figures agree already\n", tables.tables, tables.figures);
  }
  return told(tables.problems);
}

}  // namespace

int results_command(const Arguments& arguments) {
  if (!arguments.check && !arguments.write) return show_results(arguments);
  if (!arguments.target.empty()) {
    throw UsageError(fmt::format("--{} looks at everything; leave out '{}'",
                                 arguments.check ? "check" : "write", arguments.target));
  }
  return arguments.check ? check_results() : write_results();
}

}  // namespace zoo
