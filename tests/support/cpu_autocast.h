// Autocast on the CPU for as long as this lives.
#pragma once

#include <ATen/autocast_mode.h>

namespace zoo::testing_support {

/// Whoever fuses takes the way of LibTorch's parts then. Products of float32 become bfloat16, those
/// of float64 stay what they are.
struct CpuAutocast {
  CpuAutocast() {
    at::autocast::set_autocast_enabled(at::kCPU, true);
    at::autocast::increment_nesting();
  }
  ~CpuAutocast() {
    at::autocast::clear_cache();
    at::autocast::decrement_nesting();
    at::autocast::set_autocast_enabled(at::kCPU, false);
  }
  CpuAutocast(const CpuAutocast&) = delete;
  CpuAutocast& operator=(const CpuAutocast&) = delete;
};

}  // namespace zoo::testing_support
