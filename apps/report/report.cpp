#include "zoo/apps/report/report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "zoo/apps/report/markup.h"
#include "zoo/apps/report/page_files.h"
#include "zoo/apps/report/reported_run.h"
#include "zoo/apps/report/sections.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

using ReportJson = nlohmann::ordered_json;

void check_runs_differ(const std::vector<std::filesystem::path>& runs) {
  for (size_t i = 0; i < runs.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      std::error_code unknown;
      if (std::filesystem::equivalent(runs[i], runs[j], unknown)) {
        throw UsageError(RunFolder(runs[i]).shown() + " is given twice");
      }
    }
  }
}

// The records of one split as columns; a metric that a record lacks is null there.
ReportJson split_json(const std::vector<LogRecord>& records, const std::string& split) {
  ReportJson json = {{"split", split},
                     {"steps", ReportJson::array()},
                     {"examples", ReportJson::array()},
                     {"seconds", ReportJson::array()},
                     {"metrics", ReportJson::object()}};
  size_t count = 0;
  for (const auto& record : records) {
    if (record.split != split) continue;
    json["steps"].push_back(record.step);
    json["examples"].push_back(record.examples);
    json["seconds"].push_back(record.seconds);
    for (const auto& [name, value] : record.values) {
      auto& column = json["metrics"][name];
      while (column.size() < count) column.push_back(nullptr);
      column.push_back(value);
    }
    ++count;
  }
  return json;
}

ReportJson run_json(const ReportedRun& run) {
  std::vector<std::string> splits;
  for (const auto& record : run.records) {
    if (std::ranges::find(splits, record.split) == splits.end()) splits.push_back(record.split);
  }
  ReportJson curves = ReportJson::array();
  for (const auto& split : splits) curves.push_back(split_json(run.records, split));
  ReportJson metrics = ReportJson::object();
  for (const auto& [name, value] : run.metrics()) metrics[name] = value;
  return {{"label", run.label}, {"curves", curves}, {"metrics", metrics}, {"samples", run.samples}};
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", *std::gmtime(&now));
}

std::string page_of(const std::vector<ReportedRun>& runs) {
  ReportJson data = {{"runs", ReportJson::array()}};
  for (const auto& run : runs) data["runs"].push_back(run_json(run));
  return fill_template(kReportPage, {{"title", escape_html(report_title(runs))},
                                     {"summary", summary_section(runs)},
                                     {"results", result_section(runs)},
                                     {"repeat", repeat_section(runs)},
                                     {"written", now_text()},
                                     {"style", std::string(kReportStyle)},
                                     {"data", script_json(data)},
                                     {"script", std::string(kReportScript)}});
}

}  // namespace

void write_report(const std::vector<std::filesystem::path>& runs,
                  const std::filesystem::path& file) {
  check_runs_differ(runs);
  std::vector<ReportedRun> read;
  for (const auto& run : runs) read.push_back(read_reported_run(run));
  check_same_task(read);
  label_runs(read);
  write_file(file, page_of(read));
}

}  // namespace zoo
