// Which experiments there are, and which one is meant.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace zoo {

struct ExperimentFile {
  std::string name;            ///< "neural_turing_machine/copy", the path below configs/
  std::filesystem::path path;  ///< "configs/neural_turing_machine/copy.yaml"
};

/// Every .yaml file below the folder, sorted by name; hidden files and folders are left out.
std::vector<ExperimentFile> find_experiments(const std::filesystem::path& configs);

/// An experiment by name, or by the path of a .yaml file, which need not lie below `configs` nor
/// exist (`read_experiment` says so); a file from elsewhere is named by its stem. Throws
/// `ConfigError` for an unknown name.
ExperimentFile resolve_experiment(const std::string& name_or_file,
                                  const std::filesystem::path& configs);

}  // namespace zoo
