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
///                 "low": 0, "high": 1, "values": "<base64 of a byte per cell, row by row>"}],
///       "drawings": [{"name": "tour", "points": [[0.25, 0.5], ...],
///                     "layers": [{"name": "model",
///                                 "lines": [{"indices": [0, 3, 1], "closed": true}]}],
///                     "steps": [0, 3, 1, -1], "step_weights": "read weights"}]}]}
///
/// A byte b stands for low + b / 255 (high - low). Labels are none, then rows or columns are
/// numbered from 0, or one for each. Maps of one name that have a "variant", a text, and the same
/// shape are shown one at a time. Lines and steps name points by their index from 0, a step
/// also the end by -1. "step_weights" is empty or the name of a map of the sample with a row for
/// each step and columns for the end and each point. "drawings" may be missing, as in files of
/// versions without. Throws `StorageError` with the place of what is wrong.
nlohmann::ordered_json read_samples(const std::filesystem::path& folder);

}  // namespace zoo
