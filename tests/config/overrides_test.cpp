// `--set`: what it changes, and what it says about mistakes.
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/config_folder.h"

namespace zoo::toys {
namespace {

const std::string kFile =
    "model: toy\n"
    "dataset: {copy: {min_length: 2}}\n"
    "task: transduction\n"
    "trainer: {optimizer: sgd}\n"
    "expect: {long.wrong_bits: {at_most: 1}}\n"
    "evaluate: {long: {dataset: {copy: {max_length: 120}}}}\n";

class ConfigOverrides : public ConfigFolder {
 protected:
  std::string problems_with(const std::string& override) const {
    return problems(kFile, {override});
  }
};

TEST_F(ConfigOverrides, ReplaceAndAddValues) {
  const auto experiment =
      read(kFile,
           {"trainer.steps=5", "seed=7", "trainer.steps=6", "paper.where=table 2: n = 10 # x",
            "dataset.copy.max_length= 9 ", "model.toy.sizes=[4, 5]", "paper.arxiv=\"1410.5400\""});
  EXPECT_EQ(experiment.trainer.steps, 6);
  EXPECT_EQ(experiment.seed, 7);
  EXPECT_EQ(experiment.paper.where, "table 2: n = 10 # x");
  EXPECT_EQ(experiment.paper.arxiv, "1410.5400");
  const auto* copy = experiment.dataset.options.as<CopyOptions>();
  EXPECT_EQ(copy->min_length, 2);
  EXPECT_EQ(copy->max_length, 9);
  EXPECT_EQ(experiment.model.options.as<ModelOptions>()->sizes, (std::vector<int64_t>{4, 5}));
}

TEST_F(ConfigOverrides, GoInsideABareChoice) {
  const auto experiment = read(kFile, {"trainer.optimizer.sgd.momentum=0.5"});
  EXPECT_EQ(std::get<SgdOptions>(experiment.trainer.optimizer).momentum, 0.5);
}

TEST_F(ConfigOverrides, SwitchTheAlternative) {
  const std::vector<std::vector<std::string>> ways = {
      {"trainer.optimizer=adam", "trainer.optimizer.adam.beta1=0.8"},
      {"trainer.optimizer.adam.beta1=0.8"},
      {"trainer.optimizer={adam: {beta1: 0.8}}"},
  };
  for (const auto& overrides : ways) {
    const auto experiment = read(kFile, overrides);
    ASSERT_TRUE(std::holds_alternative<AdamOptions>(experiment.trainer.optimizer));
    EXPECT_EQ(std::get<AdamOptions>(experiment.trainer.optimizer).beta1, 0.8);
  }
  EXPECT_EQ(read(kFile, {"dataset.repeat.min_length=3"}).dataset.name, "repeat");
}

TEST_F(ConfigOverrides, ReachKeysWithDots) {
  const auto experiment = read(kFile, {"expect.long.wrong_bits.at_most=3"});
  ASSERT_EQ(experiment.expect.size(), 1u);
  EXPECT_EQ(experiment.expect[0].at_most, 3);
}

TEST_F(ConfigOverrides, EmptyValueTakesAWholePartAway) {
  const auto experiment = read(kFile, {"expect=", "evaluate=~"});
  EXPECT_TRUE(experiment.expect.empty());
  EXPECT_TRUE(experiment.evaluate.empty());
}

TEST_F(ConfigOverrides, MakeNewEvaluations) {
  const auto experiment = read(kFile, {"evaluate.short.dataset.copy.max_length=3"});
  ASSERT_EQ(experiment.evaluate.size(), 2u);
  EXPECT_EQ(experiment.evaluate[1].name, "short");
  EXPECT_EQ(experiment.evaluate[1].dataset.options.as<CopyOptions>()->max_length, 3);
}

TEST_F(ConfigOverrides, Mistakes) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"trainer.stps=5", "trainer has no 'stps'; did you mean 'steps'?"},
      {"trainer.steps=-5", "steps must be at least 1, got -5"},
      {"trainer.steps=", "steps has no value; it must be an integer"},
      {"trainer.steps", "needs a value; write --set trainer.steps=VALUE"},
      {"", "needs a value; write --set =VALUE"},
      {"=5", "needs a name such as trainer.steps before the '=', got ''"},
      {"trainer..steps=5",
       "needs a name such as trainer.steps before the '=', got 'trainer..steps'"},
      {"trainer.steps =5",
       "needs a name such as trainer.steps before the '=', got 'trainer.steps '"},
      {"trainer.steps.more=5", "steps must be an integer, got a mapping"},
      {"trainer.optimizer={sgd: {momentun: 1}}", "sgd has no 'momentun'; did you mean 'momentum'?"},
      {"trainer.optimizer={sgd: {}, adam: {}}",
       "optimizer must name one of rmsprop, adam, sgd, adadelta, got 'sgd', 'adam'"},
      {"model.toy.sizes=[1", "this is not valid YAML: end of sequence flow not found"},
      {"trainer={steps: 1, steps: 2}", "'steps' is given twice"},
      {"paper.arxiv=1410.5401",
       "arxiv must be text, got '1410.5401'; write it in quotes: \"1410.5401\", since a number "
       "loses its last zeros"},
      {"paper.where=\xFF", "this is not UTF-8 text"},
      {"model=tyo", "there is no model 'tyo'; did you mean 'toy'?"},
  };
  for (const auto& [override, problem] : rows) {
    EXPECT_EQ(problems_with(override), "--set " + override + ": " + problem);
  }
  EXPECT_EQ(problems(kFile, {"model.toy.sizes=[1]", "model.toy.sizes.0=2"}),
            "--set model.toy.sizes.0=2: cannot change one item of a list; give the whole list");
  EXPECT_EQ(problems(kFile, {"trainer.optimizer.adam.beta1=0", "trainer.optimizer.sgd.momentum=0"}),
            "--set trainer.optimizer.adam.beta1=0: optimizer must name one of rmsprop, adam, "
            "sgd, adadelta, got 'sgd', 'adam'");
}

}  // namespace
}  // namespace zoo::toys
