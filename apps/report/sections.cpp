#include "zoo/apps/report/sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "zoo/apps/report/markup.h"
#include "zoo/apps/zoo/cell_text.h"
#include "zoo/apps/zoo/progress.h"

namespace zoo {
namespace {

std::string paper_html(const Experiment& experiment) {
  const auto& paper = experiment.paper;
  if (paper.arxiv.empty()) return {};
  const auto id = escape_html(paper.arxiv);
  const auto where = paper.where.empty() ? "" : ", " + escape_html(paper.where);
  return fmt::format(
      "<p class=\"paper\"><a href=\"https://arxiv.org/abs/{0}\">arXiv:{0}</a>{1}</p>\n", id, where);
}

std::string state_html(const ReportedRun& run) {
  return run.finished() ? "<span class=\"state finished\">Finished</span>"
                        : "<span class=\"state open\">Not finished</span>";
}

// A run may end early because it is out of patience.
std::string step_text(const ReportedRun& run) {
  return fmt::format("step {} of {}", group_digits(run.records.back().step),
                     group_digits(run.experiment.trainer.steps));
}

std::string duration_of(const ReportedRun& run) {
  return format_duration(run.records.back().seconds);
}

bool same_experiment(const std::vector<ReportedRun>& runs) {
  return std::ranges::all_of(runs, [&](const ReportedRun& run) {
    return run.experiment.name == runs.front().experiment.name;
  });
}

std::string summary_of_one(const ReportedRun& run) {
  return paper_html(run.experiment) +
         fmt::format(
             "<p class=\"facts\">{} <span>seed {}</span> <span>{}</span> "
             "<span>trained {}</span></p>\n",
             state_html(run), run.experiment.seed, step_text(run), duration_of(run));
}

std::string summary_of_several(const std::vector<ReportedRun>& runs) {
  std::string html = same_experiment(runs) ? paper_html(runs.front().experiment) : "";
  html +=
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Runs\"><table><thead>"
      "<tr><th scope=\"col\">Run<th scope=\"col\">Experiment<th scope=\"col\" class=\"number\">Seed"
      "<th scope=\"col\">State<th scope=\"col\">Step<th scope=\"col\">Trained<tbody>";
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto& run = runs[i];
    html += fmt::format(
        "<tr><th scope=\"row\"><span class=\"swatch\" data-series=\"{}\"></span>{}<td>{}"
        "<td class=\"number\">{}<td>{}<td>{}<td>{}\n",
        i, escape_html(run.label), escape_html(run.experiment.name), run.experiment.seed,
        state_html(run), step_text(run), duration_of(run));
  }
  return html + "</table></div>\n";
}

std::string definition(const std::string& name, const std::string& html) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, html);
}

std::string text_of(const nlohmann::ordered_json& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>()
                                                         : "unknown";
}

std::string environment_html(const ReportedRun& run) {
  std::string html = "<dl class=\"facts-list\">\n";
  html += definition("Run folder", "<code>" + escape_html(run.shown()) + "</code>");
  html += definition("Device", escape_html(run.info.device));
  html += definition("Threads", std::to_string(run.info.threads));
  if (run.finished()) {
    const auto& machine = run.result["machine"];
    html += definition("LibTorch", escape_html(text_of(machine, "libtorch")));
    html += definition("Processor", escape_html(text_of(machine, "processor")));
    html += definition("Training time", format_duration(run.result["seconds"].get<double>()));
    html +=
        definition("Weights", "<code>" + escape_html(text_of(run.result, "weights")) + "</code>");
  }
  return html + "</dl>\n";
}

std::string repeat_html(const ReportedRun& run) {
  return environment_html(run) +
         fmt::format(
             "<p class=\"label\">Command to repeat it</p>\n"
             "<pre tabindex=\"0\" class=\"command\"><code>./{}</code></pre>\n"
             "<details><summary>Resolved configuration, <code>config.yaml</code></summary>\n"
             "<pre tabindex=\"0\"><code>{}</code></pre></details>\n",
             escape_html(run.info.command), escape_html(run.config));
}

}  // namespace

std::string report_title(const std::vector<ReportedRun>& runs) {
  const auto& first = runs.front().experiment;
  if (runs.size() == 1) return first.name;
  return fmt::format("{}: {} runs", same_experiment(runs) ? first.name : first.task.name,
                     runs.size());
}

std::string summary_section(const std::vector<ReportedRun>& runs) {
  return runs.size() == 1 ? summary_of_one(runs.front()) : summary_of_several(runs);
}

std::string repeat_section(const std::vector<ReportedRun>& runs) {
  if (runs.size() == 1) return repeat_html(runs.front());
  std::string html;
  for (const auto& run : runs)
    html += "<h3>" + escape_html(run.label) + "</h3>\n" + repeat_html(run);
  return html;
}

}  // namespace zoo
