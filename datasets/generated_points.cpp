#include "zoo/datasets/generated_points.h"

#include <stdexcept>

#include "zoo/datasets/checks.h"

namespace zoo {

PointingExample draw_example(const PointProblem& problem, int64_t count, Random& random) {
  while (true) {
    PointingExample example;
    for (int64_t i = 0; i < count; ++i) example.points.push_back(random_point(random));
    try {
      example.answer = problem.solve(example.points);
      return example;
    } catch (const std::invalid_argument&) {
      // All on one line, or the like.
    }
  }
}

PointingBatch draw_points(const std::string& dataset, const PointProblem& problem,
                          int64_t min_points, int64_t max_points, const BatchIndex& index) {
  check_batch_size(dataset, index);
  Random random = random_of(index);
  const int64_t count = random.integer(min_points, max_points);
  std::vector<PointingExample> examples;
  for (int64_t i = 0; i < index.batch_size; ++i) {
    examples.push_back(draw_example(problem, count, random));
  }
  return encode_points(examples);
}

}  // namespace zoo
