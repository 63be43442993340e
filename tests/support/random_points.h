// Instances of points and what every problem on them has to keep to.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>

#include "zoo/datasets/pointing.h"

namespace zoo {

inline Points random_points(Random& random, int64_t count) {
  Points points;
  for (int64_t i = 0; i < count; ++i) points.push_back(random_point(random));
  return points;
}

/// What `problem` allows after `prefix`: place 0 is the end.
inline std::vector<bool> allowed_after(const PointProblem& problem, size_t points,
                                       std::span<const int64_t> prefix) {
  const auto places = std::make_unique<bool[]>(points + 1);
  problem.allow(prefix, std::span(places.get(), points + 1));
  return std::vector<bool>(places.get(), places.get() + points + 1);
}

/// Each step of the answer, its end included, is allowed after those before it.
inline void expect_allowed(const PointProblem& problem, size_t points, const Answer& answer) {
  for (size_t step = 0; step <= answer.size(); ++step) {
    const auto allowed = allowed_after(problem, points, std::span(answer).first(step));
    const auto place = step < answer.size() ? answer[step] + 1 : 0;
    ASSERT_TRUE(allowed[static_cast<size_t>(place)]) << "step " << step;
  }
}

/// An answer whose steps are drawn from those that are allowed, until it ends; of at most `steps`
/// if nothing makes it end before.
inline Answer random_answer(const PointProblem& problem, size_t points, Random& random,
                            size_t steps) {
  Answer answer;
  while (true) {
    std::vector<int64_t> places;
    const auto allowed = allowed_after(problem, points, answer);
    for (size_t place = 0; place < allowed.size(); ++place) {
      if (allowed[place]) places.push_back(static_cast<int64_t>(place));
    }
    if (places.empty()) {
      ADD_FAILURE() << "nothing is allowed after " << answer.size() << " steps";
      return answer;
    }
    if (places.front() == 0 && answer.size() >= steps) return answer;
    const auto last = static_cast<int64_t>(places.size()) - 1;
    const int64_t place = places[static_cast<size_t>(random.integer(0, last))];
    if (place == 0) return answer;
    answer.push_back(place - 1);
  }
}

}  // namespace zoo
