// The file samples.json of a run folder: what the model made of a few examples.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "zoo/trainers/sample.h"

namespace zoo {

/// Writes `folder`/samples.json, replacing what was there:
///
///     {"step": 20000,
///      "samples": [{"title": "length_120",
///                   "texts": [{"name": "wrong bits", "text": "3 of 960"}],
///                   "maps": [{"name": "read weights", "rows": "location", "columns": "step",
///                             "row_labels": [], "column_labels": [], "shape": [128, 241],
///                             "low": 0.0, "high": 1.0, "values": "<base64>"}],
///                   "drawings": [{"name": "tour", "points": [[0.25, 0.5], ...],
///                                 "layers": [{"name": "model",
///                                             "lines": [{"indices": [0, 3, 1],
///                                                        "closed": true}]}],
///                                 "steps": [0, 3, 1, -1], "step_weights": "read weights"}]}]}
///
/// The values are bytes, row by row; byte b means low + b / 255 * (high - low). `low` is 0 for a
/// map without negative values, else -high. Values that are not finite are shown as 0. A map that
/// is a variant has "variant": "layer 1, head 2" as well. A drawing is a `Drawing`, member by
/// member.
///
/// Throws `c10::Error` for a map or drawing that is none, and for step weights that are no map of
/// the sample or do not fit; `StorageError` if the file cannot be written.
void write_samples(const std::filesystem::path& folder, int64_t step,
                   const std::vector<Sample>& samples);

}  // namespace zoo
