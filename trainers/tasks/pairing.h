// What tasks share when they are bound to a model and a dataset.
#pragma once

#include <cstdint>
#include <string>

namespace zoo {

/// Fills in a size that the data determine. Throws `std::invalid_argument` if another was stated.
void take_size(const std::string& name, int64_t& stated, int64_t from_data);

}  // namespace zoo
