#include "zoo/models/luong/luong.h"

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

LuongOptions tiny_luong(ScoreOptions score, WindowOptions window = {},
                        InputFeeding feeding = InputFeeding::kAttentional) {
  return {.source_vocabulary = kSourceSymbols,
          .target_vocabulary = kTargetSymbols,
          .embedding_size = 5,
          .hidden_size = 7,
          .layers = 2,
          .score = score,
          .window = window,
          .input_feeding = feeding,
          .dropout = 0,
          .init_range = 0.6};
}

// Weights far from those that training starts with, so that no attention is flat.
Luong lively_luong(const LuongOptions& options) {
  torch::manual_seed(5);
  Luong model(options);
  torch::NoGradGuard no_gradients;
  for (auto& parameter : model->parameters()) parameter.normal_(0, 0.6);
  model->to(torch::kDouble);
  return model;
}

Specimen luong_specimen(const std::string& name, const LuongOptions& options,
                        const std::vector<std::string>& more) {
  std::vector<std::string> tensors = {"source_embedding.weight", "target_embedding.weight",
                                      "output.weight"};
  for (const std::string lstm : {"encoder", "decoder"}) {
    for (const std::string layer : {"0", "1"}) {
      for (const std::string part : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
        tensors.push_back(lstm + "." + part + "_l" + layer);
      }
    }
  }
  tensors.insert(tensors.end(), more.begin(), more.end());
  return testing_support::translation_specimen<LuongImpl>(
      name, [options] { return std::make_shared<LuongImpl>(options); }, tensors);
}

}  // namespace

namespace testing_support {
INSTANTIATE_TEST_SUITE_P(
    Luong, Conformance,
    testing::Values(luong_specimen("LuongGeneral", tiny_luong(GeneralScoreOptions{}),
                                   {"attention.general.weight", "combine.weight"}),
                    luong_specimen("LuongConcatLocal",
                                   tiny_luong(ConcatScoreOptions{.units = 3},
                                              PredictiveWindowOptions{.half_width = 2}),
                                   {"attention.concat.query.weight", "attention.concat.key.weight",
                                    "attention.concat.score", "attention.position.weight",
                                    "attention.position_score", "combine.weight"}),
                    luong_specimen("LuongLocationAtOnce",
                                   tiny_luong(LocationScoreOptions{.max_source_length = 7},
                                              MonotonicWindowOptions{.half_width = 3},
                                              InputFeeding::kNone),
                                   {"attention.location.weight", "combine.weight"}),
                    luong_specimen("LuongWithoutAttention",
                                   tiny_luong(NoScoreOptions{}, {}, InputFeeding::kNone), {})),
    specimen_name);
}

namespace {

struct LuongCase {
  std::string name;
  LuongOptions options;
};

void PrintTo(const LuongCase& each, std::ostream* out) { *out << each.name; }

const LuongOptions& golden_options(LuongOptions& options) {
  options.source_vocabulary = 9;
  options.target_vocabulary = 8;
  options.embedding_size = 4;
  options.hidden_size = 5;
  options.layers = 2;
  options.dropout = 0;
  return options;
}

std::vector<LuongCase> golden_cases() {
  const auto fed = InputFeeding::kAttentional, plain = InputFeeding::kNone;
  const auto forward = SourceOrder::kForward;
  const LocationScoreOptions location{.max_source_length = 8};
  const MonotonicWindowOptions local_m{.half_width = 2};
  const PredictiveWindowOptions local_p{.half_width = 2};
  std::vector<LuongCase> cases = {
      {"dot", {.score = DotScoreOptions{}}},
      {"general", {.score = GeneralScoreOptions{}}},
      {"concat", {.score = ConcatScoreOptions{}}},
      {"location", {.score = location}},
      {"scaled_dot",
       {.score = ScaledDotScoreOptions{}, .source_order = forward, .input_feeding = fed}},
      {"content", {.score = ContentScoreOptions{}}},
      {"general_local_m", {.score = GeneralScoreOptions{}, .window = local_m}},
      {"general_local_p", {.score = GeneralScoreOptions{}, .window = local_p}},
      {"dot_local_p", {.score = DotScoreOptions{}, .window = local_p, .input_feeding = plain}},
      {"none", {.score = NoScoreOptions{}, .source_order = forward, .input_feeding = plain}},
      {"none_reversed", {.score = NoScoreOptions{}, .input_feeding = plain}}};
  for (auto& each : cases) golden_options(each.options);
  return cases;
}

class LuongTest : public testing::TestWithParam<LuongCase> {};
INSTANTIATE_TEST_SUITE_P(Cases, LuongTest, testing::ValuesIn(golden_cases()),
                         [](const auto& info) { return info.param.name; });

TEST_P(LuongTest, AgreesWithTheTwin) {
  const auto& [name, options] = GetParam();
  for (const std::string dtype : {"float32", "float64"}) {
    const auto golden = testing_support::read_golden("luong/" + name + "_" + dtype);
    Luong model(options);
    model->to(golden["outputs"].scalar_type());
    if (attends(options.score)) {
      torch::NoGradGuard no_gradients;
      for (const auto& item : model->named_parameters()) {
        item.value().copy_(golden["parameters/" + item.key()]);
      }
      golden.expect_near(
          model->attention(golden["source"], golden["source_lengths"], golden["target"]),
          "attention");
    }
    testing_support::check_translation_golden(
        golden, *model,
        [&](const Tensor& source, const Tensor& lengths, const Tensor& target) {
          return model->forward(source, lengths, target);
        },
        /*label_smoothing=*/0);
  }
}

LuongOptions with_test_vocabularies(LuongOptions options) {
  options.source_vocabulary = kSourceSymbols;
  options.target_vocabulary = kTargetSymbols;
  return options;
}

TEST_P(LuongTest, PaddingAndWhatStandsAfterTheEndChangeNothing) {
  auto model = lively_luong(with_test_vocabularies(GetParam().options));
  testing_support::expect_padding_changes_no_translation(*model);
}

TEST_P(LuongTest, LengthsOfTargetsChangeNothingWithinThem) {
  auto model = lively_luong(with_test_vocabularies(GetParam().options));
  testing_support::expect_target_lengths_change_nothing(*model);
}

TEST_P(LuongTest, LaterSymbolsChangeNothingEarlier) {
  auto model = lively_luong(with_test_vocabularies(GetParam().options));
  testing_support::expect_later_symbols_change_nothing_earlier(*model);
}

TEST_P(LuongTest, DecodesStepByStepWhatForwardScoresAtOnce) {
  auto model = lively_luong(with_test_vocabularies(GetParam().options));
  testing_support::expect_decoder_agrees_with_forward_on_pairs(*model);
}

TEST(LuongOptionsTest, FieldsNameEveryMember) {
  LuongOptions options;
  EXPECT_EQ(fields_of(options).size(), testing_support::members_of<LuongOptions>());
}

TEST(LuongAttentionWeights, AreOverTheSource) {
  auto model = lively_luong(tiny_luong(GeneralScoreOptions{}));
  testing_support::expect_attention_is_over_the_source(*model);
  const RaggedPairs pairs;
  auto plain = lively_luong(tiny_luong(NoScoreOptions{}, {}, InputFeeding::kNone));
  EXPECT_FALSE(plain->attention(pairs.source, pairs.lengths, pairs.target).defined());
}

TEST(LuongAttentionWeights, OfAWindowSumToLess) {
  auto model =
      lively_luong(tiny_luong(GeneralScoreOptions{}, PredictiveWindowOptions{.half_width = 1}));
  const RaggedPairs pairs;
  const Tensor weights = model->attention(pairs.source, pairs.lengths, pairs.target);
  EXPECT_LE(weights.gt(0).sum(2).max().item<int64_t>(), 3);
  EXPECT_LT(weights.sum(2).max().item<double>(), 1);
  EXPECT_GT(weights.sum(2).max().item<double>(), 0.2);
}

TEST(LuongModel, StartsWithinTheRange) {
  auto options = tiny_luong(GeneralScoreOptions{});
  options.init_range = 0.03;
  for (const auto& parameter : LuongImpl(options).parameters()) {
    EXPECT_LE(parameter.abs().max().item<double>(), 0.03);
    EXPECT_GT(parameter.abs().max().item<double>(), 0.02);
  }
}

TEST(LuongModel, DropsWhileItTrains) {
  const RaggedPairs pairs;
  const Tensor all_steps = torch::full({3}, 4, torch::kLong);
  for (const auto feeding : {InputFeeding::kAttentional, InputFeeding::kNone}) {
    auto options = tiny_luong(GeneralScoreOptions{}, {}, feeding);
    options.dropout = 0.5;
    Luong model(options);
    const auto features = [&] {
      return model->features(pairs.source, pairs.lengths, pairs.target, all_steps);
    };
    EXPECT_FALSE(torch::equal(features(), features()));
    const double dropped = features().eq(0).to(torch::kDouble).mean().item<double>();
    EXPECT_NEAR(dropped, 0.5, 0.25);  // of 84
    model->eval();
    EXPECT_TRUE(torch::equal(features(), features()));
    EXPECT_EQ(features().eq(0).sum().item<int64_t>(), 0);
  }
}

TEST(LuongModel, SaysWhatIsWrong) {
  EXPECT_EQ(message_of<c10::Error>([] { Luong model(tiny_luong(NoScoreOptions{})); }),
            "Luong: without attention (score none) input_feeding must be none and window global");
  auto options = tiny_luong(GeneralScoreOptions{});
  options.layers = 0;
  EXPECT_EQ(message_of<c10::Error>([&] { Luong model(options); }),
            "Luong: layers must be at least 1, got 0");
  const RaggedPairs pairs;
  Luong location(tiny_luong(LocationScoreOptions{.max_source_length = 5}));
  EXPECT_EQ(
      message_of<c10::Error>([&] { location->forward(pairs.source, pairs.lengths, pairs.target); }),
      "AttentionScore: the location score is for sources of at most 5 symbols "
      "(max_source_length), got 6");
  Luong model(tiny_luong(GeneralScoreOptions{}));
  EXPECT_EQ(message_of<c10::Error>(
                [&] { model->forward(pairs.source + 7, pairs.lengths, pairs.target); }),
            "Luong: sources must be in 0..12, got 19");
  EXPECT_EQ(
      message_of<c10::Error>([&] { model->forward(pairs.source, pairs.lengths, pairs.target[0]); }),
      "Luong: targets must be int64 [3, T >= 1], got Long [4]");
}

}  // namespace
}  // namespace zoo
