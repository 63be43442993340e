// One example with what a model makes of it, for people to look at.
#pragma once

#include <string>
#include <vector>

#include "zoo/models/attention_map/attention_map.h"

namespace zoo {

struct Sample {
  struct Text {
    std::string name;  ///< "wrong bits"
    std::string text;  ///< "3 of 960"
  };

  std::string title;               ///< "length_120"
  std::vector<Text> texts;         ///< in the order in which they are read
  std::vector<AttentionMap> maps;  ///< the example's own data first, then the model's
};

}  // namespace zoo
