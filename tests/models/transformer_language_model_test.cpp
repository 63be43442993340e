#include "zoo/models/transformer_language_model/transformer_language_model.h"

#include <gtest/gtest.h>

#include "support/golden.h"
#include "support/language_model.h"
#include "support/message_of.h"
#include "zoo/models/transformer_language_model/gpt2_weights.h"

namespace zoo {
namespace {

using testing_support::lively;
using torch::Tensor;

TransformerLanguageModelOptions tiny_gpt(int64_t context = 9) {
  return {.vocabulary = testing_support::kTextSymbols,
          .model_size = 12,
          .heads = 3,
          .layers = 2,
          .context = context,
          .dropout = 0};
}

std::vector<std::string> tensors_of_tiny_gpt() {
  std::vector<std::string> names = {"embedding.weight", "positions.weight", "norm.weight",
                                    "norm.bias"};
  for (const std::string layer : {"layers.0.", "layers.1."}) {
    for (const std::string part :
         {"attention.query_key_value", "attention.merge", "attention_norm", "feed_forward.first",
          "feed_forward.second", "feed_forward_norm"}) {
      names.push_back(layer + part + ".weight");
      names.push_back(layer + part + ".bias");
    }
  }
  return names;
}

}  // namespace

namespace testing_support {
INSTANTIATE_TEST_SUITE_P(TransformerLanguageModel, Conformance,
                         testing::Values(language_specimen<TransformerLanguageModelImpl>(
                             "TransformerLanguageModel",
                             [] {
                               return std::make_shared<TransformerLanguageModelImpl>(tiny_gpt());
                             },
                             tensors_of_tiny_gpt())),
                         specimen_name);
}

namespace {

TEST(TransformerLanguageModelTest, AgreesWithTheTwin) {
  for (const std::string name : {"gpt", "gelu_exact"}) {
    for (const std::string dtype : {"float32", "float64"}) {
      const auto golden =
          testing_support::read_golden("transformer_language_model/" + name + "_" + dtype);
      TransformerLanguageModelOptions options = {
          .vocabulary = 8, .model_size = 10, .heads = 5, .layers = 2, .context = 9, .dropout = 0};
      if (name == "gelu_exact") {
        options.heads = 2;
        options.feed_forward_size = 11;
        options.activation = Activation::kGelu;
      }
      TransformerLanguageModel model(options);
      model->to(golden["outputs"].scalar_type());
      {
        torch::NoGradGuard no_gradients;
        for (const auto& item : model->named_parameters()) {
          item.value().copy_(golden["parameters/" + item.key()]);
        }
        golden.expect_near(model->attention_weights(golden["tokens"]), "attention/decoder");
      }
      testing_support::check_language_golden(
          golden, *model, [&](const Tensor& tokens) { return model->forward(tokens); });
    }
  }
}

TEST(TransformerLanguageModelOptionsTest, FieldsNameEveryMember) {
  TransformerLanguageModelOptions options;
  EXPECT_EQ(fields_of(options).size(),
            testing_support::members_of<TransformerLanguageModelOptions>());
}

TEST(TransformerLanguageModelTest, TextsGoOnFromTheirCache) {
  auto model = lively(TransformerLanguageModel(tiny_gpt()));
  testing_support::expect_texts_go_on_from_their_state(*model);
}

TEST(TransformerLanguageModelTest, DecodesWithACacheWhatForwardScoresAtOnce) {
  auto model = lively(TransformerLanguageModel(tiny_gpt()));
  testing_support::expect_decoder_agrees_with_forward(*model);
}

// After symbol 6 of a context of 6 the last 3 are read anew: the scores are those of the later
// half, whatever was read before it.
TEST(TransformerLanguageModelTest, GoesOnWhenItsContextIsFull) {
  auto model = lively(TransformerLanguageModel(tiny_gpt(/*context=*/6)));
  const Tensor texts = testing_support::small_texts();  // of 8 symbols
  const auto scores_of = [&](int64_t first, int64_t count) {
    return torch::log_softmax(model->forward(texts.narrow(1, first, count)).select(1, -1), -1);
  };
  const auto decoder = model->decoder(texts.narrow(1, 0, 5));
  EXPECT_TRUE(torch::allclose(decoder->next({}), scores_of(0, 5), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(decoder->next(texts.select(1, 5)), scores_of(0, 6), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(decoder->next(texts.select(1, 6)), scores_of(4, 3), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(decoder->next(texts.select(1, 7)), scores_of(4, 4), 0, 1e-12));
  // Of a longer prompt the end counts.
  EXPECT_TRUE(torch::allclose(model->decoder(texts)->next({}), scores_of(2, 6), 0, 1e-12));
}

TEST(TransformerLanguageModelTest, StartsAsGpt2) {
  torch::manual_seed(1);
  const TransformerLanguageModel model(
      TransformerLanguageModelOptions{.vocabulary = 65, .model_size = 96, .layers = 2});
  const auto weights = model->named_parameters();
  const auto deviation = [&](const std::string& name) {
    return weights[name].std().item<double>();
  };
  EXPECT_NEAR(deviation("embedding.weight"), 0.02, 1e-3);
  EXPECT_NEAR(deviation("layers.1.feed_forward.first.weight"), 0.02, 1e-3);
  EXPECT_NEAR(deviation("layers.1.feed_forward.second.weight"), 0.01, 5e-4);
  EXPECT_NEAR(deviation("layers.0.attention.merge.weight"), 0.01, 5e-4);
  EXPECT_EQ(weights["layers.0.attention.merge.bias"].abs().max().item<double>(), 0);
  EXPECT_TRUE(model->output->weight.is_same(weights["embedding.weight"]));
  const auto copy = std::dynamic_pointer_cast<TransformerLanguageModelImpl>(model->clone());
  EXPECT_TRUE(copy->output->weight.is_same(copy->named_parameters()["embedding.weight"]));
}

TEST(TransformerLanguageModelTest, DropsOutOnlyWhileTraining) {
  auto options = tiny_gpt();
  options.dropout = 0.5;
  auto model = lively(TransformerLanguageModel(options));
  const auto texts = testing_support::small_texts();
  EXPECT_FALSE(torch::equal(model->forward(texts), model->forward(texts)));
  model->eval();
  EXPECT_TRUE(torch::equal(model->forward(texts), model->forward(texts)));
}

TEST(TransformerLanguageModelTest, ShowsEveryHead) {
  auto model = lively(TransformerLanguageModel(tiny_gpt()));
  const Tensor text = testing_support::small_texts().narrow(0, 1, 1);
  const auto maps = model->attention_maps(text);
  ASSERT_EQ(maps.size(), 6U);
  EXPECT_EQ(maps[5].variant, "layer 2, head 3");
  EXPECT_TRUE(torch::equal(maps[5].values, model->attention_weights(text)[1][0][2]));
  EXPECT_EQ(maps[5].values.triu(1).abs().max().item<double>(), 0);
}

TEST(TransformerLanguageModelTest, SaysWhatIsWrong) {
  auto options = tiny_gpt();
  options.heads = 5;
  EXPECT_EQ(message_of<c10::Error>([&] { TransformerLanguageModelImpl model(options); }),
            "TransformerLanguageModel: heads must divide model_size, got 5 heads and 12 features");
  TransformerLanguageModel model(tiny_gpt(/*context=*/3));
  EXPECT_EQ(message_of<c10::Error>([&] {
              model->forward(torch::tensor({{4, 13}}));
            }),
            "TransformerLanguageModel: tokens must be in 0..12, got 13");
  EXPECT_EQ(message_of<c10::Error>([&] { model->forward(testing_support::small_texts()); }),
            "TransformerLanguageModel: there are positions for 3 symbols, got 8");
}

// Our weights under the names of Hugging Face, turned as their layers have them.
Safetensors as_gpt2(TransformerLanguageModelImpl& model, const std::string& prefix) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"embedding.", "wte."},
      {"positions.", "wpe."},
      {"layers.", "h."},
      {".attention_norm.", ".ln_1."},
      {".feed_forward_norm.", ".ln_2."},
      {"attention.query_key_value", "attn.c_attn"},
      {"attention.merge", "attn.c_proj"},
      {"feed_forward.first", "mlp.c_fc"},
      {"feed_forward.second", "mlp.c_proj"}};
  Safetensors checkpoint;
  for (const auto& item : model.named_parameters()) {
    std::string name = item.key();
    Tensor tensor = item.value().detach().clone();
    if (name.starts_with("norm.")) name = "ln_f" + name.substr(4);
    for (const auto& [ours, theirs] : names) {
      if (const auto at = name.find(ours); at != std::string::npos) {
        name.replace(at, ours.size(), theirs);
      }
    }
    if (name.find(".c_") != std::string::npos && name.ends_with("weight")) {
      tensor = tensor.t().contiguous();
    }
    checkpoint.tensors.emplace_back(prefix + name, tensor);
  }
  checkpoint.tensors.emplace_back(prefix + "h.0.attn.bias", torch::ones({1, 1, 9, 9}));
  checkpoint.tensors.emplace_back("lm_head.weight", model.output->weight.detach().clone());
  return checkpoint;
}

TEST(Gpt2Weights, MakeTheSameModel) {
  TransformerLanguageModel model(tiny_gpt());
  torch::manual_seed(8);
  {
    torch::NoGradGuard no_gradients;  // norms and biases start alike
    for (auto& parameter : model->parameters()) parameter.normal_(0, 0.5);
  }
  const Tensor texts = testing_support::small_texts();
  for (const std::string prefix : {"", "transformer."}) {
    const Safetensors checkpoint = as_gpt2(*model, prefix);
    auto options = gpt2_options(checkpoint, /*heads=*/3);
    EXPECT_EQ(options.layers, 2);
    EXPECT_EQ(options.context, 9);
    EXPECT_EQ(options.feed_forward_size, 48);
    options.dropout = 0;
    TransformerLanguageModel other(options);
    EXPECT_FALSE(torch::equal(other->forward(texts), model->forward(texts)));
    load_gpt2(*other, checkpoint);
    EXPECT_TRUE(torch::equal(other->forward(texts), model->forward(texts)));
  }
}

TEST(Gpt2Weights, SayWhatIsWrong) {
  TransformerLanguageModel model(tiny_gpt());
  Safetensors checkpoint = as_gpt2(*model, "");
  checkpoint.tensors.emplace_back("h.0.ln_3.weight", torch::ones(12));
  TransformerLanguageModel other(tiny_gpt());
  const Tensor before = other->output->weight.detach().clone();
  const auto message = message_of<SafetensorsError>([&] { load_gpt2(*other, checkpoint); });
  EXPECT_NE(message.find("h.0.ln_3.weight"), std::string::npos) << message;
  EXPECT_TRUE(torch::equal(other->output->weight, before)) << "nothing is copied";
  checkpoint = as_gpt2(*model, "");
  checkpoint.tensors.back().second = torch::zeros({testing_support::kTextSymbols, 12});
  EXPECT_EQ(message_of<SafetensorsError>([&] { load_gpt2(*other, checkpoint); }),
            "GPT-2: lm_head.weight is not wte.weight, and this model has one table for both");
  EXPECT_EQ(message_of<SafetensorsError>([] { gpt2_options({}, 3); }),
            "GPT-2: there is no matrix for embedding.weight; gpt2_weights.h tells the names of the "
            "tensors");
}

}  // namespace
}  // namespace zoo
