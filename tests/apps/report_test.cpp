#include "zoo/apps/report/reported_run.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/message_of.h"
#include "zoo/apps/report/markup.h"
#include "zoo/apps/report/page_files.h"
#include "zoo/apps/zoo/cell_text.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/session.h"

namespace zoo {
namespace {

ReportedRun run_in(const std::string& path) {
  return {.folder = RunFolder(path),
          .label = {},
          .info = {},
          .config = {},
          .experiment = find_experiment({.target = ZOO_SOURCE_DIR "/configs/lstm/copy.yaml"}),
          .records = {},
          .result = nullptr,
          .samples = nullptr};
}

std::vector<std::string> labels_of(const std::vector<std::string>& paths) {
  std::vector<ReportedRun> runs;
  for (const auto& path : paths) runs.push_back(run_in(path));
  label_runs(runs);
  std::vector<std::string> labels;
  for (const auto& run : runs) labels.push_back(run.label);
  return labels;
}

TEST(LabelRuns, LeavesOutWhatAllShare) {
  using Labels = std::vector<std::string>;
  EXPECT_EQ(labels_of({"/runs/a"}), Labels({"a"}));
  EXPECT_EQ(labels_of({"/runs/a/", "/runs/./b"}), Labels({"a", "b"}));
  EXPECT_EQ(labels_of({"/runs/lstm/copy/1", "/runs/ntm/copy/1"}),
            Labels({"lstm/copy/1", "ntm/copy/1"}));
  EXPECT_EQ(labels_of({"/runs/a", "/runs/a/b"}), Labels({"a", "a/b"}));
}

TEST(CheckSameTask, NamesRunsAndTasks) {
  std::vector<ReportedRun> runs = {run_in("/runs/a"), run_in("/runs/b")};
  EXPECT_NO_THROW(check_same_task(runs));
  runs[1].experiment.task.name = "pointing";
  EXPECT_EQ(message_of<UsageError>([&] { check_same_task(runs); }),
            "one report is of one task, but /runs/a is a run of transduction and /runs/b one of "
            "pointing");
}

TEST(EscapeHtml, LeavesNothingThatMeansSomething) {
  EXPECT_EQ(escape_html("a<b>&\"c\"'d'"), "a&lt;b&gt;&amp;&quot;c&quot;&#39;d&#39;");
  EXPECT_EQ(escape_html("\xc3\xbc \xe2\x80\xa8"), "\xc3\xbc \xe2\x80\xa8");
  EXPECT_EQ(escape_html(""), "");
}

TEST(EscapeHtml, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(escape_html("a\xff<\xc3"), "a\xef\xbf\xbd&lt;\xef\xbf\xbd");
}

TEST(ScriptJson, EndsNoElementAndNoLine) {
  const nlohmann::ordered_json json = {{"</script>", "<!--&\xe2\x80\xa8\xff"}};
  const auto text = script_json(json);
  EXPECT_EQ(text, R"({"\u003c/script\u003e":"\u003c!--\u0026\u2028\ufffd"})");
}

TEST(ScriptJson, ReadsBackAsItWas) {
  const nlohmann::ordered_json json = {{"<a>", {"\xc3\xbc & \\u003c", 0.1, nullptr, -3}}};
  EXPECT_EQ(nlohmann::ordered_json::parse(script_json(json)), json);
}

TEST(FillTemplate, LooksAtWhatItFillsInOnlyOnce) {
  EXPECT_EQ(fill_template("{{a}}-{{b}}{{a}}.", {{"a", "{{b}}"}, {"b", "2"}}), "{{b}}-2{{b}}.");
  EXPECT_EQ(fill_template("none", {}), "none");
  EXPECT_THROW(fill_template("{{c}}", {{"a", ""}}), std::logic_error);
}

TEST(GroupDigits, ByThree) {
  EXPECT_EQ(group_digits(0), "0");
  EXPECT_EQ(group_digits(999), "999");
  EXPECT_EQ(group_digits(1000), "1,000");
  EXPECT_EQ(group_digits(1234567), "1,234,567");
  EXPECT_EQ(group_digits(-123), "-123");
  EXPECT_EQ(group_digits(-1234), "-1,234");
}

TEST(PageFiles, AreEmbeddedWhole) {
  EXPECT_TRUE(kReportPage.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(kReportPage.ends_with("</html>\n"));
  EXPECT_TRUE(kReportStyle.ends_with("}\n"));
  EXPECT_TRUE(kReportScript.ends_with("start();\n"));
}

}  // namespace
}  // namespace zoo
