#include <c10/util/Exception.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <system_error>

#include "zoo/apps/config/problems.h"
#include "zoo/apps/config/suggest.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/interrupt.h"
#include "zoo/apps/zoo/shell_word.h"

namespace zoo {
namespace {

using Command = int (*)(const Arguments&);

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& what, Command run,
                      Command& chosen) {
  auto* command = app.add_subcommand(name, what);
  command->callback([run, &chosen] { chosen = run; });
  command->fallthrough();
  return command;
}

// CLI11 takes what is too large for the largest number.
CLI::Validator whole_number() {
  return {[](const std::string& text) {
            int64_t number = 0;
            const char* end = text.data() + text.size();
            const auto result = std::from_chars(text.data(), end, number);
            const bool is_one = result.ec == std::errc() && result.ptr == end && number >= 0;
            return is_one ? "" : "'" + shown(text) + "' is not a whole number below 2^63";
          },
          "NUMBER"};
}

void add_machine_options(CLI::App* command, Arguments& arguments) {
  command->add_option("--device", arguments.device, "cpu (default), cuda or cuda:<n>");
  command->add_option("--threads", arguments.threads, "threads of one operator (default 1)")
      ->check(CLI::Range(int64_t{1}, int64_t{4096}));
}

void add_set_option(CLI::App* command, Arguments& arguments) {
  command
      ->add_option("--set", arguments.set,
                   "change an option: --set trainer.steps=100; may be given several times")
      ->take_all()
      ->type_name("NAME=VALUE")
      ->expected(1);
}

void add_training_options(CLI::App* command, Arguments& arguments) {
  add_set_option(command, arguments);
  add_machine_options(command, arguments);
  command->add_option("--output", arguments.output, "folder for the run")->type_name("DIR");
}

void add_results(CLI::App& app, Arguments& arguments, Command& chosen) {
  auto* results = add_command(app, "results", "the ledger as a table; what disagrees with it",
                              results_command, chosen);
  results->add_option("NAME", arguments.target, "only this experiment or model");
  auto* json = results->add_flag("--json", arguments.json, "for programs");
  auto* check = results->add_flag("--check", arguments.check,
                                  "compare ledger, configurations, tables and figures; exit "
                                  "code 1 if they disagree");
  auto* write = results->add_flag("--write", arguments.write,
                                  "fill the tables and draw the figures of the READMEs");
  check->excludes(json)->excludes(write);
  write->excludes(json);
}

void add_bleu(CLI::App& app, Arguments& arguments, Command& chosen) {
  auto* bleu =
      add_command(app, "bleu", "BLEU of texts, as sacreBLEU counts it", bleu_command, chosen);
  bleu->add_option("HYPOTHESES", arguments.input,
                   "file of one segment in each line; - is the standard input")
      ->required();
  bleu->add_option("REFERENCES", arguments.references, "one or several files of as many lines")
      ->required();
  bleu->add_option("--tokenize", arguments.tokenize, "13a (default), intl or none");
  bleu->add_flag("--lowercase", arguments.lowercase, "take capital letters for small ones");
}

void add_predict(CLI::App& app, Arguments& arguments, Command& chosen) {
  auto* predict = add_command(app, "predict", "what the model is for: lines in, lines out",
                              predict_command, chosen);
  predict->footer(
      "Line N of a translation belongs to line N of the input, which is UTF-8: empty lines stay\n"
      "empty. Characters that were never seen become unknown. At a terminal, lines are prompted\n"
      "for by \"> \"; Ctrl-D ends.");
  predict->add_option("RUN", arguments.target, "run folder, weights, or experiment")->required();
  predict->add_option("INPUT", arguments.input, "file; the standard input if left out");
  predict->add_flag("--attention", arguments.attention,
                    "of a translation: also where the model looked. In a terminal a map below each "
                    "line, in tenths; elsewhere each line is JSON, {\"text\": ..., \"source\": "
                    "[...], \"translation\": [...], \"weights\": [[...], ...]}");
  predict
      ->add_option("--svg", arguments.svg,
                   "folder for a drawing of each answer that is points in the plane, named after "
                   "its line: 001.svg")
      ->type_name("DIR");
  add_set_option(predict, arguments);
  add_machine_options(predict, arguments);
}

void add_commands(CLI::App& app, Arguments& arguments, Command& chosen) {
  auto* list =
      add_command(app, "list", "models, datasets, tasks and experiments", list_command, chosen);
  list->add_flag("--json", arguments.json, "for programs");

  auto* describe = add_command(app, "describe",
                               "every option of a model, dataset, task, of the "
                               "trainer or of an experiment",
                               describe_command, chosen);
  describe->add_option("NAME", arguments.target)->required();

  auto* run =
      add_command(app, "run", "train, evaluate and record an experiment", run_command, chosen);
  run->add_option("EXPERIMENT", arguments.target, "name or YAML file")->required();
  run->add_option("--seed", arguments.seed, "instead of the experiment's")->check(whole_number());
  add_training_options(run, arguments);

  auto* resume = add_command(app, "resume", "go on from the newest sound checkpoint of a run",
                             resume_command, chosen);
  resume->add_option("RUN", arguments.target, "run folder")->required();
  add_machine_options(resume, arguments);

  auto* evaluate = add_command(app, "evaluate", "metrics of a run, also on changed data",
                               evaluate_command, chosen);
  evaluate->add_option("RUN", arguments.target, "run folder, weights, or experiment")->required();
  evaluate->add_flag("--json", arguments.json, "for programs");
  add_set_option(evaluate, arguments);
  add_machine_options(evaluate, arguments);

  add_predict(app, arguments, chosen);

  auto* reproduce = add_command(app, "reproduce",
                                "run with several seeds, compare with what is "
                                "expected, write the ledger",
                                reproduce_command, chosen);
  reproduce->add_option("EXPERIMENT", arguments.target, "name")->required();
  reproduce->add_option("--seeds", arguments.seeds, "how many, from the experiment's on")
      ->check(CLI::Range(int64_t{1}, int64_t{1000}));
  reproduce->add_option("--jobs", arguments.jobs, "how many seeds side by side (default 1)")
      ->check(CLI::Range(int64_t{1}, int64_t{1000}));
  reproduce->add_flag("--ship", arguments.ship,
                      "keep the first seed's weights in weights/, for whoever has no run");
  add_set_option(reproduce, arguments);
  add_machine_options(reproduce, arguments);

  auto* report = add_command(app, "report", "curves, samples and results of runs as one HTML file",
                             report_command, chosen);
  report->add_option("RUN", arguments.runs, "run folders or experiments; several are overlaid")
      ->required();
  report
      ->add_option("--output", arguments.output,
                   "default: report.html in the folder of the run, or here for several")
      ->type_name("FILE");

  add_bleu(app, arguments, chosen);
  add_results(app, arguments, chosen);
  add_command(app, "doctor", "what this machine and build have, and what to do about problems",
              doctor_command, chosen);
}

// CLI11 knows no near misses, so the first word is looked at before.
void check_command_name(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == argv[1]) return;
    names.push_back(command->get_name());
  }
  throw UsageError("there is no command '" + std::string(argv[1]) + "'" +
                   suggestion(argv[1], names, "; `zoo --help` lists them"));
}

int parse_and_run(int argc, char** argv, Arguments& arguments) {
  CLI::App app("attention-zoo: attention models in C++, by name", "zoo");
  app.set_version_flag("--version", std::string("attention-zoo ") + ZOO_VERSION);
  app.add_flag("--verbose", arguments.verbose, "errors with the place in the code");
  app.require_subcommand(0, 1);
  Command chosen = nullptr;
  add_commands(app, arguments, chosen);
  check_command_name(app, argc, argv);
  for (int i = 0; i < argc; ++i) {
    arguments.command_line += i == 0 ? "zoo" : " " + shell_word(argv[i]);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    throw UsageError(std::string(error.what()) + "; see `zoo " +
                     (argc > 1 && argv[1][0] != '-' ? std::string(argv[1]) + " " : "") + "--help`");
  }
  if (!chosen) {
    std::fputs(app.help().c_str(), stdout);
    return kDone;
  }
  return chosen(arguments);
}

// Without the place in LibTorch's allocator.
std::string first_line(const std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  const auto start = line.find("can't allocate memory: ");
  return start == std::string::npos ? line : line.substr(start);
}

int fail_with(const std::string& message, int code) {
  std::fprintf(stderr, "zoo: %s\n", message.c_str());
  return code;
}

// What was printed is of no use to anybody if it did not arrive.
int checked_output(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  return fail_with("cannot write the output: " + std::generic_category().message(errno), kFailure);
}

}  // namespace

std::filesystem::path home() {
  const char* chosen = std::getenv("ZOO_HOME");
  return chosen && *chosen ? chosen : ZOO_SOURCE_DIR;
}

int run_program(int argc, char** argv) {
  Arguments arguments;
  make_file_limits_errors();
  try {
    return checked_output(parse_and_run(argc, argv, arguments));
  } catch (const UsageError& error) {
    return fail_with(error.what(), kUsage);
  } catch (const ConfigError& error) {
    for (const auto& problem : error.problems) std::fprintf(stderr, "%s\n", problem.c_str());
    return kUsage;
  } catch (const c10::Error& error) {
    const std::string text = arguments.verbose ? error.what() : error.what_without_backtrace();
    return fail_with(arguments.verbose ? text : first_line(text), kFailure);
  } catch (const std::bad_alloc&) {
    return fail_with("there is not enough memory", kFailure);
  } catch (const std::exception& error) {
    return fail_with(error.what(), kFailure);
  }
}

}  // namespace zoo
