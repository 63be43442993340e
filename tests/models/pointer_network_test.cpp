#include "zoo/models/pointer_network/pointer_network.h"

#include <gtest/gtest.h>

#include "support/conformance.h"
#include "support/golden.h"
#include "support/message_of.h"
#include "support/pointing_model.h"

namespace zoo {
namespace {

using testing_support::Specimen;
using torch::Tensor;

PointerNetworkOptions tiny_pointer_network() {
  return {.input_size = 3, .hidden_size = 11, .init_range = 0.4};
}

PointerNetwork seeded_model() {
  torch::manual_seed(5);
  PointerNetwork model(tiny_pointer_network());
  model->to(torch::kDouble);
  return model;
}

Specimen pointer_network_specimen() {
  return {.name = "PointerNetwork",
          .make = [] { return PointerNetwork(tiny_pointer_network()).ptr(); },
          .forward =
              [](torch::nn::Module& module, const Tensor& inputs) {
                return testing_support::forward_pointing<PointerNetworkImpl>(module, inputs);
              },
          .inputs = testing_support::normal_numbers({2, 7, 3}),
          .targets = testing_support::coins({2, 5, 8}),
          .causal = false,
          .tensors = {"encoder.weight_ih_l0", "encoder.weight_hh_l0", "encoder.bias_ih_l0",
                      "encoder.bias_hh_l0", "decoder.weight_ih_l0", "decoder.weight_hh_l0",
                      "decoder.bias_ih_l0", "decoder.bias_hh_l0", "pointer.query.weight",
                      "pointer.key.weight", "pointer.score", "start", "end"}};
}

}  // namespace

namespace testing_support {
INSTANTIATE_TEST_SUITE_P(PointerNetwork, Conformance, testing::Values(pointer_network_specimen()),
                         specimen_name);
}

namespace {

TEST(PointerNetworkOptionsTest, FieldsNameEveryMember) {
  PointerNetworkOptions options;
  EXPECT_EQ(fields_of(options).size(), testing_support::members_of<PointerNetworkOptions>());
}

TEST(PointerNetworkTest, AgreesWithItsTwin) {
  for (const std::string dtype : {"float32", "float64"}) {
    const auto golden = testing_support::read_golden("pointer_network/ragged_" + dtype);
    PointerNetwork model(PointerNetworkOptions{.hidden_size = 11});
    testing_support::check_pointing_golden(
        golden, *model, [&](const Tensor& points, const Tensor& lengths, const Tensor& targets) {
          return model->forward(points, lengths, targets);
        });
  }
}

TEST(PointerNetworkTest, StartsWithinItsRange) {
  PointerNetwork model(PointerNetworkOptions{.init_range = 0.01});
  for (const auto& item : model->named_parameters()) {
    EXPECT_LE(item.value().abs().max().item<double>(), 0.01) << item.key();
    EXPECT_GT(item.value().abs().max().item<double>(), 0) << item.key();
  }
}

TEST(PointerNetworkTest, PaddingAndWhatStandsAfterTheEndChangeNothing) {
  auto model = seeded_model();
  testing_support::expect_padding_changes_nothing(*model, 3);
}

TEST(PointerNetworkTest, NeverPointsAtPadding) {
  auto model = seeded_model();
  const Tensor inputs = torch::randn({2, 6, 3}, torch::kDouble);
  const Tensor logits =
      model->forward(inputs, torch::tensor({6, 4}), torch::tensor({{6, 0}, {4, 0}}));
  EXPECT_TRUE(torch::isfinite(logits[0]).all().item<bool>());
  EXPECT_TRUE(torch::isfinite(logits[1].narrow(1, 0, 5)).all().item<bool>());
  EXPECT_TRUE(torch::isneginf(logits[1].narrow(1, 5, 2)).all().item<bool>());
  model->zero_grad();
  torch::log_softmax(logits, -1).select(2, 0).sum().backward();
  for (const auto& item : model->named_parameters()) {
    EXPECT_TRUE(torch::isfinite(item.value().grad()).all().item<bool>()) << item.key();
  }
}

TEST(PointerNetworkTest, LaterTargetsChangeNothingEarlier) {
  auto model = seeded_model();
  testing_support::expect_later_targets_change_nothing_earlier(*model, 3);
}

// Section 2.3 says what is read: the input that was pointed at. Two equal inputs read the same.
TEST(PointerNetworkTest, ReadsTheInputThatWasPointedAt) {
  auto model = seeded_model();
  Tensor inputs = torch::randn({1, 5, 3}, torch::kDouble);
  inputs[0][3] = inputs[0][1];
  const Tensor lengths = torch::tensor({5});
  const auto second_step = [&](int64_t first) {
    return model->forward(inputs, lengths, torch::tensor({{first, int64_t{0}}}))[0][1];
  };
  EXPECT_TRUE(torch::equal(second_step(2), second_step(4)));
  EXPECT_FALSE(torch::equal(second_step(2), second_step(1)));
}

TEST(PointerNetworkTest, DecodesStepByStepWhatForwardScoresAtOnce) {
  auto model = seeded_model();
  testing_support::expect_decoder_agrees_with_forward(*model, 3);
}

TEST(PointerNetworkTest, BeamOfOneIsGreedyAndAWideOneExhaustive) {
  auto model = seeded_model();
  testing_support::expect_beams_search(*model, 3);
}

TEST(PointerNetworkTest, SaysWhatIsWrong) {
  EXPECT_EQ(
      message_of<c10::Error>([] { PointerNetwork model(PointerNetworkOptions{.hidden_size = 0}); }),
      "PointerNetwork: hidden_size must be at least 1, got 0");
  auto model = seeded_model();
  const Tensor inputs = torch::zeros({1, 4, 3}, torch::kDouble);
  EXPECT_EQ(message_of<c10::Error>([&] {
              model->forward(inputs, torch::tensor({5}), torch::tensor({{1, 0}}));
            }),
            "PointerNetwork: lengths must be in 1..4, the padded length, got 5");
  EXPECT_EQ(message_of<c10::Error>([&] {
              model->forward(inputs, torch::tensor({3}), torch::tensor({{4, 0}}));
            }),
            "PointerNetwork: target 0 of example 0 must be in 0..3, got 4");
}

}  // namespace
}  // namespace zoo
