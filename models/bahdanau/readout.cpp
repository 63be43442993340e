#include "zoo/models/bahdanau/readout.h"

#include <utility>

namespace zoo {

MaxoutReadoutImpl::MaxoutReadoutImpl(MaxoutReadoutOptions options) : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "MaxoutReadout: ", problem);
  reset();
}

void MaxoutReadoutImpl::reset() {
  const int64_t pieces = 2 * options.maxout_size;
  const auto linear = [pieces](int64_t from, bool bias) {
    return torch::nn::Linear(torch::nn::LinearOptions(from, pieces).bias(bias));
  };
  state_ = register_module("state", linear(options.state_size, true));
  embedding_ = register_module("embedding", linear(options.embedding_size, false));
  context_ = register_module("context", linear(options.context_size, false));
}

torch::Tensor MaxoutReadoutImpl::forward(const torch::Tensor& state, const torch::Tensor& embedded,
                                         const torch::Tensor& context) {
  const auto pieces =
      state_->forward(state) + embedding_->forward(embedded) + context_->forward(context);
  return pieces.unflatten(-1, {options.maxout_size, 2}).amax(-1);
}

}  // namespace zoo
