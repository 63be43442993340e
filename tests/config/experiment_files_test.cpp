// Finding experiments by name, and guessing what was meant.
#include <filesystem>
#include <string>
#include <vector>

#include "config/config_folder.h"
#include "zoo/apps/config/experiment_files.h"
#include "zoo/apps/config/suggest.h"

namespace zoo::toys {
namespace {

class ConfigFiles : public ConfigFolder {
 protected:
  ConfigFiles() {
    for (const std::string name : {"turing/copy.yaml", "lstm/copy_long.yaml", "turing/.hidden.yaml",
                                   ".git/x.yaml", "turing/notes.txt", "turing/deep/er.yaml"}) {
      write("configs/" + name, "");
    }
  }
  std::string problem_of(const std::string& name) const {
    try {
      return "no problem: " + resolve_experiment(name, configs()).name;
    } catch (const ConfigError& error) {
      return error.what();
    }
  }
  std::filesystem::path configs() const { return folder_ / "configs"; }
};

TEST_F(ConfigFiles, FindsAllInOrder) {
  std::vector<std::string> names;
  for (const auto& file : find_experiments(configs())) {
    names.push_back(file.name);
    EXPECT_TRUE(std::filesystem::exists(file.path));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"lstm/copy_long", "turing/copy", "turing/deep/er"}));
  EXPECT_TRUE(find_experiments(folder_ / "none").empty());
}

TEST_F(ConfigFiles, ResolvesNamesAndFiles) {
  EXPECT_EQ(resolve_experiment("turing/copy", configs()).path, configs() / "turing/copy.yaml");
  const auto by_file =
      resolve_experiment((configs() / "lstm/../turing/copy.yaml").string(), configs());
  EXPECT_EQ(by_file.name, "turing/copy");
  EXPECT_EQ(resolve_experiment((folder_ / "mine.yaml").string(), configs()).name, "mine");
  EXPECT_EQ(resolve_experiment((folder_ / "configs_2/a.yaml").string(), configs()).name, "a");
}

TEST_F(ConfigFiles, SaysWhatWasMeant) {
  EXPECT_EQ(problem_of("turing/cpoy"),
            "there is no experiment 'turing/cpoy'; did you mean 'turing/copy'?");
  EXPECT_EQ(problem_of("copy"), "there is no experiment 'copy'; did you mean 'turing/copy'?");
  EXPECT_EQ(problem_of("nothing/alike"),
            "there is no experiment 'nothing/alike'; `zoo list` shows all");
  EXPECT_EQ(problem_of(""), "there is no experiment ''; `zoo list` shows all");
  EXPECT_EQ(problem_of("../configs/turing/copy"),
            "there is no experiment '../configs/turing/copy'; `zoo list` shows all");
}

TEST(ConfigSuggest, CountsEdits) {
  const std::vector<std::string> names = {"steps", "batch_size", "optimizer", "sgd", "adam"};
  EXPECT_EQ(nearest("stps", names), "steps");
  EXPECT_EQ(nearest("stesp", names), "steps");
  EXPECT_EQ(nearest("stepps", names), "steps");
  EXPECT_EQ(nearest("sdg", names), "sgd");
  EXPECT_EQ(nearest("Batch-Size", names), "batch_size");
  EXPECT_EQ(nearest("optimiser", names), "optimizer");
  EXPECT_EQ(nearest("batchsiz", names), "batch_size");
}

TEST(ConfigSuggest, SaysNothingWhereNothingIsSimilar) {
  EXPECT_EQ(nearest("foo", {"bar", "baz"}), std::nullopt);
  EXPECT_EQ(nearest("x", {"y"}), std::nullopt);
  EXPECT_EQ(nearest("", {"a", ""}), std::nullopt);
  EXPECT_EQ(nearest("steps", {}), std::nullopt);
  EXPECT_EQ(nearest("lstm", {"adam"}), std::nullopt);
  EXPECT_EQ(nearest(std::string(1 << 20, 'a'), {"a"}), std::nullopt);
}

TEST(ConfigSuggest, PrefersTheNearestThenTheFirst) {
  EXPECT_EQ(nearest("length_12", {"length_30", "length_120", "length_121"}), "length_120");
  EXPECT_EQ(nearest("copy", {"copied", "copy"}), "copy");
}

}  // namespace
}  // namespace zoo::toys
