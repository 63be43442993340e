#include "zoo/models/lstmn/intra_attention.h"

#include <utility>

#include "zoo/models/attention/additive_scores.h"

namespace zoo {

IntraAttentionImpl::IntraAttentionImpl(IntraAttentionOptions options)
    : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "IntraAttention: ", problem);
  reset();
}

void IntraAttentionImpl::reset() {
  const int64_t units = options.hidden_size;
  const auto linear = [units](int64_t from) {
    return torch::nn::Linear(torch::nn::LinearOptions(from, units).bias(false));
  };
  hidden = register_module("hidden", linear(units));
  input = register_module("input", linear(options.input_size));
  if (options.previous_summary == PreviousSummary::kUsed) {
    summary = register_module("summary", linear(units));
  }
  score = register_parameter("score", torch::zeros(units));
}

torch::Tensor IntraAttentionImpl::forward(const torch::Tensor& keys, const torch::Tensor& query,
                                          const torch::Tensor& summary) {
  const torch::Tensor asked =
      this->summary.is_empty() ? query : query + this->summary->forward(summary);
  return additive_scores(asked.unsqueeze(1), keys, score).squeeze(1).softmax(1);
}

}  // namespace zoo
