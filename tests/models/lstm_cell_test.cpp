#include <gtest/gtest.h>
#include <torch/autograd.h>

#include <vector>

#include "zoo/models/lstm_cell/lstm_stack.h"
#include "zoo/models/padded_sequences/padded_sequences.h"

namespace zoo {
namespace {

using torch::Tensor;

// Everything that is asked of a run, as one number with all gradients.
Tensor weighed(const Tensor& outputs, const Tensor& hidden, const Tensor& cell,
               const Tensor& lengths) {
  torch::manual_seed(11);
  // Drawn in the order of places, not, as by randn_like, in that of memory.
  const auto drawn = [](const Tensor& like) { return torch::randn(like.sizes(), like.dtype()); };
  const Tensor places = length_mask(lengths, outputs.size(0)).t().unsqueeze(2);
  return (outputs * drawn(outputs) * places).sum() + (hidden * drawn(hidden)).sum() +
         (cell * drawn(cell)).sum();
}

class LstmStackTest : public testing::TestWithParam<std::vector<int64_t>> {};
// Equal, ragged in no order, and shorter than the padding.
INSTANTIATE_TEST_SUITE_P(Lengths, LstmStackTest,
                         testing::Values(std::vector<int64_t>{5, 5, 5, 5},
                                         std::vector<int64_t>{2, 5, 1, 3},
                                         std::vector<int64_t>{3, 1, 3, 2}));

TEST_P(LstmStackTest, IsLibTorchsLstmInValuesAndGradients) {
  torch::manual_seed(2);
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(3, 7).num_layers(2).batch_first(true));
  lstm->to(torch::kDouble);
  const Tensor inputs = torch::randn({5, 4, 3}, torch::dtype(torch::kDouble).requires_grad(true));
  const Tensor lengths = torch::tensor(GetParam());
  const auto expected = run_padded_stack(lstm, inputs.transpose(0, 1), lengths);
  const auto run = run_lstm_stack(lstm, inputs, lengths);
  const Tensor places = length_mask(lengths, 5).t().unsqueeze(2);
  EXPECT_TRUE(torch::allclose(run.outputs, expected.outputs.transpose(0, 1) * places, 0, 1e-12));
  EXPECT_TRUE(torch::allclose(run.hidden, expected.hidden, 0, 1e-12));
  EXPECT_TRUE(torch::allclose(run.cell, expected.cell, 0, 1e-12));
  auto wanted = lstm->parameters();
  wanted.push_back(inputs);
  const auto ours =
      torch::autograd::grad({weighed(run.outputs, run.hidden, run.cell, lengths)}, wanted);
  const auto theirs = torch::autograd::grad(
      {weighed(expected.outputs.transpose(0, 1), expected.hidden, expected.cell, lengths)}, wanted);
  for (size_t i = 0; i < ours.size(); ++i) {
    EXPECT_TRUE(torch::allclose(ours[i], theirs[i], 0, 1e-12)) << i;
  }
}

// The loops are compiled for several processors; this is the one that is here.
TEST(LstmStack, IsLibTorchsLstmInFloat32) {
  torch::manual_seed(2);
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(13, 67).batch_first(true));
  const Tensor inputs = torch::randn({9, 3, 13}), lengths = torch::tensor({9, 9, 9});
  const auto expected = run_padded_stack(lstm, inputs.transpose(0, 1), lengths);
  const auto run = run_lstm_stack(lstm, inputs, lengths);
  EXPECT_TRUE(torch::allclose(run.outputs, expected.outputs.transpose(0, 1), 1e-5, 1e-5));
  EXPECT_TRUE(torch::allclose(run.cell, expected.cell, 1e-5, 1e-5));
}

TEST(LstmStack, DropsBetweenItsLayersWhileItTrains) {
  torch::manual_seed(2);
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(3, 5).num_layers(2).dropout(0.5).batch_first(true));
  const Tensor inputs = torch::randn({4, 2, 3}), lengths = torch::tensor({4, 4});
  const auto outputs = [&] { return run_lstm_stack(lstm, inputs, lengths).outputs; };
  EXPECT_FALSE(torch::equal(outputs(), outputs()));
  lstm->eval();
  EXPECT_TRUE(torch::equal(outputs(), outputs()));
}

}  // namespace
}  // namespace zoo
