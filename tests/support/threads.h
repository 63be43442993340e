// A number of threads for as long as this lives.
#pragma once

#include <ATen/Parallel.h>

namespace zoo::testing_support {

struct Threads {
  explicit Threads(int count) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  const int before = at::get_num_threads();
};

}  // namespace zoo::testing_support
