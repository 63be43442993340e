#include "zoo/trainers/logging/run_log.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace zoo {
namespace {

constexpr std::string_view kRunLogHeader = "step,examples,split,metric,value,seconds\n";

std::filesystem::path run_log_records_path(const std::filesystem::path& folder) {
  return folder / "metrics.jsonl";
}

std::filesystem::path run_log_table_path(const std::filesystem::path& folder) {
  return folder / "metrics.csv";
}

/// Text is kept valid: bytes that are not UTF-8 are replaced rather than refused.
template <class Json>
std::string run_log_dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// More digits of the time would tell nothing.
double run_log_milliseconds(double seconds) { return std::round(seconds * 1000) / 1000; }

std::string run_log_json_line(const LogRecord& record) {
  nlohmann::ordered_json line = {
      {"step", record.step}, {"examples", record.examples}, {"split", record.split}};
  for (const auto& [name, value] : record.values) {
    if (name == "seconds" || line.contains(name)) {
      throw std::invalid_argument("RunLog: a record cannot have a second '" + name + "'");
    }
    line[name] = value;  // written as null if JSON has no such number
  }
  line["seconds"] = run_log_milliseconds(record.seconds);
  return run_log_dump(line) + "\n";
}

std::string run_log_csv_text(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

/// The fewest digits that read back as the same number; nothing for what is not finite, as the
/// readers of CSV agree on no spelling.
std::string run_log_csv_number(double value) {
  if (!std::isfinite(value)) return {};
  char digits[32];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  return {digits, end};
}

std::string run_log_csv_rows(const LogRecord& record) {
  const auto begin = std::to_string(record.step) + "," + std::to_string(record.examples) + "," +
                     run_log_csv_text(record.split) + ",";
  const auto end = "," + run_log_csv_number(run_log_milliseconds(record.seconds)) + "\n";
  std::string rows;
  for (const auto& [name, value] : record.values) {
    rows += begin + run_log_csv_text(name) + "," + run_log_csv_number(value) + end;
  }
  return rows;
}

/// Nothing if the line is not what `run_log_json_line` writes.
std::optional<LogRecord> run_log_parse(std::string_view text) {
  const auto line = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!line.is_object()) return {};
  LogRecord record;
  for (const char* key : {"step", "examples", "split", "seconds"}) {
    if (!line.contains(key)) return {};
  }
  for (const auto& [key, value] : line.items()) {
    const bool number = value.is_number() || value.is_null();
    const double real =
        value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
    if (key == "step" || key == "examples") {
      if (!value.is_number_integer()) return {};
      (key == "step" ? record.step : record.examples) = value.get<int64_t>();
    } else if (key == "split") {
      if (!value.is_string()) return {};
      record.split = value.get<std::string>();
    } else if (!number) {
      return {};
    } else if (key == "seconds") {
      record.seconds = real;
    } else {
      record.values.push_back({key, real});
    }
  }
  return record;
}

/// A line of the primary log, without its end.
struct RunLogLine {
  std::string_view text;
  size_t number = 1;
  bool ended = true;  ///< false for a last line without a line feed
  std::optional<LogRecord> record;
};

std::vector<RunLogLine> run_log_lines(std::string_view text) {
  std::vector<RunLogLine> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const auto line = text.substr(0, end);
    lines.push_back({.text = line,
                     .number = lines.size() + 1,
                     .ended = end != std::string_view::npos,
                     .record = run_log_parse(line)});
    text.remove_prefix(lines.back().ended ? end + 1 : text.size());
  }
  return lines;
}

StorageError run_log_malformed(const std::filesystem::path& path, const RunLogLine& line) {
  const auto excerpt = run_log_dump(nlohmann::json(std::string(line.text.substr(0, 60))));
  return StorageError(path.string() + ":" + std::to_string(line.number) +
                      ": not a record of a run: " + excerpt);
}

/// The two text files as they were after `resume_step` steps.
struct RunLogFiles {
  std::string records;
  std::string table{kRunLogHeader};
};

/// The table is made anew from the records, so that the two agree whatever happened between
/// writing the one and the other.
RunLogFiles run_log_until(const std::filesystem::path& path, int64_t resume_step) {
  RunLogFiles kept;
  const auto text = read_file(path);
  std::optional<RunLogLine> malformed;
  for (const auto& line : run_log_lines(text)) {
    if (!line.record) {
      if (!malformed) malformed = line;
    } else if (line.record->step <= resume_step) {
      // What a failing machine spoils was written after the last flush, so nothing that is
      // kept can follow it.
      if (malformed) throw run_log_malformed(path, *malformed);
      kept.records.append(line.text).append("\n");
      kept.table += run_log_csv_rows(*line.record);
    }
  }
  return kept;
}

void run_log_replace(const std::filesystem::path& path, const std::string& bytes) {
  if (!std::filesystem::exists(path) || read_file(path) != bytes) write_file(path, bytes);
}

/// Brings the text files of `folder` to their state after `resume_step` steps; returns `folder`.
const std::filesystem::path& run_log_prepare(const std::filesystem::path& folder,
                                             int64_t resume_step) {
  if (resume_step < 0) throw std::invalid_argument("RunLog: resume_step must be at least 0");
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw storage_error("create folder", folder, error.value());
  const auto records = run_log_records_path(folder);
  RunLogFiles files;
  if (resume_step > 0 && std::filesystem::exists(records)) {
    files = run_log_until(records, resume_step);
  }
  run_log_replace(records, files.records);
  run_log_replace(run_log_table_path(folder), files.table);
  return folder;
}

}  // namespace

std::vector<LogRecord> read_log(const std::filesystem::path& folder) {
  const auto path = run_log_records_path(folder);
  const auto text = read_file(path);
  std::vector<LogRecord> records;
  for (auto& line : run_log_lines(text)) {
    if (line.record) {
      records.push_back(std::move(*line.record));
    } else if (line.ended) {
      throw run_log_malformed(path, line);
    }
  }
  return records;
}

RunLog::RunLog(const std::filesystem::path& folder, int64_t resume_step)
    : records_(run_log_records_path(run_log_prepare(folder, resume_step))),
      table_(run_log_table_path(folder)),
      events_(folder, resume_step == 0 ? 0 : resume_step + 1) {
  sync_folder(folder);
}

void RunLog::append(const LogRecord& record) {
  records_.append(run_log_json_line(record));
  table_.append(run_log_csv_rows(record));
  auto tagged = record.values;
  for (auto& metric : tagged) metric.name = record.split + "/" + metric.name;
  events_.add_scalars(record.step, tagged);
}

void RunLog::add_text(std::string_view tag, std::string_view text) {
  // TensorBoard takes Markdown, in which lines indented by four spaces are code.
  std::string code;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && c != '\n') code += "    ";
    line_start = c == '\n';
    code += c;
  }
  events_.add_text(0, tag, code);
}

void RunLog::flush() {
  records_.sync();
  table_.sync();
  events_.sync();
}

}  // namespace zoo
