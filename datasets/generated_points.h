// Random instances of a problem on points, as the datasets of the Pointer Network paper draw them.
#pragma once

#include <string>

#include "zoo/datasets/pointing.h"

namespace zoo {

/// `count` points uniform in the unit square with the answer of `problem.solve`. An instance
/// without an answer, which chance gives almost never, is drawn anew.
PointingExample draw_example(const PointProblem& problem, int64_t count, Random& random);

/// Such instances: the batch at `index`.
///
/// The number of points is drawn for each batch, uniform in min_points..max_points, and the same
/// for all of its instances: no point is padding, so none is computed in vain.
///
/// dataset  the name for messages
/// Throws `std::invalid_argument` if the batch size is below 1.
PointingBatch draw_points(const std::string& dataset, const PointProblem& problem,
                          int64_t min_points, int64_t max_points, const BatchIndex& index);

}  // namespace zoo
