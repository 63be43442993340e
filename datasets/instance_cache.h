// Instances with their answers on disk, for those that take long to solve.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "zoo/datasets/instance_store.h"

namespace zoo {

/// $ZOO_CACHE, else $XDG_CACHE_HOME/attention-zoo, else $HOME/.cache/attention-zoo; empty if none
/// of these is set. The folder need not exist.
std::filesystem::path cache_folder();

/// Everything that the instances depend on, so that a file with the same is as good as new ones.
struct InstanceKey {
  std::string dataset;  ///< "tsp"; the file's name begins with it
  std::string solver;   ///< what determines the answers, e.g. "solver two_opt, version 1"
  InstancePlan plan;
};

/// Where `folder` has the instances of that key.
std::filesystem::path instance_file(const std::filesystem::path& folder, const InstanceKey& key);

/// The instances of a file that `write_instances` wrote. Nothing if there is no such file or it is
/// of another key, truncated or changed in any way.
std::optional<InstanceStore> read_instances(const std::filesystem::path& file,
                                            const InstanceKey& key);

/// Writes the file, complete or not at all, and makes its folder. Several processes may do so at
/// once. False if that fails, as where the disk is full or the folder is not ours.
bool write_instances(const std::filesystem::path& file, const InstanceKey& key,
                     const InstanceStore& instances);

}  // namespace zoo
