// How often one text stands in another.
#pragma once

#include <cstddef>
#include <string>

namespace zoo {

inline size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

}  // namespace zoo
