#include "zoo/models/seq2seq/seq2seq.h"

#include <gtest/gtest.h>

#include "support/conformance.h"
#include "support/golden.h"
#include "support/message_of.h"
#include "support/pointing_model.h"

namespace zoo {
namespace {

using testing_support::Specimen;
using torch::Tensor;

Seq2seqOptions tiny_seq2seq(Seq2seqAttention attention) {
  return {.input_size = 3,
          .most_points = 7,
          .hidden_size = 11,
          .attention = attention,
          .init_range = 0.4};
}

Seq2seq seeded_seq2seq(Seq2seqAttention attention) {
  torch::manual_seed(5);
  Seq2seq model(tiny_seq2seq(attention));
  model->to(torch::kDouble);
  return model;
}

Specimen seq2seq_specimen(const std::string& name, Seq2seqAttention attention,
                          const std::vector<std::string>& more) {
  std::vector<std::string> tensors = {
      "encoder.weight_ih_l0", "encoder.weight_hh_l0", "encoder.bias_ih_l0", "encoder.bias_hh_l0",
      "decoder.weight_ih_l0", "decoder.weight_hh_l0", "decoder.bias_ih_l0", "decoder.bias_hh_l0",
      "embedding.weight",     "output.weight",        "output.bias"};
  tensors.insert(tensors.end(), more.begin(), more.end());
  return {.name = name,
          .make = [attention] { return Seq2seq(tiny_seq2seq(attention)).ptr(); },
          .forward =
              [](torch::nn::Module& module, const Tensor& inputs) {
                return testing_support::forward_pointing<Seq2seqImpl>(module, inputs);
              },
          .inputs = testing_support::normal_numbers({2, 5, 3}),
          .targets = testing_support::coins({2, 5, 8}),
          .causal = false,
          .tensors = tensors};
}

}  // namespace

namespace testing_support {
INSTANTIATE_TEST_SUITE_P(
    Seq2seq, Conformance,
    testing::Values(seq2seq_specimen("Seq2seq", Seq2seqAttention::kNone, {}),
                    seq2seq_specimen("Seq2seqWithAttention", Seq2seqAttention::kAdditive,
                                     {"attention.query.weight", "attention.key.weight",
                                      "attention.score"})),
    specimen_name);
}

namespace {

class Seq2seqTest : public testing::TestWithParam<Seq2seqAttention> {};
INSTANTIATE_TEST_SUITE_P(Attention, Seq2seqTest,
                         testing::Values(Seq2seqAttention::kNone, Seq2seqAttention::kAdditive));

TEST(Seq2seqOptionsTest, FieldsNameEveryMember) {
  Seq2seqOptions options;
  EXPECT_EQ(fields_of(options).size(), testing_support::members_of<Seq2seqOptions>());
}

TEST_P(Seq2seqTest, AgreesWithItsTwin) {
  const std::string name = GetParam() == Seq2seqAttention::kNone ? "plain_" : "attention_";
  for (const std::string dtype : {"float32", "float64"}) {
    const auto golden = testing_support::read_golden("seq2seq/" + name + dtype);
    Seq2seq model(Seq2seqOptions{.most_points = 8, .hidden_size = 11, .attention = GetParam()});
    testing_support::check_pointing_golden(
        golden, *model, [&](const Tensor& points, const Tensor& lengths, const Tensor& targets) {
          return model->forward(points, lengths, targets);
        });
  }
}

TEST_P(Seq2seqTest, PaddingAndWhatStandsAfterTheEndChangeNothing) {
  auto model = seeded_seq2seq(GetParam());
  testing_support::expect_padding_changes_nothing(*model, 3);
}

TEST_P(Seq2seqTest, LaterTargetsChangeNothingEarlier) {
  auto model = seeded_seq2seq(GetParam());
  testing_support::expect_later_targets_change_nothing_earlier(*model, 3);
}

TEST_P(Seq2seqTest, DecodesStepByStepWhatForwardScoresAtOnce) {
  auto model = seeded_seq2seq(GetParam());
  testing_support::expect_decoder_agrees_with_forward(*model, 3);
}

// The dictionary is of a fixed size: it has symbols for inputs that are not there.
TEST_P(Seq2seqTest, ScoresTheWholeDictionary) {
  auto model = seeded_seq2seq(GetParam());
  const Tensor inputs = torch::randn({1, 2, 3}, torch::kDouble);
  const Tensor logits = model->forward(inputs, torch::tensor({2}), torch::tensor({{7, 0}}));
  EXPECT_EQ(logits.sizes(), (std::vector<int64_t>{1, 2, 8}));
  EXPECT_TRUE(torch::isfinite(logits).all().item<bool>());
}

TEST(Seq2seqAttentionMaps, AreWeightsOverTheInputs) {
  auto model = seeded_seq2seq(Seq2seqAttention::kAdditive);
  const Tensor inputs = torch::randn({1, 5, 3}, torch::kDouble);
  const Tensor lengths = torch::tensor({4}), targets = torch::tensor({{3, 1, 0}});
  const Tensor before = model->forward(inputs, lengths, targets);
  const auto maps = model->attention_maps(inputs, lengths, targets);
  ASSERT_EQ(maps.size(), 1U);
  check_attention_map(maps.front());
  ASSERT_EQ(maps.front().values.sizes(), (std::vector<int64_t>{3, 5}));
  EXPECT_TRUE(torch::allclose(maps.front().values.sum(1), torch::ones(3, torch::kDouble)));
  EXPECT_EQ(maps.front().values.select(1, 4).abs().max().item<double>(), 0) << "padding";
  EXPECT_TRUE(torch::equal(before, model->forward(inputs, lengths, targets)));
  EXPECT_TRUE(
      seeded_seq2seq(Seq2seqAttention::kNone)->attention_maps(inputs, lengths, targets).empty());
}

TEST(Seq2seqErrors, SayWhatIsWrong) {
  EXPECT_EQ(message_of<c10::Error>([] { Seq2seq model(Seq2seqOptions{}); }),
            "Seq2seq: most_points must be at least 1, got 0");
  auto model = seeded_seq2seq(Seq2seqAttention::kNone);
  EXPECT_EQ(message_of<c10::Error>([&] {
              model->forward(torch::zeros({1, 8, 3}, torch::kDouble), torch::tensor({8}),
                             torch::tensor({{1, 0}}));
            }),
            "Seq2seq: inputs must be at most 7 (most_points), got 8");
  EXPECT_EQ(message_of<c10::Error>([&] {
              model->forward(torch::zeros({1, 5, 3}, torch::kDouble), torch::tensor({5}),
                             torch::tensor({{1, 8}}));
            }),
            "Seq2seq: target 1 of example 0 must be in 0..7, got 8");
}

}  // namespace
}  // namespace zoo
