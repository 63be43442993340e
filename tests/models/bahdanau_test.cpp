#include "zoo/models/bahdanau/bahdanau.h"

#include <gtest/gtest.h>

#include "support/golden.h"
#include "support/message_of.h"
#include "support/translation_model.h"

namespace zoo {
namespace {

using testing_support::kSourceSymbols;
using testing_support::kTargetSymbols;
using testing_support::RaggedPairs;
using testing_support::Specimen;
using torch::Tensor;

BahdanauOptions tiny_bahdanau(BahdanauAttention attention) {
  return {.source_vocabulary = kSourceSymbols,
          .target_vocabulary = kTargetSymbols,
          .embedding_size = 5,
          .hidden_size = 7,
          .alignment_size = 6,
          .maxout_size = 8,
          .attention = attention,
          .start = BahdanauStart::kXavier};
}

// Weights far from those that training starts with, so that no attention is flat.
Bahdanau lively_bahdanau(BahdanauOptions options) {
  torch::manual_seed(5);
  Bahdanau model(options);
  torch::NoGradGuard no_gradients;
  for (auto& parameter : model->parameters()) parameter.normal_(0, 0.6);
  model->to(torch::kDouble);
  return model;
}

Specimen bahdanau_specimen(const std::string& name, BahdanauAttention attention,
                           const std::vector<std::string>& more) {
  std::vector<std::string> tensors = {"source_embedding.weight",
                                      "target_embedding.weight",
                                      "encoder_forward.input.weight",
                                      "encoder_forward.input.bias",
                                      "encoder_forward.gates.weight",
                                      "encoder_forward.candidate.weight",
                                      "initial.weight",
                                      "initial.bias",
                                      "decoder.input.weight",
                                      "decoder.input.bias",
                                      "decoder.gates.weight",
                                      "decoder.candidate.weight",
                                      "decoder.context.weight",
                                      "readout.state.weight",
                                      "readout.state.bias",
                                      "readout.embedding.weight",
                                      "readout.context.weight",
                                      "output.weight",
                                      "output.bias"};
  tensors.insert(tensors.end(), more.begin(), more.end());
  return testing_support::translation_specimen<BahdanauImpl>(
      name, [attention] { return std::make_shared<BahdanauImpl>(tiny_bahdanau(attention)); },
      tensors);
}

}  // namespace

namespace testing_support {
INSTANTIATE_TEST_SUITE_P(
    Bahdanau, Conformance,
    testing::Values(
        bahdanau_specimen("Bahdanau", BahdanauAttention::kAdditive,
                          {"encoder_backward.input.weight", "encoder_backward.input.bias",
                           "encoder_backward.gates.weight", "encoder_backward.candidate.weight",
                           "attention.query.weight", "attention.key.weight", "attention.score"}),
        bahdanau_specimen("BahdanauWithoutAttention", BahdanauAttention::kNone, {})),
    specimen_name);
}

namespace {

class BahdanauTest : public testing::TestWithParam<BahdanauAttention> {};
INSTANTIATE_TEST_SUITE_P(Attention, BahdanauTest,
                         testing::Values(BahdanauAttention::kAdditive, BahdanauAttention::kNone));

TEST(BahdanauOptionsTest, FieldsNameEveryMember) {
  BahdanauOptions options;
  EXPECT_EQ(fields_of(options).size(), testing_support::members_of<BahdanauOptions>());
}

void expect_agreement_with_the_twin(const std::string& name, const BahdanauOptions& options,
                                    double label_smoothing) {
  for (const std::string dtype : {"float32", "float64"}) {
    const auto golden = testing_support::read_golden("bahdanau/" + name + "_" + dtype);
    Bahdanau model(options);
    model->to(golden["outputs"].scalar_type());
    testing_support::check_translation_golden(
        golden, *model,
        [&](const Tensor& source, const Tensor& lengths, const Tensor& target) {
          return model->forward(source, lengths, target);
        },
        label_smoothing);
    if (options.attention == BahdanauAttention::kNone) continue;
    torch::NoGradGuard no_gradients;
    for (const auto& item : model->named_parameters()) {
      item.value().copy_(golden["parameters/" + item.key()]);
    }
    golden.expect_near(
        model->attention(golden["source"], golden["source_lengths"], golden["target"]),
        "attention");
  }
}

TEST(BahdanauGoldens, AgreeWithTheTwin) {
  BahdanauOptions options{.source_vocabulary = 9,
                          .target_vocabulary = 8,
                          .embedding_size = 4,
                          .hidden_size = 5,
                          .alignment_size = 6,
                          .maxout_size = 3};
  expect_agreement_with_the_twin("attention", options, 0.1);
  options.readout_state = ReadoutState::kCurrent;
  expect_agreement_with_the_twin("attention_current", options, 0);
  options.readout_state = ReadoutState::kPrevious;
  options.attention = BahdanauAttention::kNone;
  expect_agreement_with_the_twin("none", options, 0);
}

TEST_P(BahdanauTest, PaddingAndWhatStandsAfterTheEndChangeNothing) {
  auto model = lively_bahdanau(tiny_bahdanau(GetParam()));
  testing_support::expect_padding_changes_no_translation(*model);
}

TEST_P(BahdanauTest, LengthsOfTargetsChangeNothingWithinThem) {
  for (const auto state : {ReadoutState::kPrevious, ReadoutState::kCurrent}) {
    auto options = tiny_bahdanau(GetParam());
    options.readout_state = state;
    auto model = lively_bahdanau(options);
    testing_support::expect_target_lengths_change_nothing(*model);
  }
}

TEST_P(BahdanauTest, LaterSymbolsChangeNothingEarlier) {
  auto model = lively_bahdanau(tiny_bahdanau(GetParam()));
  testing_support::expect_later_symbols_change_nothing_earlier(*model);
}

TEST_P(BahdanauTest, DecodesStepByStepWhatForwardScoresAtOnce) {
  auto model = lively_bahdanau(tiny_bahdanau(GetParam()));
  testing_support::expect_decoder_agrees_with_forward_on_pairs(*model);
}

TEST(BahdanauAttentionWeights, AreOverTheSource) {
  auto model = lively_bahdanau(tiny_bahdanau(BahdanauAttention::kAdditive));
  testing_support::expect_attention_is_over_the_source(*model);
  const RaggedPairs pairs;
  auto plain = lively_bahdanau(tiny_bahdanau(BahdanauAttention::kNone));
  EXPECT_FALSE(plain->attention(pairs.source, pairs.lengths, pairs.target).defined());
}

}  // namespace
}  // namespace zoo
