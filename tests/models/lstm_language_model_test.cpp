#include "zoo/models/lstm_language_model/lstm_language_model.h"

#include <gtest/gtest.h>

#include "support/language_model.h"
#include "support/message_of.h"

namespace zoo {
namespace {

using torch::Tensor;

LstmLanguageModelOptions tiny_language_model() {
  return {.vocabulary = testing_support::kTextSymbols,
          .embedding_size = 5,
          .hidden_size = 7,
          .layers = 2,
          .init_range = 0.4};
}

}  // namespace

namespace testing_support {
INSTANTIATE_TEST_SUITE_P(
    LstmLanguageModel, Conformance,
    testing::Values(language_specimen<LstmLanguageModelImpl>(
        "LstmLanguageModel",
        [] { return std::make_shared<LstmLanguageModelImpl>(tiny_language_model()); },
        {"embedding.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0",
         "lstm.bias_hh_l0", "lstm.weight_ih_l1", "lstm.weight_hh_l1", "lstm.bias_ih_l1",
         "lstm.bias_hh_l1", "output.weight", "output.bias"})),
    specimen_name);
}

namespace {

TEST(LstmLanguageModelOptionsTest, FieldsNameEveryMember) {
  LstmLanguageModelOptions options;
  EXPECT_EQ(fields_of(options).size(), testing_support::members_of<LstmLanguageModelOptions>());
}

TEST(LstmLanguageModelTest, TextsGoOnFromTheirState) {
  auto model = testing_support::lively(LstmLanguageModel(tiny_language_model()));
  testing_support::expect_texts_go_on_from_their_state(*model);
}

TEST(LstmLanguageModelTest, DecodesStepByStepWhatForwardScoresAtOnce) {
  auto model = testing_support::lively(LstmLanguageModel(tiny_language_model()));
  testing_support::expect_decoder_agrees_with_forward(*model);
}

TEST(LstmLanguageModelTest, DropsOutOnlyWhileTraining) {
  auto options = tiny_language_model();
  options.dropout = 0.5;
  auto model = testing_support::lively(LstmLanguageModel(options));
  const auto texts = testing_support::small_texts();
  EXPECT_FALSE(torch::equal(model->forward(texts), model->forward(texts)));
  model->eval();
  EXPECT_TRUE(torch::equal(model->forward(texts), model->forward(texts)));
}

TEST(LstmLanguageModelTest, SaysWhatIsWrong) {
  EXPECT_EQ(message_of<c10::Error>([] { LstmLanguageModel model(LstmLanguageModelOptions{}); }),
            "LstmLanguageModel: vocabulary must be at least 4, got 0");
  LstmLanguageModel model(tiny_language_model());
  EXPECT_EQ(message_of<c10::Error>([&] {
              model->forward(torch::tensor({{4, 13}}));
            }),
            "LstmLanguageModel: tokens must be in 0..12, got 13");
}

}  // namespace
}  // namespace zoo
