// bleu: the score of texts in files.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "zoo/apps/config/suggest.h"
#include "zoo/apps/config/utf8.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/trainers/bleu/bleu.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

constexpr const char* kStandardInput = "-";

struct TextFile {
  std::string name;
  std::vector<std::string> lines;
};

BleuTokenizer tokenizer_of(const std::string& word) {
  constexpr auto kNames = names_of(BleuTokenizer());
  const auto found = std::find(kNames.begin(), kNames.end(), word);
  if (found == kNames.end()) {
    throw UsageError(
        fmt::format("there is no tokenizer '{}'{}", word,
                    suggestion(word, {kNames.begin(), kNames.end()},
                               fmt::format("; known are {}", fmt::join(kNames, ", ")))));
  }
  return static_cast<BleuTokenizer>(found - kNames.begin());
}

// Only a line feed ends a line: what else Unicode calls a line's end is white space in it.
TextFile read_lines(std::istream& stream, const std::string& name) {
  TextFile file{name, {}};
  for (std::string line; std::getline(stream, line);) {
    file.lines.push_back(line);
    if (first_invalid_utf8(line) != std::string::npos) {
      throw UsageError(fmt::format("{}:{}: this is not UTF-8 text", name, file.lines.size()));
    }
  }
  if (stream.bad()) throw StorageError(name + ": cannot be read to its end");
  if (file.lines.empty()) throw UsageError(name + " is empty; it needs one segment in each line");
  return file;
}

TextFile read_text(const std::string& path) {
  if (path == kStandardInput) return read_lines(std::cin, "standard input");
  if (std::filesystem::is_directory(path)) {
    throw UsageError("cannot read " + path + ": it is a folder");
  }
  std::ifstream stream(path);
  if (!stream) {
    throw UsageError("cannot read " + path + ": " + std::generic_category().message(errno));
  }
  return read_lines(stream, path);
}

void check_standard_input(const Arguments& arguments) {
  const auto& files = arguments.references;
  const auto count = std::count(files.begin(), files.end(), kStandardInput) +
                     (arguments.input == kStandardInput ? 1 : 0);
  if (count > 1) throw UsageError("only one of the files can be the standard input");
}

}  // namespace

int bleu_command(const Arguments& arguments) {
  const BleuOptions options{.tokenizer = tokenizer_of(arguments.tokenize),
                            .lowercase = arguments.lowercase};
  check_standard_input(arguments);
  const TextFile hypotheses = read_text(arguments.input);
  std::vector<std::vector<std::string>> references;
  for (const auto& path : arguments.references) {
    auto file = read_text(path);
    if (file.lines.size() != hypotheses.lines.size()) {
      throw UsageError(fmt::format("{} has {} lines, but {} has {}", hypotheses.name,
                                   hypotheses.lines.size(), file.name, file.lines.size()));
    }
    references.push_back(std::move(file.lines));
  }
  const Bleu bleu = corpus_bleu(hypotheses.lines, references, options);
  const auto& precisions = bleu.precisions;
  fmt::print("BLEU {:.2f} {:.1f}/{:.1f}/{:.1f}/{:.1f} ", bleu.score, precisions[0], precisions[1],
             precisions[2], precisions[3]);
  fmt::print("(BP {:.3f}, ratio {:.3f}, hypotheses {}, references {}) {}\n", bleu.brevity_penalty,
             bleu.ratio, bleu.hypothesis_length, bleu.reference_length,
             bleu_signature(options, references.size()));
  return kDone;
}

}  // namespace zoo
