#include "zoo/models/transformer_layers/tied_output.h"

namespace zoo {

torch::nn::Linear tied_output(const torch::nn::Embedding& embedding) {
  const auto& weight = embedding->weight;
  torch::nn::Linear output(torch::nn::LinearOptions(weight.size(1), weight.size(0)).bias(false));
  output->weight.set_data(torch::empty({0}));  // its own table is of no use
  output->weight = weight;
  return output;
}

}  // namespace zoo
