// Named results of an evaluation.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace zoo {

struct Metric {
  std::string name;
  double value = 0;
};

/// In the order in which they are shown.
using Metrics = std::vector<Metric>;

/// How a metric and those of a kind with it are counted, by its name: {"bleu", "nrefs:1|..."}.
using Signatures = std::map<std::string, std::string>;

/// Which metric tells the better of two models, and in which direction.
struct MetricGoal {
  std::string name;
  bool lower_is_better = true;
};

}  // namespace zoo
