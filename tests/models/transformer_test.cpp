#include "zoo/models/transformer/transformer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/golden.h"
#include "support/language_model.h"
#include "support/message_of.h"
#include "support/translation_model.h"

namespace zoo {
namespace {

using testing_support::kSourceSymbols;
using testing_support::kTargetSymbols;
using testing_support::lively;
using testing_support::RaggedPairs;
using testing_support::Specimen;
using torch::Tensor;

TransformerOptions tiny_transformer(NormPlacement norm = NormPlacement::kPost) {
  return {.source_vocabulary = kSourceSymbols,
          .target_vocabulary = kTargetSymbols,
          .model_size = 12,
          .feed_forward_size = 4,  // each ReLU is a kink that differences may stumble over
          .heads = 3,
          .layers = 2,
          .dropout = 0,
          .norm = norm,
          .tying = EmbeddingTying::kNone};
}

// Learned positions, sizes of their own for keys and values, normalised first.
TransformerOptions unusual_transformer() {
  auto options = tiny_transformer(NormPlacement::kPre);
  options.key_size = 5;
  options.value_size = 2;
  options.positions = PositionEncoding::kLearned;
  options.max_length = 9;
  options.tying = EmbeddingTying::kOutput;
  return options;
}

std::vector<std::string> layer_tensors(const std::string& layer, bool crosses) {
  std::vector<std::string> names = {"attention.query_key_value.weight",
                                    "attention.merge.weight",
                                    "attention_norm.weight",
                                    "attention_norm.bias",
                                    "feed_forward.first.weight",
                                    "feed_forward.first.bias",
                                    "feed_forward.second.weight",
                                    "feed_forward.second.bias",
                                    "feed_forward_norm.weight",
                                    "feed_forward_norm.bias"};
  if (crosses) {
    names.insert(names.end(), {"cross_attention.query.weight", "cross_attention.key_value.weight",
                               "cross_attention.merge.weight", "cross_attention_norm.weight",
                               "cross_attention_norm.bias"});
  }
  for (auto& name : names) name.insert(0, layer + ".");
  return names;
}

Specimen transformer_specimen(const std::string& name, const TransformerOptions& options,
                              std::vector<std::string> tensors) {
  for (const std::string stack : {"encoder", "decoder"}) {
    for (const std::string layer : {"0", "1"}) {
      const auto more = layer_tensors(stack + ".layers." + layer, stack == "decoder");
      tensors.insert(tensors.end(), more.begin(), more.end());
    }
  }
  return testing_support::translation_specimen<TransformerImpl>(
      name, [options] { return std::make_shared<TransformerImpl>(options); }, tensors);
}

}  // namespace

namespace testing_support {
INSTANTIATE_TEST_SUITE_P(
    Transformer, Conformance,
    testing::Values(transformer_specimen("TransformerPostNorm", tiny_transformer(),
                                         {"source_embedding.weight", "target_embedding.weight",
                                          "output.weight"}),
                    transformer_specimen("TransformerPreNorm", unusual_transformer(),
                                         {"source_embedding.weight", "target_embedding.weight",
                                          "source_positions.weight", "target_positions.weight",
                                          "encoder.norm.weight", "encoder.norm.bias",
                                          "decoder.norm.weight", "decoder.norm.bias"})),
    specimen_name);
}

namespace {

struct TransformerCase {
  std::string name;
  TransformerOptions options;
  double label_smoothing = 0;
};

void PrintTo(const TransformerCase& each, std::ostream* out) { *out << each.name; }

// As python/golden_cases.py has them.
std::vector<TransformerCase> golden_cases() {
  const TransformerOptions plain = {.source_vocabulary = 9,
                                    .target_vocabulary = 9,
                                    .model_size = 10,
                                    .feed_forward_size = 11,
                                    .heads = 2,
                                    .layers = 2,
                                    .dropout = 0,
                                    .tying = EmbeddingTying::kAll};
  TransformerOptions pre = plain, output = plain;
  pre.target_vocabulary = output.target_vocabulary = 8;
  pre.heads = 4;
  pre.key_size = 3;
  pre.value_size = 2;
  pre.positions = PositionEncoding::kLearned;
  pre.max_length = 8;
  pre.norm = NormPlacement::kPre;
  pre.tying = EmbeddingTying::kNone;
  output.tying = EmbeddingTying::kOutput;
  TransformerOptions post = plain;
  post.heads = 5;
  return {{"post_norm", post, 0.1}, {"pre_norm", pre}, {"tied_output", output}};
}

class TransformerTest : public testing::TestWithParam<TransformerCase> {};
INSTANTIATE_TEST_SUITE_P(Cases, TransformerTest, testing::ValuesIn(golden_cases()),
                         [](const auto& info) { return info.param.name; });

TEST_P(TransformerTest, AgreesWithTheTwin) {
  const auto& [name, options, label_smoothing] = GetParam();
  for (const std::string dtype : {"float32", "float64"}) {
    const auto golden = testing_support::read_golden("transformer/" + name + "_" + dtype);
    Transformer model(options);
    model->to(golden["outputs"].scalar_type());
    {
      torch::NoGradGuard no_gradients;
      for (const auto& item : model->named_parameters()) {
        item.value().copy_(golden["parameters/" + item.key()]);
      }
      const auto weights =
          model->attention_weights(golden["source"], golden["source_lengths"], golden["target"]);
      golden.expect_near(weights.encoder, "attention/encoder");
      golden.expect_near(weights.decoder, "attention/decoder");
      golden.expect_near(weights.cross, "attention/cross");
    }
    testing_support::check_translation_golden(
        golden, *model,
        [&](const Tensor& source, const Tensor& lengths, const Tensor& target) {
          return model->forward(source, lengths, target);
        },
        label_smoothing);
  }
}

const std::vector<TransformerOptions>& variants() {
  static const std::vector<TransformerOptions> variants = {
      tiny_transformer(), tiny_transformer(NormPlacement::kPre), unusual_transformer()};
  return variants;
}

TEST(TransformerModel, PaddingAndWhatStandsAfterTheEndChangeNothing) {
  for (const auto& options : variants()) {
    auto model = lively(Transformer(options));
    testing_support::expect_padding_changes_no_translation(*model);
  }
}

TEST(TransformerModel, LaterSymbolsChangeNothingEarlier) {
  for (const auto& options : variants()) {
    auto model = lively(Transformer(options));
    testing_support::expect_later_symbols_change_nothing_earlier(*model);
  }
}

TEST(TransformerModel, LengthsOfTargetsChangeNothingWithinThem) {
  for (const auto& options : variants()) {
    auto model = lively(Transformer(options));
    testing_support::expect_target_lengths_change_nothing(*model);
  }
}

TEST(TransformerModel, DecodesWithACacheWhatForwardScoresAtOnce) {
  for (const auto& options : variants()) {
    auto model = lively(Transformer(options));
    testing_support::expect_decoder_agrees_with_forward_on_pairs(*model);
  }
}

TEST(TransformerModel, LooksAtTheSource) {
  for (const auto& options : variants()) {
    auto model = lively(Transformer(options));
    testing_support::expect_attention_is_over_the_source(*model);
  }
}

TEST(TransformerModel, ShowsEveryHead) {
  auto model = lively(Transformer(tiny_transformer()));
  const auto pair = RaggedPairs().alone(2);
  const auto weights = model->attention_weights(pair.source, pair.lengths, pair.target);
  const auto maps = model->attention_maps(pair.source, pair.lengths, pair.target);
  ASSERT_EQ(maps.size(), 18U);  // 3 attentions, 2 layers, 3 heads
  EXPECT_EQ(maps[4].name, "attention to the source");
  EXPECT_EQ(maps[4].variant, "layer 2, head 2");
  EXPECT_TRUE(torch::equal(maps[4].values, weights.cross[1][0][1]));
  EXPECT_TRUE(torch::equal(maps[6].values, weights.encoder[0][0][0]));
  EXPECT_TRUE(torch::equal(maps[17].values, weights.decoder[1][0][2]));
}

TEST(TransformerOptionsTest, FieldsNameEveryMember) {
  TransformerOptions options;
  EXPECT_EQ(fields_of(options).size(), testing_support::members_of<TransformerOptions>());
}

TEST(TransformerModel, HasAsManyParametersAsThePaperSays) {
  TransformerOptions base;
  base.source_vocabulary = base.target_vocabulary = 37000;
  int64_t count = 0;
  for (const auto& parameter : TransformerImpl(base).parameters()) count += parameter.numel();
  EXPECT_NEAR(static_cast<double>(count) / 1e6, 65, 2);  // table 3
}

TEST(TransformerModel, TiedTablesAreOne) {
  auto options = tiny_transformer();
  options.target_vocabulary = options.source_vocabulary;
  options.tying = EmbeddingTying::kAll;
  Transformer model(options);
  EXPECT_EQ(model->named_parameters().contains("output.weight"), false);
  EXPECT_EQ(model->named_parameters().contains("target_embedding.weight"), false);
  model->to(torch::kDouble);
  const Tensor table = model->named_parameters()["source_embedding.weight"];
  EXPECT_TRUE(model->output->weight.is_same(table));
  const auto copy = std::dynamic_pointer_cast<TransformerImpl>(model->clone());
  EXPECT_TRUE(copy->output->weight.is_same(copy->named_parameters()["source_embedding.weight"]));
  EXPECT_NEAR(table.std().item<double>(), 1 / std::sqrt(12.0), 0.05);
}

TEST(TransformerModel, DropsWhileItTrains) {
  const RaggedPairs pairs;
  auto options = tiny_transformer();
  options.dropout = 0.5;
  Transformer model(options);
  const auto scores = [&] { return model->forward(pairs.source, pairs.lengths, pairs.target); };
  EXPECT_FALSE(torch::equal(scores(), scores()));
  model->eval();
  EXPECT_TRUE(torch::equal(scores(), scores()));
}

TEST(TransformerModel, SaysWhatIsWrong) {
  const auto message = [](auto change) {
    auto options = tiny_transformer();
    change(options);
    return message_of<c10::Error>([&] { TransformerImpl model(options); });
  };
  EXPECT_EQ(message([](auto& options) { options.heads = 5; }),
            "Transformer: heads must divide model_size, got 5 heads and 12 features; or state "
            "key_size and value_size");
  EXPECT_EQ(message([](auto& options) { options.positions = PositionEncoding::kLearned; }),
            "Transformer: learned positions need max_length");
  EXPECT_EQ(
      message([](auto& options) { options.tying = EmbeddingTying::kAll; }),
      "Transformer: tying all needs one vocabulary for both languages, got 13 and 11 symbols; "
      "tying output does not");
  EXPECT_EQ(message([](auto& options) { options.dropout = 1; }),
            "Transformer: dropout must be between 0 and 0.95, got 1");
  const RaggedPairs pairs;
  Transformer model(tiny_transformer());
  EXPECT_EQ(message_of<c10::Error>(
                [&] { model->forward(pairs.source, pairs.lengths, pairs.target + 7); }),
            "Transformer: target 0 of example 0 must be in 0..10, got 11");
  auto options = unusual_transformer();
  options.max_length = 5;
  Transformer learned(options);
  EXPECT_EQ(
      message_of<c10::Error>([&] { learned->forward(pairs.source, pairs.lengths, pairs.target); }),
      "Transformer: there are positions for 5 symbols, got 6");
}

}  // namespace
}  // namespace zoo
