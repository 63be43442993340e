// Reads an experiment from its file; the only way in which an `Experiment` comes to be.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "zoo/apps/config/problems.h"
#include "zoo/trainers/catalogue.h"
#include "zoo/trainers/experiment.h"

namespace zoo {

/// Reads the file, applies the overrides ("trainer.steps=100"), checks everything and lets the
/// task fill in what the data determine. `path` is used in messages as given; `name` becomes the
/// experiment's name. Throws `ConfigError` with all problems.
///
/// Of the catalogue `DatasetEntry::make` is called only to find whose fault it is that `complete`
/// throws, and `TaskEntry::make` never.
Experiment read_experiment(const std::filesystem::path& path, const std::string& name,
                           const std::vector<std::string>& overrides, const Catalogue& catalogue);

}  // namespace zoo
