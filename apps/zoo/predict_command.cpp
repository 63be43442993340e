// predict: what trained weights answer.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "zoo/apps/report/svg.h"
#include "zoo/apps/zoo/attention_text.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/progress.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/apps/zoo/session.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

// The folder of --svg, which is made when there is something to write into it.
class DrawingFolder {
 public:
  DrawingFolder(std::filesystem::path path, std::string experiment)
      : path_(std::move(path)), experiment_(std::move(experiment)) {}

  bool is_wanted() const { return !path_.empty(); }

  // The answer to line `number`. Throws `UsageError` if the first one is no drawing.
  void add(const std::optional<Drawing>& drawing, int64_t number) {
    if (!is_wanted()) return;
    if (!drawing && !made_) {
      throw UsageError("--svg draws answers that are points in the plane; the answers of " +
                       experiment_ + " are not");
    }
    if (!drawing) return;
    if (!made_) make();
    write_file(path_ / fmt::format("{:03}.svg", number), svg_of(*drawing));
  }

 private:
  void make() {
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error) throw storage_error("make the folder", path_, error.value());
    made_ = true;
  }

  std::filesystem::path path_;
  std::string experiment_;
  bool made_ = false;
};

// Prints answers in the form that was asked for.
class Answers {
 public:
  Answers(const Arguments& arguments, const std::string& experiment)
      : experiment_(experiment),
        with_attention_(arguments.attention),
        drawings_(arguments.svg, experiment) {}

  // The answer of the task to a line, which is the one of that number. To a person it is told
  // while it is found.
  void ask(Task& task, const std::string& line, int64_t number) {
    if (with_attention_ || drawings_.is_wanted() || isatty(STDOUT_FILENO) == 0) {
      tell(task.predict(line), number);
      return;
    }
    task.predict_aloud(line, [](const std::string& piece) {
      fmt::print("{}", piece);
      std::fflush(stdout);
    });
    fmt::print("\n");
    std::fflush(stdout);
  }

 private:
  // Throws `UsageError` if the answer cannot be told in the form that was asked for.
  void tell(const Prediction& answer, int64_t number) {
    drawings_.add(answer.drawing, number);
    if (with_attention_) {
      tell_with_attention(answer);
    } else {
      fmt::print("{}\n", answer.line);
    }
    std::fflush(stdout);
  }

  void tell_with_attention(const Prediction& answer) const {
    if (!answer.attention) {
      throw UsageError("--attention is for models that read and write; " + experiment_ +
                       " is none");
    }
    const auto map = answer.attention();
    if (isatty(STDOUT_FILENO) == 0) {
      fmt::print("{}\n", attention_json(answer.line, map));
    } else {
      fmt::print("{}\n{}\n", answer.line, attention_text(map, terminal_width()));
    }
  }

  std::string experiment_;
  bool with_attention_;
  DrawingFolder drawings_;
};

// Where questions come from, line by line.
struct Questions {
  std::istream& lines;
  std::string name;
  bool typed = false;  // by a person, who is prompted

  bool next(std::string& line) const {
    if (typed) std::fputs("> ", stderr);
    if (std::getline(lines, line)) {
      if (line.ends_with('\r')) line.pop_back();  // as Windows ends its lines
      return true;
    }
    if (typed) std::fputs("\n", stderr);
    if (lines.bad()) throw StorageError(name + ": cannot be read to its end");
    return false;
  }
};

// A person may try again; of a file nothing is answered after a line that is wrong.
void answer(Task& task, const Questions& questions, Answers& answers) {
  int64_t number = 0;
  for (std::string line; questions.next(line);) {
    ++number;
    const bool is_blank = line.find_first_not_of(" \t") == std::string::npos;
    if (is_blank && (questions.typed || !task.answers_blank_lines())) continue;
    try {
      answers.ask(task, line, number);
    } catch (const std::invalid_argument& error) {
      const auto problem = fmt::format("{}:{}: {}", questions.name, number, error.what());
      if (!questions.typed) throw UsageError(problem);
      fmt::print(stderr, "zoo: {}\n", problem);
    }
  }
}

}  // namespace

int predict_command(const Arguments& arguments) {
  const auto& input = arguments.input;
  const bool is_standard = input.empty() || input == "-";
  std::ifstream file;
  if (!is_standard) {
    if (std::filesystem::is_directory(input)) {
      throw UsageError("cannot read " + input + ": it is a folder");
    }
    file.open(input);
    if (!file) {
      throw UsageError("cannot read " + input + ": " + std::generic_category().message(errno));
    }
  }
  const auto session = open_run(find_run(arguments.target), arguments);
  Answers answers(arguments, session.experiment.name);
  const Questions questions{.lines = is_standard ? std::cin : file,
                            .name = is_standard ? "standard input" : input,
                            .typed = is_standard && isatty(STDIN_FILENO) != 0};
  answer(*session.task, questions, answers);
  return kDone;
}

}  // namespace zoo
