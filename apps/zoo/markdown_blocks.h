// Finds the generated tables and figures of a Markdown file:
//
//     <!-- results lstm/copy: sequences = examples -->
//     | experiment | sequences | met |
//     <!-- end of results -->
//
//     <!-- figure lengths.svg: lstm/copy: x = length; y = wrong bits; 50 = length_50.wrong_bits -->
//     ![Wrong bits by length](lengths.svg)
//
// Nothing inside a fence or indented like code counts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

struct MarkdownBlock {
  std::string header;  ///< "lstm/copy: sequences = examples", on one line
  size_t line = 0;     ///< of the header, from 1
  size_t begin = 0;    ///< index of the first line of the table
  size_t end = 0;      ///< index of the line after it, "<!-- end of results -->"
};

struct MarkdownFigure {
  std::string file;  ///< "lengths.svg", beside the Markdown file
  std::string text;  ///< the rest of the head, on one line
  size_t line = 0;   ///< of the head, from 1
};

struct MarkdownProblem {
  size_t line = 0;  ///< from 1
  std::string message;
};

struct MarkdownFile {
  std::vector<std::string> lines;  ///< joined by '\n' they are the file
  std::vector<MarkdownBlock> blocks;
  std::vector<MarkdownFigure> figures;
  std::vector<size_t> others;  ///< indices of the lines outside of blocks and code
  std::vector<MarkdownProblem> problems;
};

MarkdownFile read_markdown(std::string_view text);

/// The parts between the separators, without blanks around them. No separator: one part.
std::vector<std::string> trimmed_parts(std::string_view text, std::string_view separator);

/// The cells of a row of a table; empty if the line is none.
std::vector<std::string> table_cells(std::string_view line);

}  // namespace zoo
