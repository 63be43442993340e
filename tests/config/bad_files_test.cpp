// Every mistake that options in a file can have, and the exact message that it earns.
#include <string>
#include <vector>

#include "config/config_folder.h"

namespace zoo::toys {
namespace {

class ConfigBadFiles : public ConfigFolder {};

TEST_F(ConfigBadFiles, SoundFileHasNoProblem) {
  EXPECT_EQ(problems(BadFile().text()), "no problem");
}

TEST_F(ConfigBadFiles, UnknownKeys) {
  expect_problems({
      {.model = "{toy: {hiden_size: 3}}",
       .problem = "x.yaml:1:15: toy has no 'hiden_size'; did you mean 'hidden_size'?"},
      {.dataset = "{copy: {colour: red}}",
       .problem = "x.yaml:2:18: copy has no 'colour'; it has: min_length, max_length, repeats"},
      {.task = "{transduction: {beam: 3}}",
       .problem = "x.yaml:3:23: transduction has no 'beam'; it has no options"},
      {.trainer = "\n  stps: 5",
       .problem = "x.yaml:5:3: trainer has no 'stps'; did you mean "
                  "'steps'?"},
      {.trainer = "{optimizer: {sgd: {momentun: 0.9}}}",
       .problem = "x.yaml:4:29: sgd has no 'momentun'; did you mean 'momentum'?"},
      {.more = "sede: 3",
       .problem = "x.yaml:5:1: an experiment has no 'sede'; did you mean "
                  "'seed'?"},
      {.more = "paper: {url: x}",
       .problem = "x.yaml:5:9: paper has no 'url'; it has: arxiv, "
                  "where"},
  });
}

TEST_F(ConfigBadFiles, DuplicateKeys) {
  expect_problems({
      {.trainer = "\n  steps: 5\n  batch_size: 2\n  steps: 6",
       .problem = "x.yaml:7:3: 'steps' is given twice, first in line 5"},
      {.more = "model: toy", .problem = "x.yaml:5:1: 'model' is given twice, first in line 1"},
  });
}

TEST_F(ConfigBadFiles, Integers) {
  const auto row = [](const std::string& value, const std::string& message) {
    return BadFile{.trainer = "{steps: " + value + "}", .problem = "x.yaml:4:18: " + message};
  };
  expect_problems({
      row("010", "steps must be an integer in decimal digits, got '010'"),
      row("0x10", "steps must be an integer in decimal digits, got '0x10'"),
      row("1e3", "steps must be an integer in decimal digits, got '1e3'"),
      row("1.0", "steps must be an integer in decimal digits, got '1.0'"),
      row("1_000", "steps must be an integer in decimal digits, got '1_000'"),
      row("+5", "steps must be an integer in decimal digits, got '+5'"),
      row("many", "steps must be an integer, got 'many'"),
      row("true", "steps must be an integer, got 'true'"),
      row("\"5\"", "steps must be an integer, got the text \"5\"; leave out the quotes"),
      row("[5]", "steps must be an integer, got a list"),
      row("{a: 5}", "steps must be an integer, got a mapping"),
      row("99999999999999999999",
          "steps must be an integer that fits in 64 bits, got '99999999999999999999'"),
      row("-5", "steps must be at least 1, got -5"),
  });
}

TEST_F(ConfigBadFiles, EmptyValuesAreReportedAtTheKey) {
  expect_problems({
      {.trainer = "\n  steps:\n  batch_size: 1",
       .problem = "x.yaml:5:3: steps has no value; it must be an integer"},
      {.trainer = "{steps: ~}",
       .problem = "x.yaml:4:11: steps has no value; it must be an integer"},
      {.model = "", .problem = "x.yaml:1:1: model has no value; it must be one of mute, toy"},
      {.more = "seed:", .problem = "x.yaml:5:1: seed has no value; it must be an integer"},
      {.model = "{toy: {sizes: [1, ~]}}",
       .problem = "x.yaml:1:22: sizes[1] has no value; it must be an integer"},
      {.model = "{toy: {controller: }}",
       .problem = "x.yaml:1:15: controller has no value; it must be one of feedforward, lstm"},
  });
}

TEST_F(ConfigBadFiles, Numbers) {
  const auto row = [](const std::string& value, const std::string& message) {
    return BadFile{.model = "{toy: {dropout: " + value + "}}",
                   .problem = "x.yaml:1:24: " + message};
  };
  expect_problems({
      row(".inf", "dropout must be a finite decimal number, got '.inf'"),
      row("-.INF", "dropout must be a finite decimal number, got '-.INF'"),
      row(".nan", "dropout must be a finite decimal number, got '.nan'"),
      row("1e999", "dropout must be a finite decimal number, got '1e999'"),
      row("00.5", "dropout must be a finite decimal number, got '00.5'"),
      row("0x1p3", "dropout must be a finite decimal number, got '0x1p3'"),
      row("half", "dropout must be a number, got 'half'"),
      row("'0.5'", "dropout must be a number, got the text \"0.5\"; leave out the quotes"),
      row("1.5", "dropout must be between 0 and 1, got 1.5"),
      row("-1e-3", "dropout must be between 0 and 1, got -1e-3"),
  });
  expect_problems({{.model = "{toy: {memory: {bank: {sharpness: 1}}}}",
                    .problem = "x.yaml:1:42: sharpness must be above 1, got 1"}});
}

TEST_F(ConfigBadFiles, TruthValues) {
  const auto row = [](const std::string& value, const std::string& message) {
    return BadFile{.model = "{toy: {gated: " + value + "}}",
                   .problem = "x.yaml:1:22: gated must be true or false, got " + message};
  };
  expect_problems({
      row("yes", "'yes'; write true"),
      row("True", "'True'; write true"),
      row("on", "'on'; write true"),
      row("off", "'off'; write false"),
      row("No", "'No'; write false"),
      row("1", "'1'"),
      row("\"true\"", "the text \"true\"; leave out the quotes"),
      row("[true]", "a list"),
  });
}

TEST_F(ConfigBadFiles, Text) {
  expect_problems({
      {.more = "paper: {arxiv: 1410.5401}",
       .problem = "x.yaml:5:16: arxiv must be text, got '1410.5401'; write it in quotes: "
                  "\"1410.5401\", since a number loses its last zeros"},
      {.model = "{toy: {label: true}}",
       .problem = "x.yaml:1:22: label must be text, got 'true'; write it in quotes: \"true\""},
      {.model = "{toy: {label: [a]}}", .problem = "x.yaml:1:22: label must be text, got a list"},
  });
}

TEST_F(ConfigBadFiles, Lists) {
  expect_problems({
      {.model = "{toy: {sizes: 3}}",
       .problem = "x.yaml:1:22: sizes must be a list of integers, got '3'; write [3]"},
      {.model = "{toy: {sizes: [3, x]}}",
       .problem = "x.yaml:1:26: sizes[1] must be an integer, got 'x'"},
      {.model = "{toy: {sizes: [3, 0]}}",
       .problem = "x.yaml:1:26: sizes[1] must be at least 1, got 0"},
  });
}

TEST_F(ConfigBadFiles, Choices) {
  expect_problems({
      {.model = "{toy: {controller: lsmt}}",
       .problem = "x.yaml:1:27: controller must be one of feedforward, lstm, got 'lsmt'; did you "
                  "mean 'lstm'?"},
      {.model = "{toy: {controller: {lstm: {}}}}",
       .problem = "x.yaml:1:27: controller must be one of feedforward, lstm, got a mapping"},
      {.trainer = "{optimizer: sdg}",
       .problem = "x.yaml:4:22: there is no optimizer 'sdg'; did you mean 'sgd'?"},
      {.trainer = "{optimizer: {lion: {}}}",
       .problem =
           "x.yaml:4:23: there is no optimizer 'lion'; there are: rmsprop, adam, sgd, adadelta"},
      {.trainer = "{optimizer: {sgd: {}, adam: {}}}",
       .problem = "x.yaml:4:32: optimizer must name one of rmsprop, adam, sgd, adadelta, got "
                  "'sgd', 'adam'"},
      {.trainer = "{optimizer: {}}",
       .problem =
           "x.yaml:4:22: optimizer must name one of rmsprop, adam, sgd, adadelta, got an empty "
           "mapping"},
      {.trainer = "{optimizer: [sgd]}",
       .problem = "x.yaml:4:22: optimizer must be one of rmsprop, adam, sgd, adadelta, got a list"},
      {.trainer = "{optimizer: {sgd: 0.1}}",
       .problem = "x.yaml:4:28: sgd must be a mapping of its options, got '0.1'"},
      {.trainer = "[]",
       .problem = "x.yaml:4:10: trainer must be a mapping of its options, got a "
                  "list"},
  });
}

TEST_F(ConfigBadFiles, MissingParts) {
  EXPECT_EQ(problems("task: transduction\n"),
            "x.yaml: 'model' is missing; an experiment needs model, dataset, task and trainer\n"
            "x.yaml: 'dataset' is missing; an experiment needs model, dataset, task and trainer\n"
            "x.yaml: 'trainer' is missing; an experiment needs model, dataset, task and trainer");
  // A misspelt key is not also missing.
  EXPECT_EQ(problems("modle: toy\ndataset: copy\ntask: transduction\ntrainer: {}\n"),
            "x.yaml:1:1: an experiment has no 'modle'; did you mean 'model'?");
}

TEST_F(ConfigBadFiles, AllProblemsAtOnceInTheOrderOfTheFile) {
  BadFile file{.model = "{toy: {hidden_size: 0, gated: yes}}",
               .task = "pointing",
               .trainer = "{stps: 1}",
               .more = "seed: 1.5\nexpect: {tour_length: {}}"};
  EXPECT_EQ(problems(file.text(), {"trainer.batch_size=0"}),
            "x.yaml:1:28: hidden_size must be at least 1, got 0\n"
            "x.yaml:1:38: gated must be true or false, got 'yes'; write true\n"
            "x.yaml:2:11: copy makes transduction batches, but pointing needs pointing batches; "
            "datasets that fit: points\n"
            "x.yaml:3:7: toy cannot learn pointing; it learns: transduction\n"
            "x.yaml:4:11: trainer has no 'stps'; did you mean 'steps'?\n"
            "x.yaml:5:7: seed must be an integer in decimal digits, got '1.5'\n"
            "x.yaml:6:10: tour_length needs a bound: at_most, at_least or both\n"
            "--set trainer.batch_size=0: batch_size must be at least 1, got 0");
}

TEST_F(ConfigBadFiles, BadDefaultsAreFoundAfterCompleting) {
  auto toys = catalogue();
  toys.models[1].defaults.as<ModelOptions>()->hidden_size = 0;
  try {
    read_experiment(write("x.yaml", BadFile().text()), "x", {}, toys);
    FAIL();
  } catch (const ConfigError& error) {
    ASSERT_EQ(error.problems.size(), 1u);
    EXPECT_EQ(relative(error.problems[0]), "x.yaml:1:9: toy.hidden_size must be at least 1, got 0");
  }
}

}  // namespace
}  // namespace zoo::toys
