// Reads text as an experiment of the toy catalogue.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/toy_catalogue.h"
#include "zoo/apps/config/experiment_reader.h"

namespace zoo::toys {

/// What differs from a sound experiment, in the order of the lines of the file.
struct BadFile {
  std::string model = "{toy: {}}";      // in line 1 from column 8
  std::string dataset = "{copy: {}}";   // in line 2 from column 10
  std::string task = "transduction";    // in line 3 from column 7
  std::string trainer = "{steps: 10}";  // in line 4 from column 10
  std::string more = "";                // from line 5
  std::string problem = "";

  std::string text() const {
    return "model: " + model + "\ndataset: " + dataset + "\ntask: " + task +
           "\ntrainer: " + trainer + "\n" + more + "\n";
  }
};

/// A folder that is there as long as the test.
class ConfigFolder : public testing::Test {
 protected:
  ConfigFolder() {
    std::string pattern = testing::TempDir() + "zoo_config_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~ConfigFolder() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  Experiment read(const std::string& text, const std::vector<std::string>& overrides = {}) const {
    return read_experiment(write("x.yaml", text), "toys/x", overrides, catalogue());
  }

  /// The problems, one a line, with paths relative to the folder.
  std::string problems(const std::string& text,
                       const std::vector<std::string>& overrides = {}) const {
    try {
      read(text, overrides);
    } catch (const ConfigError& error) {
      return relative(error.what());
    }
    return "no problem";
  }

  std::string relative(std::string text) const {
    const std::string prefix = folder_.string() + "/";
    for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  /// Expects of every file exactly its problem.
  void expect_problems(const std::vector<BadFile>& files) const {
    for (const auto& file : files) EXPECT_EQ(problems(file.text()), file.problem) << file.text();
  }

  std::filesystem::path folder_;
};

}  // namespace zoo::toys
