// The report of runs: curves, samples and results as one HTML file that needs no network.
#pragma once

#include <filesystem>
#include <vector>

namespace zoo {

/// Writes what the run folders hold at this moment to `file`; the runs may be finished or not.
/// Throws `UsageError` for a run without metrics, for a run given twice and for runs of different
/// tasks, `StorageError` for a damaged file of a run and if `file` cannot be written,
/// `ConfigError`.
void write_report(const std::vector<std::filesystem::path>& runs,
                  const std::filesystem::path& file);

}  // namespace zoo
