#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zoo/apps/report/markup.h"
#include "zoo/apps/report/sections.h"

namespace zoo {
namespace {

// A metric of a run, measured or expected or both.
struct ResultCell {
  std::string value;
  std::string paper;
  std::string expected;
  std::string mark;  ///< "pass", "FAIL", "not yet"
};

std::string metric_html(const std::string& name) {
  std::string html;
  for (const char letter : escape_html(name)) {
    html += letter;
    if (letter == '.' || letter == '_') html += "<wbr>";
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

// All names of metrics, in the order of the first run that has them.
std::vector<std::string> metric_names(const std::vector<ReportedRun>& runs) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const auto& run : runs) {
    for (const auto& metric : run.metrics()) add(metric.name);
    for (const auto& expectation : run.experiment.expect) add(expectation.metric);
  }
  return names;
}

ResultCell result_cell(const ReportedRun& run, const std::string& name) {
  ResultCell cell;
  const auto metrics = run.metrics();
  const auto metric = std::ranges::find(metrics, name, &Metric::name);
  if (metric != metrics.end()) {
    cell.value = std::isnan(metric->value) ? "not a number" : fmt::format("{:.4g}", metric->value);
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

std::string table_of_one(const ReportedRun& run) {
  std::string html =
      "<tr><th scope=\"col\">Metric<th scope=\"col\" class=\"number\">Ours"
      "<th scope=\"col\" class=\"number\">Paper<th scope=\"col\">Expected<th scope=\"col\">Met"
      "<tbody>";
  for (const auto& name : metric_names({run})) {
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

std::string table_of_several(const std::vector<ReportedRun>& runs) {
  std::string html = "<tr><th scope=\"col\">Metric";
  for (const auto& run : runs) {
    html += "<th scope=\"col\" class=\"number\">" + escape_html(run.label);
  }
  html += "<tbody>";
  for (const auto& name : metric_names(runs)) {
    html += "<tr><th scope=\"row\">" + metric_html(name);
    for (const auto& run : runs) html += joint_cell(result_cell(run, name));
    html += "\n";
  }
  return html;
}

}  // namespace

std::string result_section(const std::vector<ReportedRun>& runs) {
  const auto unfinished =
      std::ranges::find_if(runs, [](const auto& run) { return !run.finished(); });
  std::string html;
  if (unfinished != runs.end()) {
    html =
        "<p class=\"note\">What is expected is measured when training is done; until then the "
        "table shows the latest validation.</p>\n";
  }
  return html +
         "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of results\">"
         "<table><thead>" +
         (runs.size() == 1 ? table_of_one(runs.front()) : table_of_several(runs)) +
         "</table></div>\n";
}

}  // namespace zoo
