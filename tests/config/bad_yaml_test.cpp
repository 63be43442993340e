// What is wrong before any option is looked at: files, encodings and YAML itself.
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "config/config_folder.h"

namespace zoo::toys {
namespace {

const std::string kSound = "model: toy\ndataset: copy\ntask: transduction\ntrainer: {}\n";

class ConfigYaml : public ConfigFolder {};

TEST_F(ConfigYaml, BadText) {
  const std::string plain_key = "x.yaml:5:1: ";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "x.yaml: the file is empty"},
      {"# only a comment\n", "x.yaml: the file is empty"},
      {"[1, 2]\n",
       "x.yaml:1:1: an experiment must be a mapping of paper, model, dataset, task, trainer, seed, "
       "evaluate, milestones, expect, got a list"},
      {"words\n",
       "x.yaml:1:1: an experiment must be a mapping of paper, model, dataset, task, trainer, seed, "
       "evaluate, milestones, expect, got 'words'"},
      {"model: [a\n", "x.yaml:2:1: this is not valid YAML: end of sequence flow not found"},
      {"a:\n\tb: 1\n",
       "x.yaml:2:3: this is not valid YAML: illegal map value; indent with spaces, not tabs"},
      {kSound + "---\nmodel: toy\n",
       "x.yaml:5:1: a second YAML document starts here; a file holds one experiment"},
      {kSound + "seed: &s 3\n", "x.yaml:5:7: anchors ('&') are not supported; write the value out"},
      {kSound + "seed: &s 3\npaper: {where: *s}\n",
       "x.yaml:5:7: anchors ('&') are not supported; write the value out\n"
       "x.yaml:6:16: aliases ('*') are not supported; write the value out"},
      {kSound + "<<: {seed: 3}\n",
       plain_key + "merge keys ('<<') are not supported; write the options out"},
      {kSound + "seed: !!int 3\n",
       "x.yaml:5:7: tags ('!') are not supported; leave 'tag:yaml.org,2002:int' out"},
      {kSound + "12: x\n", plain_key + "a key must be a word, got the number 12; put it in quotes"},
      {kSound + "? [a]\n: x\n", "x.yaml:5:3: a key must be a word, got a list"},
      {"{model: toy, dataset: copy, task: transduction, trainer: {}, ~: 3}\n",
       "x.yaml:1:1: a key of this mapping is empty"},
      {"a: 1\nb: \xC3\x28\n", "x.yaml:2:4: this is not UTF-8 text"},
      {"a: \xED\xA0\x80\n", "x.yaml:1:4: this is not UTF-8 text"},
      {"\xFF\xFE"
       "a\n",
       "x.yaml:1:1: this is not UTF-8 text"},
      {kSound + "# \x04\nseed: no\n", "x.yaml:5:3: a control character (code 4) is not text"},
      {kSound + std::string("# \0", 3), "x.yaml:5:3: a control character (code 0) is not text"},
      {std::string(2000, '['), "x.yaml: this is not an experiment: brackets are nested too deeply"},
      {std::string((1 << 20) + 1, '#'),
       "x.yaml: is larger than 1 MiB; an experiment fits on one page"},
  };
  for (const auto& [text, problem] : rows)
    EXPECT_EQ(problems(text), problem) << text.substr(0, 200);
}

TEST_F(ConfigYaml, ColumnsCountCharacters) {
  EXPECT_EQ(problems(kSound + "paper: {where: \"\u00e9\u4e2d\", url: x}\n"),
            "x.yaml:5:22: paper has no 'url'; it has: arxiv, where");
  EXPECT_EQ(problems("\uFEFFmodle: toy\ndataset: copy\ntask: transduction\ntrainer: {}\n"),
            "x.yaml:1:1: an experiment has no 'modle'; did you mean 'model'?");
  EXPECT_EQ(
      problems("model: toy\r\ndataset: copy\r\ntask: transduction\r\ntrainer: {a: 1}\r\n"),
      "x.yaml:4:11: trainer has no 'a'; it has: steps, batch_size, optimizer, schedule, "
      "precision, clip_norm, clip_value, log_every, evaluate_every, evaluate_batches, "
      "evaluate_batch_size, checkpoint_every, keep_checkpoints, average_checkpoints, patience, "
      "loader_threads");
}

TEST_F(ConfigYaml, UserTextStaysOnOneLine) {
  EXPECT_EQ(problems(kSound + "seed: \"a\\nb\"\n"),
            "x.yaml:5:7: seed must be an integer, got the text \"a\\x0ab\"");
}

TEST_F(ConfigYaml, BadFiles) {
  const auto problem_of = [&](const std::filesystem::path& path) {
    try {
      read_experiment(path, "x", {}, catalogue());
    } catch (const ConfigError& error) {
      return relative(error.what());
    }
    return std::string("no problem");
  };
  EXPECT_EQ(problem_of(folder_ / "none.yaml"), "none.yaml: there is no such file");
  EXPECT_EQ(problem_of(folder_ / "no_folder/none.yaml"),
            "no_folder/none.yaml: there is no such file");
  std::filesystem::create_directory(folder_ / "a.yaml");
  EXPECT_EQ(problem_of(folder_ / "a.yaml"), "a.yaml: this is a folder; give a .yaml file");
  const auto locked = write("locked.yaml", kSound);
  std::filesystem::permissions(locked, std::filesystem::perms::none);
  if (geteuid() != 0) {  // nothing is locked for root
    EXPECT_EQ(problem_of(locked), "locked.yaml: cannot be read: Permission denied");
  }
}

TEST_F(ConfigYaml, OverridesAreCheckedThoughTheFileIsMissing) {
  try {
    read_experiment(folder_ / "none.yaml", "x", {"trainer.steps"}, catalogue());
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(relative(error.what()),
              "none.yaml: there is no such file\n"
              "--set trainer.steps: needs a value; write --set trainer.steps=VALUE");
  }
}

}  // namespace
}  // namespace zoo::toys
