// Names that the catalogue lacks, parts that do not fit each other, and what is to be measured.
#include <string>
#include <vector>

#include "config/config_folder.h"

namespace zoo::toys {
namespace {

class ConfigBadParts : public ConfigFolder {};

TEST_F(ConfigBadParts, NamesOfTheCatalogue) {
  expect_problems({
      {.model = "tyo", .problem = "x.yaml:1:8: there is no model 'tyo'; did you mean 'toy'?"},
      {.model = "{transformer: {layers: 6}}",
       .problem = "x.yaml:1:9: there is no model 'transformer'; there are: mute, toy"},
      {.dataset = "{copi: {}}",
       .problem = "x.yaml:2:11: there is no dataset 'copi'; did you mean 'copy'?"},
      {.task = "Transduction",
       .problem = "x.yaml:3:7: there is no task 'Transduction'; did you mean 'transduction'?"},
  });
}

TEST_F(ConfigBadParts, PartsThatDoNotFit) {
  expect_problems({
      {.model = "mute",
       .problem = "x.yaml:3:7: mute cannot learn transduction; it learns: "
                  "pointing"},
      {.dataset = "points",
       .problem = "x.yaml:2:10: points makes pointing batches, but transduction needs "
                  "transduction batches; datasets that fit: copy, repeat"},
      {.model = "{toy: {input_size: 3}}", .problem = "x.yaml:1:9: input_size must be 20, got 3"},
      {.dataset = "{copy: {min_length: 30}}", .problem = "x.yaml:2:11: min is above max"},
  });
}

TEST_F(ConfigBadParts, OptionsOfTheTrainerThatContradictEachOther) {
  expect_problems({
      {.trainer = "{average_checkpoints: 2, patience: 3}",
       .problem = "x.yaml:4:1: trainer: average_checkpoints and patience contradict each other: "
                  "with patience the final weights are those of the best evaluation"},
  });
  expect_problems({{.trainer = "{average_checkpoints: 1, patience: 3}", .problem = "no problem"},
                   {.trainer = "{average_checkpoints: 5}", .problem = "no problem"}});
}

TEST_F(ConfigBadParts, Seeds) {
  expect_problems({
      {.more = "seed: -1", .problem = "x.yaml:5:7: seed must be at least 0, got -1"},
      {.more = "seed: one", .problem = "x.yaml:5:7: seed must be an integer, got 'one'"},
  });
}

TEST_F(ConfigBadParts, Evaluations) {
  const auto row = [](const std::string& value, const std::string& problem) {
    return BadFile{.more = "evaluate:\n  " + value, .problem = "x.yaml:" + problem};
  };
  expect_problems({
      row("Length-120: {}",
          "6:3: the name of an evaluation is made of a-z, 0-9 and _, got "
          "'Length-120'"),
      row("test: {}", "6:3: 'test' is already the name of a split; choose another name"),
      row("validation: {}",
          "6:3: 'validation' is already the name of a split; choose another "
          "name"),
      row("long: {batchs: 3}", "6:10: long has no 'batchs'; did you mean 'batches'?"),
      row("long: {batches: 0}", "6:19: batches must be at least 1, got 0"),
      row("long: 5", "6:9: long must be a mapping of dataset, batches and batch_size, got '5'"),
      row("long: {dataset: points}",
          "6:19: points makes pointing batches, but transduction needs transduction batches; "
          "datasets that fit: copy, repeat"),
      row("long: {dataset: {copy: {max_lenght: 3}}}",
          "6:27: copy has no 'max_lenght'; did you mean 'max_length'?"),
      row("120: {}", "6:3: a key must be a word, got the number 120; put it in quotes"),
  });
  expect_problems({{.more = "evaluate: [long]",
                    .problem = "x.yaml:5:11: evaluate must be a mapping of named evaluations, got "
                               "a list"}});
}

TEST_F(ConfigBadParts, Expectations) {
  const auto row = [](const std::string& value, const std::string& problem) {
    return BadFile{.more = "evaluate: {long: {}}\nexpect:\n  " + value,
                   .problem = "x.yaml:7:" + problem};
  };
  expect_problems({
      row("wrong_bit: {at_most: 1}",
          "3: there is no metric 'wrong_bit'; did you mean 'wrong_bits'?"),
      row("lnog.wrong_bits: {at_most: 1}",
          "3: there is no metric 'lnog.wrong_bits'; did you mean 'long.wrong_bits'?"),
      row("tour: {at_most: 1}",
          "3: there is no metric 'tour'; there are: bits_per_sequence, wrong_bits, "
          "validation.bits_per_sequence, validation.wrong_bits, long.bits_per_sequence, "
          "long.wrong_bits"),
      row("test.wrong_bits: {at_most: 1}",
          "3: there is no metric 'test.wrong_bits'; metrics of the test split have no prefix: "
          "write 'wrong_bits'"),
      row("wrong_bits: {paper: 0}", "3: wrong_bits needs a bound: at_most, at_least or both"),
      row("wrong_bits: {}", "3: wrong_bits needs a bound: at_most, at_least or both"),
      row("wrong_bits: {at_mots: 3}", "16: wrong_bits has no 'at_mots'; did you mean 'at_most'?"),
      row("wrong_bits: {at_most: low}", "25: at_most must be a number, got 'low'"),
      row("wrong_bits: {at_most: 1, at_least: 2}",
          "3: wrong_bits can meet no value: at_least is above at_most"),
      row("wrong_bits: 0.5",
          "15: wrong_bits must be a mapping of paper, at_most and at_least, got '0.5'"),
  });
}

TEST_F(ConfigBadParts, Milestones) {
  const auto row = [](const std::string& value, const std::string& problem) {
    return BadFile{.more = "milestones:\n  " + value, .problem = "x.yaml:6:" + problem};
  };
  expect_problems({
      row("Solved: {wrong_bits: {at_most: 0}}",
          "3: the name of a milestone is made of a-z, 0-9 and _, got 'Solved'"),
      row("solved: {wrong_bit: {at_most: 0}}",
          "12: there is no metric 'wrong_bit'; did you mean 'wrong_bits'?"),
      row("solved: {validation.wrong_bits: {at_most: 0}}",
          "12: there is no metric 'validation.wrong_bits'; there are: bits_per_sequence, "
          "wrong_bits"),
      row("solved: {wrong_bits: {at_mots: 0}}",
          "25: wrong_bits has no 'at_mots'; did you mean 'at_most'?"),
      row("solved: {wrong_bits: {}}", "12: wrong_bits needs a bound: at_most, at_least or both"),
      row("solved: {}",
          "3: solved must be a mapping of one metric, {bits: {at_most: 1}}, got 0 "
          "metrics"),
      row("solved: 3", "11: solved must be a mapping of one metric, {bits: {at_most: 1}}, got '3'"),
  });
  expect_problems({{.more = "evaluate: {milestones: {}}",
                    .problem = "x.yaml:5:12: 'milestones' is already the name of the milestones' "
                               "metrics; choose another name"},
                   {.more = "milestones: {solved: {wrong_bits: {at_most: 0}}}\nexpect:\n"
                            "  milestones.solvd: {at_most: 1}",
                    .problem = "x.yaml:7:3: there is no metric 'milestones.solvd'; did you mean "
                               "'milestones.solved'?"}});
}

}  // namespace
}  // namespace zoo::toys
