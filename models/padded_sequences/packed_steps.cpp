#include "zoo/models/padded_sequences/packed_steps.h"

#include <numeric>

namespace zoo {

using torch::Tensor;

PackedSteps::PackedSteps(const Tensor& active)
    : active_(active), begins_(static_cast<size_t>(active.size(0)) + 1) {
  const auto* rows = active.const_data_ptr<int64_t>();
  std::partial_sum(rows, rows + active.size(0), begins_.begin() + 1);
}

Tensor PackedSteps::of(int64_t step, const Tensor& all) const {
  return all.narrow(0, begin(step), rows(step));
}

Tensor PackedSteps::before(int64_t step, const Tensor& states) const {
  return states.narrow(0, step == 0 ? 0 : batch() + begin(step - 1), rows(step));
}

Tensor PackedSteps::after(const Tensor& states) const { return states.narrow(0, batch(), total()); }

Tensor PackedSteps::states_from(const Tensor& start) const {
  auto sizes = start.sizes().vec();
  sizes[0] += total();
  const Tensor states = torch::empty(sizes, start.options());
  before(0, states).copy_(start);
  return states;
}

std::vector<Tensor> PackedSteps::split(const Tensor& all) const {
  std::vector<Tensor> each;
  for (int64_t step = 0; step < count(); ++step) each.push_back(of(step, all));
  return each;
}

Tensor PackedSteps::rows_before() const {
  const Tensor first = active_.narrow(0, 0, 1);
  const Tensor before = torch::cat({first, active_.narrow(0, 0, count() - 1)});
  return torch::arange(total()) + first - before.repeat_interleave(active_);
}

Tensor PackedSteps::sequences() const {
  const Tensor all = torch::arange(batch());
  return all.expand({count(), -1}).masked_select(all < active_.unsqueeze(1));
}

}  // namespace zoo
