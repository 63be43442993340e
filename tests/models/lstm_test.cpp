#include "zoo/models/lstm/lstm.h"

#include <gtest/gtest.h>

#include "support/conformance.h"
#include "support/golden.h"
#include "support/message_of.h"

namespace zoo {
namespace {

using testing_support::Specimen;
using torch::Tensor;

LstmOptions tiny_lstm() {
  return {.input_size = 5, .output_size = 3, .hidden_size = 11, .layers = 2};
}

Specimen lstm_specimen() {
  return {
      .name = "Lstm",
      .make = [] { return Lstm(tiny_lstm()).ptr(); },
      .forward = [](torch::nn::Module& module,
                    const Tensor& inputs) { return module.as<LstmImpl>()->forward(inputs); },
      .inputs = testing_support::normal_numbers({2, 7, 5}),
      .targets = testing_support::coins({2, 7, 3}),
      .tensors = {"lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0",
                  "lstm.weight_ih_l1", "lstm.weight_hh_l1", "lstm.bias_ih_l1", "lstm.bias_hh_l1",
                  "output.weight", "output.bias", "initial_hidden", "initial_cell"}};
}

}  // namespace

namespace testing_support {
INSTANTIATE_TEST_SUITE_P(Lstm, Conformance, testing::Values(lstm_specimen()), specimen_name);
}

namespace {

TEST(LstmOptionsTest, FieldsNameEveryMember) {
  LstmOptions options;
  EXPECT_EQ(fields_of(options).size(), testing_support::members_of<LstmOptions>());
}

TEST(LstmTest, AgreesWithItsTwin) {
  for (const std::string dtype : {"float32", "float64"}) {
    const auto golden = testing_support::read_golden("lstm/stacked_" + dtype);
    Lstm model(LstmOptions{.input_size = 5, .output_size = 4, .hidden_size = 7, .layers = 3});
    testing_support::check_transduction_golden(
        golden, *model, [&](const Tensor& inputs) { return model->forward(inputs); });
  }
}

TEST(LstmTest, TwoCallsWithStateAreOne) {
  torch::manual_seed(1);
  Lstm model(tiny_lstm());
  model->to(torch::kDouble);
  const Tensor inputs = torch::randn({2, 7, 5}, torch::kDouble);
  const auto first = model->forward(inputs.narrow(1, 0, 3), model->initial_state(2));
  const auto second = model->forward(inputs.narrow(1, 3, 4), first.state);
  const Tensor whole = model->forward(inputs);
  EXPECT_TRUE(torch::allclose(torch::cat({first.logits, second.logits}, 1), whole, 0, 1e-12));
}

TEST(LstmTest, SaysWhatIsWrong) {
  const LstmOptions no_layers{.input_size = 1, .output_size = 1, .layers = 0};
  EXPECT_EQ(message_of<c10::Error>([&] { Lstm model(no_layers); }),
            "Lstm: layers must be at least 1, got 0");
  EXPECT_EQ(message_of<c10::Error>([] {
              Lstm(tiny_lstm())->forward(torch::zeros({2, 7, 4}));
            }),
            "Lstm: inputs must be [B, T >= 1, 5], got [2, 7, 4]");
}

}  // namespace
}  // namespace zoo
