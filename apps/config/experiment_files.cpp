#include "zoo/apps/config/experiment_files.h"

#include <algorithm>
#include <system_error>

#include "zoo/apps/config/problems.h"
#include "zoo/apps/config/suggest.h"

namespace zoo {
namespace {

std::string name_below(const std::filesystem::path& configs, const std::filesystem::path& file) {
  return file.lexically_relative(configs).replace_extension().generic_string();
}

/// The name of a file given by path, however the paths are spelt.
std::string name_of_file(const std::filesystem::path& configs, const std::filesystem::path& file) {
  std::error_code error;
  const auto folder = std::filesystem::weakly_canonical(configs, error);
  const auto whole = std::filesystem::weakly_canonical(file, error);
  const auto relative = whole.lexically_relative(folder);
  const bool below = !error && !relative.empty() && *relative.begin() != "..";
  return below ? name_below(folder, whole) : file.stem().string();
}

/// The experiment whose last part is all that was typed: "copy" of "neural_turing_machine/copy".
std::string experiment_advice(const std::string& name, const std::vector<std::string>& names) {
  const auto ends = std::find_if(names.begin(), names.end(), [&](const std::string& each) {
    return !name.empty() && each.ends_with("/" + name);
  });
  if (ends != names.end()) return "; did you mean '" + *ends + "'?";
  return suggestion(name, names, "; `zoo list` shows all");
}

}  // namespace

std::vector<ExperimentFile> find_experiments(const std::filesystem::path& configs) {
  std::vector<ExperimentFile> found;
  std::error_code error;
  std::filesystem::recursive_directory_iterator each(configs, error);
  for (; !error && each != std::filesystem::recursive_directory_iterator(); each.increment(error)) {
    const auto& path = each->path();
    std::error_code unknown;
    const bool hidden = path.filename().string().starts_with('.');
    if (hidden && each->is_directory(unknown)) each.disable_recursion_pending();
    if (hidden || path.extension() != ".yaml" || !each->is_regular_file(unknown)) continue;
    found.push_back({name_below(configs, path), path});
  }
  std::sort(found.begin(), found.end(),
            [](const ExperimentFile& a, const ExperimentFile& b) { return a.name < b.name; });
  return found;
}

ExperimentFile resolve_experiment(const std::string& name_or_file,
                                  const std::filesystem::path& configs) {
  const std::filesystem::path path(name_or_file);
  if (path.extension() == ".yaml") return {name_of_file(configs, path), path};
  std::vector<std::string> names;
  for (const auto& file : find_experiments(configs)) {
    if (file.name == name_or_file) return file;
    names.push_back(file.name);
  }
  throw ConfigError({"there is no experiment '" + shown(name_or_file) + "'" +
                     experiment_advice(name_or_file, names)});
}

}  // namespace zoo
