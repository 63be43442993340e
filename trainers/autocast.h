// Computing in fewer bits where that is as good.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "zoo/trainers/precision.h"

namespace zoo {

/// While it lives, operations of this thread on the device's kind are computed so. Not to be kept
/// over a backward pass or an update of the weights, of which it has copies.
class Autocast {
 public:
  Autocast(Precision precision, c10::Device device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool works_;
  c10::DeviceType device_;
  bool was_enabled_ = false;
  c10::ScalarType previous_type_ = c10::ScalarType::Undefined;
};

}  // namespace zoo
