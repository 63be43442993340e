#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zoo/apps/zoo/cell_text.h"
#include "zoo/apps/zoo/result.h"

namespace zoo {
namespace {

std::string bounds_text(const Expectation& expectation) {
  std::string text;
  if (expectation.at_least) text = fmt::format("at least {:g}", *expectation.at_least);
  if (expectation.at_most) {
    text += fmt::format("{}at most {:g}", text.empty() ? "" : " and ", *expectation.at_most);
  }
  return text;
}

}  // namespace

std::vector<Verdict> judge(const std::vector<Expectation>& expect, const Metrics& metrics) {
  std::vector<Verdict> verdicts;
  for (const auto& expectation : expect) {
    const auto found = std::ranges::find_if(
        metrics, [&](const Metric& metric) { return metric.name == expectation.metric; });
    const double value = found == metrics.end() ? std::nan("") : found->value;
    verdicts.push_back({.metric = expectation.metric,
                        .paper = expectation.paper ? fmt::format("{:g}", *expectation.paper) : "",
                        .expected = bounds_text(expectation),
                        .value = value,
                        .pass = within(expectation, value)});
  }
  return verdicts;
}

bool all_pass(const std::vector<Verdict>& verdicts) {
  return std::ranges::all_of(verdicts, &Verdict::pass);
}

void print_result(const Metrics& metrics, const std::vector<Verdict>& verdicts,
                  const Signatures& signatures) {
  std::vector<std::vector<std::string>> rows = {{"metric", "ours", "paper", "expected", ""}};
  for (const auto& [name, value] : metrics) {
    auto& row = rows.emplace_back(std::vector<std::string>{name, metric_text(name, value)});
    const auto verdict =
        std::ranges::find_if(verdicts, [&](const Verdict& each) { return each.metric == name; });
    if (verdict == verdicts.end()) {
      row.insert(row.end(), {"", "", ""});
    } else {
      row.insert(row.end(), {verdict->paper, verdict->expected, verdict->pass ? "pass" : "FAIL"});
    }
  }
  fmt::print("{}{}", format_table(rows), signature_lines(signatures));
}

std::string signature_lines(const Signatures& signatures) {
  std::string lines;
  for (const auto& [metric, signature] : signatures) lines += metric + " " + signature + "\n";
  return lines;
}

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  const auto columns = [](const std::string& text) {
    return static_cast<size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));  // of UTF-8
  };
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - columns(row[i]) + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace zoo
