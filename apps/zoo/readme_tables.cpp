#include "zoo/apps/zoo/readme_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "zoo/apps/config/experiment_files.h"
#include "zoo/apps/report/line_chart.h"
#include "zoo/apps/zoo/cell_text.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/markdown_blocks.h"
#include "zoo/apps/zoo/results_figure.h"
#include "zoo/apps/zoo/results_table.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

// README.md of home(), of each folder in it, and of each model, dataset and task; and docs/*.md.
std::vector<std::string> markdown_files() {
  std::vector<std::string> files;
  const auto add = [&](const fs::path& path) {
    std::error_code unknown;
    if (!fs::is_regular_file(path, unknown)) return;
    files.push_back(path.lexically_relative(home()).generic_string());
  };
  add(home() / "README.md");
  std::error_code error;
  for (const auto& page : fs::directory_iterator(home() / "docs", error)) {
    if (page.path().extension() == ".md" && page.path().filename() != "README.md") add(page);
  }
  error.clear();
  fs::recursive_directory_iterator each(home(), error);
  for (; !error && each != fs::recursive_directory_iterator(); each.increment(error)) {
    std::error_code unknown;
    if (!each->is_directory(unknown)) continue;
    const std::string name = each->path().filename().string();
    const bool foreign =
        name.starts_with('.') ||
        (each.depth() == 0 && (name == "build" || name == "runs" || name == "downloads"));
    if (foreign || each.depth() == 2) each.disable_recursion_pending();
    if (!foreign) add(each->path() / "README.md");
  }
  std::ranges::sort(files);
  return files;
}

std::string place_text(const std::string& file, size_t line) {
  return fmt::format("{}:{}: ", file, line);
}

// What `make` gives, or nothing after adding the problem that it throws.
template <class Make>
auto made_or_told(const std::string& file, size_t line, TablesReport& report, Make&& make)
    -> std::optional<decltype(make())> {
  try {
    return make();
  } catch (const std::runtime_error& error) {
    report.problems.push_back(place_text(file, line) + error.what());
    return std::nullopt;
  }
}

// The lines that belong into a block.
std::optional<std::vector<std::string>> lines_for(const MarkdownBlock& block,
                                                  const std::string& file,
                                                  const std::vector<LedgerEntry>& ledger,
                                                  TablesReport& report) {
  return made_or_told(file, block.line, report,
                      [&] { return results_table(block.header, ledger); });
}

// A figure of a page: where it lies below home(), and what belongs there.
struct DrawnFigure {
  std::string path;
  std::optional<std::string> present;
  std::optional<std::string> wanted;
};

DrawnFigure drawn(const MarkdownFigure& figure, const std::string& file,
                  const std::vector<LedgerEntry>& ledger, TablesReport& report) {
  DrawnFigure result{.path = (fs::path(file).parent_path() / figure.file).generic_string(),
                     .present = {},
                     .wanted = made_or_told(file, figure.line, report, [&] {
                       return svg_of(results_figure(figure.text, ledger));
                     })};
  if (fs::exists(home() / result.path)) result.present = read_file(home() / result.path);
  return result;
}

void check_figure(const MarkdownFigure& figure, const std::string& file,
                  const std::vector<LedgerEntry>& ledger, TablesReport& report) {
  const auto [path, present, wanted] = drawn(figure, file, ledger, report);
  if (!wanted || present == wanted) return;
  report.problems.push_back(
      fmt::format("{}{}; `./zoo results --write` draws it", place_text(file, figure.line),
                  present ? path + " does not show what the results give" : "there is no " + path));
}

void compare_block(const MarkdownFile& markdown, const MarkdownBlock& block,
                   const std::string& file, const std::vector<std::string>& lines,
                   TablesReport& report) {
  for (size_t i = 0; i < std::max(lines.size(), block.end - block.begin); ++i) {
    const bool there = block.begin + i < block.end, wanted = i < lines.size();
    if (there && wanted && markdown.lines[block.begin + i] == lines[i]) continue;
    const auto row = [](bool exists, const std::string& text) {
      return exists ? "'" + text + "'" : "no row";
    };
    report.problems.push_back(
        fmt::format("{}the table has {}, but the results give {}; `./zoo results --write` mends it",
                    place_text(file, block.begin + i + 1),
                    row(there, there ? markdown.lines[block.begin + i] : ""),
                    row(wanted, wanted ? lines[i] : "")));
    return;
  }
}

// Rows that name an experiment beside a number without being generated.
void check_other_rows(const MarkdownFile& markdown, const std::string& file,
                      const std::vector<ExperimentFile>& experiments, TablesReport& report) {
  for (const size_t index : markdown.others) {
    const auto cells = table_cells(markdown.lines[index]);
    if (std::ranges::none_of(cells, is_number_cell)) continue;
    for (const auto& experiment : experiments) {
      if (markdown.lines[index].find("`" + experiment.name + "`") == std::string::npos) continue;
      report.problems.push_back(fmt::format(
          "{}this row gives a number for {} outside of a block `<!-- results …`, so nothing tells "
          "whether it is the ledger's; results/README.md shows how to write such a block",
          place_text(file, index + 1), experiment.name));
      break;
    }
  }
}

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : "\n") + lines[i];
  return text;
}

void write_changed(const std::string& file, const std::string& text, TablesReport& report) {
  write_file(home() / file, text);
  report.written.push_back(file);
}

MarkdownFile read_blocks(const std::string& file, TablesReport& report) {
  auto markdown = read_markdown(read_file(home() / file));
  for (const auto& [line, message] : markdown.problems) {
    report.problems.push_back(place_text(file, line) + message);
  }
  report.tables += markdown.blocks.size();
  report.figures += markdown.figures.size();
  return markdown;
}

}  // namespace

TablesReport check_tables(const std::vector<LedgerEntry>& ledger) {
  TablesReport report;
  const auto experiments = find_experiments(home() / "configs");
  for (const auto& file : markdown_files()) {
    const auto markdown = read_blocks(file, report);
    for (const auto& block : markdown.blocks) {
      const auto lines = lines_for(block, file, ledger, report);
      if (lines) compare_block(markdown, block, file, *lines, report);
    }
    for (const auto& figure : markdown.figures) check_figure(figure, file, ledger, report);
    check_other_rows(markdown, file, experiments, report);
  }
  return report;
}

TablesReport write_tables(const std::vector<LedgerEntry>& ledger) {
  TablesReport report;
  for (const auto& file : markdown_files()) {
    auto markdown = read_blocks(file, report);
    const std::string before = joined_lines(markdown.lines);
    std::ranges::reverse(markdown.blocks);  // so that the places of those to come stay
    for (const auto& block : markdown.blocks) {
      const auto lines = lines_for(block, file, ledger, report);
      if (!lines) continue;
      const auto begin = markdown.lines.begin() + static_cast<std::ptrdiff_t>(block.begin);
      const auto end = markdown.lines.begin() + static_cast<std::ptrdiff_t>(block.end);
      markdown.lines.insert(markdown.lines.erase(begin, end), lines->begin(), lines->end());
    }
    const std::string after = joined_lines(markdown.lines);
    if (after != before) write_changed(file, after, report);
    for (const auto& figure : markdown.figures) {
      const auto [path, present, wanted] = drawn(figure, file, ledger, report);
      if (wanted && present != wanted) write_changed(path, *wanted, report);
    }
  }
  return report;
}

}  // namespace zoo
