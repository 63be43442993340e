// Options explained to people.
#pragma once

#include <string>
#include <vector>

#include "zoo/models/options/any_options.h"

namespace zoo {

struct OptionLine {
  std::string name;           ///< "optimizer.sgd.momentum": dotted inside a choice
  std::string type;           ///< "integer", "number", "text", "true or false", "one of a, b"
  std::string default_value;  ///< as a configuration states it
  std::string range;          ///< "at least 1"; empty if every value is allowed
  std::string meaning;
};

/// Every option with its present value as the default; each choice is followed by the options of
/// all its alternatives.
std::vector<OptionLine> describe(const AnyOptions& options);

}  // namespace zoo
