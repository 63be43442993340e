#include "zoo/trainers/tasks/pairing.h"

#include <stdexcept>

namespace zoo {

void take_size(const std::string& name, int64_t& stated, int64_t from_data) {
  if (stated != 0 && stated != from_data) {
    throw std::invalid_argument(name + " is " + std::to_string(stated) + ", but the dataset has " +
                                std::to_string(from_data) + "; leave it out to follow the data");
  }
  stated = from_data;
}

}  // namespace zoo
