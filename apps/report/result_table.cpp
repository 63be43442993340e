#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "zoo/apps/report/markup.h"
#include "zoo/apps/report/sections.h"
#include "zoo/apps/zoo/cell_text.h"

namespace zoo {
namespace {

// A metric of a run, measured or expected or both.
struct ResultCell {
  std::string value;
  std::string paper;
  std::string expected;
  std::string mark;  ///< "pass", "FAIL", "not yet"
};

// A long name may be broken after its evaluation.
std::string metric_html(const std::string& name) {
  std::string html;
  for (const char letter : escape_html(name)) {
    html += letter;
    if (letter == '.') html += "<wbr>";
  }
  return html;
}

std::string mark_html(const std::string& mark) {
  if (mark.empty()) return {};
  const auto* kind = mark == "pass" ? "pass" : mark == "FAIL" ? "fail" : "open";
  const auto* sign = mark == "pass" ? "✓" : mark == "FAIL" ? "✗" : "…";
  return fmt::format("<span class=\"mark {}\"><span aria-hidden=\"true\">{}</span> {}</span>", kind,
                     sign, mark == "FAIL" ? "fail" : mark);
}

void add_new(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

std::vector<std::string> expected_names(const std::vector<ReportedRun>& runs) {
  std::vector<std::string> names;
  for (const auto& run : runs) {
    for (const auto& expectation : run.experiment.expect) add_new(names, expectation.metric);
  }
  return names;
}

ResultCell result_cell(const ReportedRun& run, const std::string& name) {
  ResultCell cell;
  const auto metrics = run.metrics();
  const auto metric = std::ranges::find(metrics, name, &Metric::name);
  if (metric != metrics.end()) {
    cell.value = metric_text(name, metric->value);
  }
  const auto verdicts = judge(run.experiment, metrics);
  const auto verdict = std::ranges::find(verdicts, name, &Verdict::metric);
  if (verdict != verdicts.end()) {
    cell.paper = verdict->paper;
    cell.expected = verdict->expected;
    cell.mark = !run.finished() ? "not yet" : verdict->pass ? "pass" : "FAIL";
  }
  return cell;
}

std::string table_html(const std::string& label, const std::string& rows) {
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">"
      "<table><caption>{0}</caption>{1}</table></div>\n",
      label, rows);
}

std::string expected_of_one(const ReportedRun& run) {
  std::string html =
      "<thead><tr><th scope=\"col\">Metric<th scope=\"col\" class=\"number\">Ours"
      "<th scope=\"col\" class=\"number\">Paper<th scope=\"col\">Expected<th scope=\"col\">Met"
      "<tbody>";
  for (const auto& name : expected_names({run})) {
    const auto cell = result_cell(run, name);
    html += fmt::format(
        "<tr><th scope=\"row\">{}<td class=\"number\">{}<td class=\"number\">{}<td>{}<td>{}\n",
        metric_html(name), cell.value, cell.paper, cell.expected, mark_html(cell.mark));
  }
  return html;
}

std::string joint_cell(const ResultCell& cell) {
  std::string html = fmt::format("<td class=\"number\">{} {}", cell.value, mark_html(cell.mark));
  if (!cell.expected.empty()) {
    html += fmt::format("<br><small>{}{}</small>", cell.expected,
                        cell.paper.empty() ? "" : "; paper " + cell.paper);
  }
  return html;
}

std::string expected_of_several(const std::vector<ReportedRun>& runs) {
  std::string html = "<thead><tr><th scope=\"col\">Metric";
  for (const auto& run : runs) {
    html += "<th scope=\"col\" class=\"number\">" + escape_html(run.label);
  }
  html += "<tbody>";
  for (const auto& name : expected_names(runs)) {
    html += "<tr><th scope=\"row\">" + metric_html(name);
    for (const auto& run : runs) html += joint_cell(result_cell(run, name));
    html += "\n";
  }
  return html;
}

// "wrong_bits" of the evaluation "length_120"; without a name it is that of the test split.
std::pair<std::string, std::string> split_name(const std::string& name) {
  const auto dot = name.find('.');
  if (dot == std::string::npos) return {"test", name};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

// A line for each evaluation, a column for each metric.
std::string measured_of(const ReportedRun& run) {
  std::vector<std::string> evaluations, names;
  std::map<std::pair<std::string, std::string>, double> values;
  for (const auto& [name, value] : run.metrics()) {
    if (is_milestone(name)) continue;
    const auto place = split_name(name);
    add_new(evaluations, place.first);
    add_new(names, place.second);
    values[place] = value;
  }
  std::string html = "<thead><tr><th scope=\"col\">Evaluation";
  for (const auto& name : names) {
    html += "<th scope=\"col\" class=\"number\">" + metric_html(name);
  }
  html += "<tbody>";
  for (const auto& evaluation : evaluations) {
    html += "<tr><th scope=\"row\">" + metric_html(evaluation);
    for (const auto& name : names) {
      const auto value = values.find({evaluation, name});
      html +=
          "<td class=\"number\">" + (value == values.end() ? "" : metric_text(name, value->second));
    }
    html += "\n";
  }
  return html;
}

// Nothing if the run has not ended or there are none.
std::string milestones_of(const ReportedRun& run) {
  std::string rows;
  for (const auto& [name, value] : run.metrics()) {
    if (!is_milestone(name)) continue;
    rows += fmt::format("<tr><th scope=\"row\">{}<td class=\"number\">{}\n",
                        escape_html(split_name(name).second), metric_text(name, value));
  }
  return rows.empty() ? ""
                      : "<thead><tr><th scope=\"col\">Milestone"
                        "<th scope=\"col\" class=\"number\">Reached after examples<tbody>" +
                            rows;
}

// How metrics were counted, each way once.
std::string signatures_of(const std::vector<ReportedRun>& runs) {
  std::vector<std::string> notes;
  for (const auto& run : runs) {
    if (!run.finished() || !run.result.contains("signatures")) continue;
    for (const auto& [metric, signature] : run.result["signatures"].items()) {
      if (!signature.is_string()) continue;
      add_new(notes, fmt::format("<p class=\"note\">{} <code>{}</code></p>\n", escape_html(metric),
                                 escape_html(signature.get<std::string>())));
    }
  }
  return fmt::format("{}", fmt::join(notes, ""));
}

}  // namespace

std::string result_section(const std::vector<ReportedRun>& runs) {
  std::string html;
  if (std::ranges::any_of(runs, [](const auto& run) { return !run.finished(); })) {
    html =
        "<p class=\"note\">What is expected is measured when training is done; until then the "
        "latest validation is all there is.</p>\n";
  }
  const bool several = runs.size() > 1;
  if (!expected_names(runs).empty()) {
    html +=
        table_html("Expected", several ? expected_of_several(runs) : expected_of_one(runs.front()));
  }
  for (const auto& run : runs) {
    const auto of_run = several ? " of " + escape_html(run.label) : std::string();
    if (!run.metrics().empty()) html += table_html("All measurements" + of_run, measured_of(run));
    const auto milestones = milestones_of(run);
    if (!milestones.empty()) html += table_html("Milestones" + of_run, milestones);
  }
  return html + signatures_of(runs);
}

}  // namespace zoo
