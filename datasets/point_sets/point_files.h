// Files of instances: JSON lines and TSPLIB.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "zoo/datasets/pointing.h"

namespace zoo {

struct StoredInstance {
  Points points;
  std::optional<Answer> answer;  ///< each index is that of a point
  int64_t line = 0;              ///< where it stands in the file, from 1
};

/// Every instance of the file, in its order; at least one.
///
/// A file whose name ends in .tsp is of TSPLIB (Reinelt 1991, "TSPLIB - a traveling salesman
/// problem library", ORSA Journal on Computing 3(4)) and holds one instance: TYPE TSP,
/// EDGE_WEIGHT_TYPE EUC_2D, and NODE_COORD_SECTION, whose nodes are the points in the order of the
/// file, whatever their numbers. In any other a line is {"points": [[x, y], ...]}, if wanted with
/// "answer": [...], the indices that are to be learned instead of those of the solver. Empty lines
/// are skipped.
///
/// fewest  points that an instance must have
/// Throws `std::runtime_error` naming the file, the line and what is wrong there.
std::vector<StoredInstance> read_point_file(const std::filesystem::path& file, int64_t fewest);

}  // namespace zoo
