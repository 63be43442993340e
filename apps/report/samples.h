// samples.json of a run folder: what the model did with a few examples, and where it attended.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace zoo {

/// The file of the run folder, checked, or null if there is none:
///
///     {"step": 20000, "samples": [{"title": "length_120",
///       "texts": [{"name": "wrong bits", "text": "3 of 960"}],
///       "maps": [{"name": "read weights", "rows": "location", "columns": "step",
///                 "row_labels": [], "column_labels": [], "shape": [128, 41],
///                 "low": 0, "high": 1, "values": "<base64 of a byte per cell, row by row>"}]}]}
///
/// A byte b stands for low + b / 255 (high - low). Labels are none, then rows or columns are
/// numbered from 0, or one for each. Throws `StorageError` with the place of what is wrong.
nlohmann::ordered_json read_samples(const std::filesystem::path& folder);

}  // namespace zoo
