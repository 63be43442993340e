// What a sound file becomes, and that writing and reading it again changes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <variant>

#include "config/config_folder.h"
#include "zoo/apps/config/describe.h"
#include "zoo/apps/config/experiment_writer.h"
#include "zoo/datasets/fnv.h"

namespace zoo::toys {
namespace {

const std::string kWhole =
    "paper: {arxiv: \"1410.5400\", where: 'table 2: \"n\" = 10'}\n"
    "model:\n"
    "  toy:\n"
    "    dropout: 1e-3\n"
    "    gated: false\n"
    "    label: \"yes\"\n"
    "    sizes: []\n"
    "    controller: feedforward\n"
    "    memory: none\n"
    "dataset: {copy: {min_length: 2}}\n"
    "task:\n"
    "  transduction:  # all defaults\n"
    "trainer: {steps: 30, optimizer: {sgd: {learning_rate: 0.30000000000000004}}}\n"
    "seed: 9223372036854775807\n"
    "evaluate:\n"
    "  long: {dataset: {copy: {max_length: 120}}, batches: 50}\n"
    "  other: {dataset: {repeat: {max_length: 5}}, batch_size: 3}\n"
    "  same: {}\n"
    "milestones:\n"
    "  half: {wrong_bits: {at_least: 0.1, at_most: 0.5}}\n"
    "  none_wrong: {wrong_bits: {at_most: 0}}\n"
    "expect:\n"
    "  long.wrong_bits: {paper: 0, at_most: 0.01}\n"
    "  validation.wrong_bits: {at_least: -1e-300}\n"
    "  milestones.half: {paper: 30000, at_most: 60000}\n";

class ConfigExperiment : public ConfigFolder {};

TEST_F(ConfigExperiment, ReadsEveryKindOfOption) {
  const auto experiment = read(kWhole);
  EXPECT_EQ(experiment.name, "toys/x");
  EXPECT_EQ(experiment.paper.arxiv, "1410.5400");
  EXPECT_EQ(experiment.paper.where, "table 2: \"n\" = 10");
  const auto* model = experiment.model.options.as<ModelOptions>();
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->dropout, 1e-3);
  EXPECT_FALSE(model->gated);
  EXPECT_EQ(model->label, "yes");
  EXPECT_TRUE(model->sizes.empty());
  EXPECT_EQ(model->controller, Controller::kFeedforward);
  EXPECT_TRUE(std::holds_alternative<NoMemory>(model->memory));
  EXPECT_EQ(model->hidden_size, 100);
  EXPECT_EQ(model->input_size, 20) << "filled in by the task";
  EXPECT_EQ(experiment.seed, 9223372036854775807);
  EXPECT_EQ(experiment.trainer.steps, 30);
  ASSERT_EQ(experiment.milestones.size(), 2u);
  EXPECT_EQ(experiment.milestones[0].name, "half");
  EXPECT_EQ(experiment.milestones[0].metric, "wrong_bits");
  EXPECT_EQ(experiment.milestones[0].at_least, 0.1);
  EXPECT_EQ(experiment.milestones[0].at_most, 0.5);
  ASSERT_EQ(experiment.expect.size(), 3u);
  EXPECT_EQ(experiment.expect[0].metric, "long.wrong_bits");
  EXPECT_EQ(experiment.expect[0].paper, 0.0);
  EXPECT_EQ(experiment.expect[0].at_most, 0.01);
  EXPECT_FALSE(experiment.expect[0].at_least);
}

TEST_F(ConfigExperiment, EvaluationsInheritFromTheDatasetOfThatName) {
  const auto experiment = read(kWhole);
  ASSERT_EQ(experiment.evaluate.size(), 3u);
  const auto& longer = experiment.evaluate[0];
  EXPECT_EQ(longer.name, "long");
  EXPECT_EQ(longer.batches, 50);
  EXPECT_EQ(longer.dataset.options.as<CopyOptions>()->min_length, 2);
  EXPECT_EQ(longer.dataset.options.as<CopyOptions>()->max_length, 120);
  const auto& other = experiment.evaluate[1];
  EXPECT_EQ(other.dataset.name, "repeat");
  EXPECT_EQ(other.batch_size, 3);
  EXPECT_EQ(other.dataset.options.as<CopyOptions>()->min_length, 1) << "the default";
  EXPECT_EQ(experiment.evaluate[2].dataset.options.as<CopyOptions>()->max_length, 20);
  EXPECT_EQ(experiment.dataset.options.as<CopyOptions>()->max_length, 20) << "not shared";
}

TEST_F(ConfigExperiment, TheDefaultAlternativeKeepsTheDefaultsOfItsOwner) {
  const auto rows_of = [&](const std::string& memory) {
    const auto experiment = read(kWhole, {"model.toy.memory=" + memory});
    return std::get<BankMemory>(experiment.model.options.as<ModelOptions>()->memory).rows;
  };
  EXPECT_EQ(rows_of("bank"), 7);
  EXPECT_EQ(rows_of("{bank: {sharpness: 3}}"), 7);
  EXPECT_EQ(rows_of("{bank: {rows: 9}}"), 9);
}

TEST_F(ConfigExperiment, ReadingLeavesTheCatalogueAlone) {
  const auto toys = catalogue();
  read_experiment(write("x.yaml", kWhole), "x", {"dataset.copy.min_length=5"}, toys);
  EXPECT_EQ(toys.models[1].defaults.as<ModelOptions>()->dropout, 0.1);
  EXPECT_EQ(toys.datasets[0].defaults.as<CopyOptions>()->min_length, 1);
}

TEST_F(ConfigExperiment, WritesEverything) {
  const std::string written = write_experiment(read(kWhole));
  EXPECT_EQ(written,
            R"(paper:
  arxiv: "1410.5400"
  where: "table 2: \"n\" = 10"
model:
  toy:
    input_size: 20
    hidden_size: 100
    dropout: 0.001
    gated: false
    label: "yes"
    sizes: []
    controller: feedforward
    memory: none
dataset:
  copy:
    min_length: 2
    max_length: 20
    repeats: 1
task: transduction
trainer:
  steps: 30
  batch_size: 1
  optimizer:
    sgd:
      learning_rate: 0.30000000000000004
      momentum: 0
      nesterov: false
  schedule: constant
  precision: float32
  clip_norm: 0
  clip_value: 0
  log_every: 100
  evaluate_every: 1000
  evaluate_batches: 100
  evaluate_batch_size: 1
  checkpoint_every: 1000
  keep_checkpoints: 2
  average_checkpoints: 0
  patience: 0
  loader_threads: 1
seed: 9223372036854775807
evaluate:
  long:
    dataset:
      copy:
        min_length: 2
        max_length: 120
        repeats: 1
    batches: 50
    batch_size: 1
  other:
    dataset:
      repeat:
        min_length: 1
        max_length: 5
        repeats: 1
    batches: 100
    batch_size: 3
  same:
    dataset:
      copy:
        min_length: 2
        max_length: 20
        repeats: 1
    batches: 100
    batch_size: 1
milestones:
  half: {wrong_bits: {at_most: 0.5, at_least: 0.1}}
  none_wrong: {wrong_bits: {at_most: 0}}
expect:
  long.wrong_bits: {paper: 0, at_most: 0.01}
  validation.wrong_bits: {at_least: -1e-300}
  milestones.half: {paper: 30000, at_most: 60000}
)");
  EXPECT_EQ(write_experiment(read(written)), written);
}

TEST_F(ConfigExperiment, AwkwardTextSurvives) {
  for (const std::string text : {"",
                                 " ",
                                 "a b",
                                 "010",
                                 "1e3",
                                 ".5",
                                 "~",
                                 "null",
                                 "true",
                                 "off",
                                 "- x",
                                 "a: b",
                                 "a #b",
                                 "\"",
                                 "\\n",
                                 "tab\there",
                                 "line\nend\r",
                                 "\x01\x7F",
                                 "\u00e9\u4e2d",
                                 "\u0085\u2028\uFEFF",
                                 "'",
                                 "{",
                                 "*a",
                                 "&a",
                                 "!a",
                                 "%a",
                                 "@a",
                                 "|",
                                 "0x1",
                                 "1_0",
                                 "-",
                                 "a.b/c-d_e",
                                 "inf",
                                 "y"}) {
    auto experiment = read(kWhole);
    experiment.model.options.as<ModelOptions>()->label = text;
    const auto again = read(write_experiment(experiment));
    EXPECT_EQ(again.model.options.as<ModelOptions>()->label, text);
  }
}

TEST_F(ConfigExperiment, NumbersSurvive) {
  for (const double number :
       {0.1, 1.0 / 3, 5e-324, 2.2250738585072014e-308, 1e-7, 0.99999999999999989}) {
    auto experiment = read(kWhole);
    experiment.model.options.as<ModelOptions>()->dropout = number;
    experiment.expect[0].paper = 1e300 * number;
    const auto again = read(write_experiment(experiment));
    EXPECT_EQ(again.model.options.as<ModelOptions>()->dropout, number);
    EXPECT_EQ(again.expect[0].paper, 1e300 * number);
  }
}

TEST_F(ConfigExperiment, HashIgnoresOnlyTheSeed) {
  const auto hash = hash_experiment(read(kWhole));
  EXPECT_EQ(hash.size(), 16u);
  EXPECT_EQ(hash.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(hash_experiment(read(kWhole, {"seed=3"})), hash);
  EXPECT_NE(hash_experiment(read(kWhole, {"trainer.steps=31"})), hash);
  EXPECT_NE(hash_experiment(read(kWhole, {"milestones.half.wrong_bits.at_most=1"})), hash);
  EXPECT_NE(hash_experiment(read(kWhole, {"expect.long.wrong_bits.at_most=1"})), hash);
}

// Results of before are still those of the same configuration.
TEST_F(ConfigExperiment, HashLeavesOutALaterOptionThatChangesNothing) {
  const auto experiment = read(kWhole);
  const auto hash = hash_experiment(experiment);
  std::istringstream written(write_experiment(experiment));
  std::string before;
  for (std::string line; std::getline(written, line);) {
    const bool is_later =
        std::ranges::any_of(std::array{"repeats:", "average_checkpoints:", "precision:"},
                            [&](const char* name) { return line.find(name) != line.npos; });
    if (!line.starts_with("seed:") && !is_later) before += line + "\n";
  }
  EXPECT_EQ(hash, fmt::format("{:016x}", fnv1a(before)));
  EXPECT_EQ(hash_experiment(read(kWhole, {"dataset.copy.repeats=1"})), hash);
  EXPECT_NE(hash_experiment(read(kWhole, {"dataset.copy.repeats=2"})), hash);
  EXPECT_NE(hash_experiment(read(kWhole, {"trainer.average_checkpoints=5"})), hash);
}

TEST(ConfigDescribe, NamesEveryOptionOfEveryAlternative) {
  const AnyOptions options{ModelOptions()};
  std::string text;
  for (const auto& line : describe(options)) {
    text += line.name + " | " + line.type + " | " + line.default_value + " | " + line.range +
            " | " + line.meaning + "\n";
  }
  EXPECT_EQ(text,
            "input_size | integer | 0 | at least 0 | filled in from the data\n"
            "hidden_size | integer | 100 | at least 1 | units\n"
            "dropout | number | 0.1 | between 0 and 1 | share of units\n"
            "gated | true or false | true |  | with gates\n"
            "label | text | plain |  | free text\n"
            "sizes | list of integers | [2, 3] | at least 1 | of the layers\n"
            "controller | one of feedforward, lstm | lstm |  | what steers\n"
            "memory | one of none, bank | bank |  | what remembers\n"
            "memory.bank.rows | integer | 7 | at least 1 | of the memory\n"
            "memory.bank.sharpness | number | 2.5 | above 1 | of the focus\n");
  EXPECT_EQ(std::get<BankMemory>(options.as<ModelOptions>()->memory).rows, 7) << "not changed";
  const auto trainer = describe(AnyOptions(TrainerOptions()));
  EXPECT_EQ(trainer[3].name, "optimizer.rmsprop.learning_rate");
  EXPECT_EQ(trainer[3].default_value, "1e-04");
}

}  // namespace
}  // namespace zoo::toys
