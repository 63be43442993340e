#include "zoo/models/lstmn/lstmn.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "support/golden.h"
#include "support/language_model.h"
#include "support/message_of.h"

namespace zoo {
namespace {

using testing_support::Specimen;
using torch::Tensor;

LstmnOptions tiny_lstmn() {
  return {.vocabulary = testing_support::kTextSymbols,
          .embedding_size = 5,
          .hidden_size = 7,
          .layers = 2,
          .init_range = 0.6};
}

LstmnOptions tiny_lstmn_of(int64_t tape, PreviousSummary previous_summary) {
  auto options = tiny_lstmn();
  options.tape = tape;
  options.previous_summary = previous_summary;
  return options;
}

Lstmn lively_lstmn(const LstmnOptions& options) { return testing_support::lively(Lstmn(options)); }

Specimen lstmn_specimen(const std::string& name, int64_t tape, PreviousSummary previous_summary) {
  std::vector<std::string> tensors = {"embedding.weight", "output.weight", "output.bias"};
  for (const std::string layer : {"layers.0.", "layers.1."}) {
    for (const std::string tensor : {"attention.hidden.weight", "attention.input.weight",
                                     "attention.score", "gates.weight", "gates.bias"}) {
      tensors.push_back(layer + tensor);
    }
    if (previous_summary == PreviousSummary::kUsed) {
      tensors.push_back(layer + "attention.summary.weight");
    }
  }
  return testing_support::language_specimen<LstmnImpl>(
      name, [=] { return std::make_shared<LstmnImpl>(tiny_lstmn_of(tape, previous_summary)); },
      tensors);
}

}  // namespace

namespace testing_support {
INSTANTIATE_TEST_SUITE_P(
    Lstmn, Conformance,
    testing::Values(lstmn_specimen("Lstmn", 0, PreviousSummary::kUsed),
                    lstmn_specimen("LstmnWithShortTape", 3, PreviousSummary::kUsed),
                    lstmn_specimen("LstmnWithoutSummary", 0, PreviousSummary::kUnused)),
    specimen_name);
}

namespace {

class LstmnTest : public testing::TestWithParam<int64_t> {};
INSTANTIATE_TEST_SUITE_P(Tape, LstmnTest, testing::Values(0, 3));

TEST(LstmnOptionsTest, FieldsNameEveryMember) {
  LstmnOptions options;
  EXPECT_EQ(fields_of(options).size(), testing_support::members_of<LstmnOptions>());
}

void expect_agreement_with_the_twin(const std::string& name, const LstmnOptions& options) {
  for (const std::string dtype : {"float32", "float64"}) {
    const auto golden = testing_support::read_golden("lstmn/" + name + "_" + dtype);
    Lstmn model(options);
    model->to(golden["outputs"].scalar_type());
    testing_support::check_language_golden(
        golden, *model, [&](const Tensor& tokens) { return model->forward(tokens); });
    torch::NoGradGuard no_gradients;
    for (const auto& item : model->named_parameters()) {
      item.value().copy_(golden["parameters/" + item.key()]);
    }
    golden.expect_near(model->intra_attention(golden["tokens"]), "intra_attention");
  }
}

LstmnOptions golden_lstmn() { return {.vocabulary = 8, .embedding_size = 4, .hidden_size = 5}; }

TEST(LstmnGoldens, AgreeWithTheTwin) {
  auto options = golden_lstmn();
  expect_agreement_with_the_twin("one_layer", options);
  options.previous_summary = PreviousSummary::kUnused;
  expect_agreement_with_the_twin("without_summary", options);
  options.previous_summary = PreviousSummary::kUsed;
  options.layers = 2;
  expect_agreement_with_the_twin("two_layers", options);
  options.tape = 3;
  expect_agreement_with_the_twin("short_tape", options);
}

// A layer of one unit, by hand.
TEST(LstmnLayerTest, IsTheEquations) {
  LstmnLayer layer(LstmnLayerOptions{.input_size = 1, .hidden_size = 1});
  layer->to(torch::kDouble);
  const double key = 0.5, query = 0.3, of_summary = -0.7, v = 2;
  const double w[4] = {0.2, -0.4, 0.6, 0.8}, u[4] = {1, 0.9, -0.8, 0.7}, b[4] = {0.1, 0.2, 0.3, 0};
  {
    torch::NoGradGuard no_gradients;
    layer->attention->hidden->weight.fill_(key);
    layer->attention->input->weight.fill_(query);
    layer->attention->summary->weight.fill_(of_summary);
    layer->attention->score.fill_(v);
    for (int64_t gate = 0; gate < 4; ++gate) {
      layer->gates->weight[gate][0] = w[gate];  // of h~
      layer->gates->weight[gate][1] = u[gate];  // of x
      layer->gates->bias[gate] = b[gate];
    }
  }
  const double x[3] = {1, -2, 0.5};
  double h[3], c[3], summary = 0;
  const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
  const auto run = layer->forward(
      torch::tensor({1.0, -2.0, 0.5}, torch::kDouble).reshape({3, 1, 1}), layer->empty_tapes(1));
  for (int t = 0; t < 3; ++t) {
    double power[3], sum = 0, next_summary = 0, cell_summary = 0;
    for (int i = 0; i < t; ++i) {
      power[i] = std::exp(v * std::tanh(key * h[i] + query * x[t] + of_summary * summary));
      sum += power[i];
    }
    for (int i = 0; i < t; ++i) {
      next_summary += power[i] / sum * h[i];
      cell_summary += power[i] / sum * c[i];
      EXPECT_NEAR(run.weights[t][0][i].item<double>(), power[i] / sum, 1e-12);
    }
    summary = next_summary;
    const auto before = [&](int gate) { return w[gate] * summary + u[gate] * x[t] + b[gate]; };
    c[t] = sigmoid(before(1)) * cell_summary + sigmoid(before(0)) * std::tanh(before(3));
    h[t] = sigmoid(before(2)) * std::tanh(c[t]);
    EXPECT_NEAR(run.hidden[t].item<double>(), h[t], 1e-12) << t;
    EXPECT_NEAR(run.memory[t].item<double>(), c[t], 1e-12) << t;
  }
  EXPECT_NEAR(run.tapes.summary.item<double>(), summary, 1e-12);
}

// Everything that a layer gives, with gradients from all that has any.
Tensor weighted_sum(const LstmnLayerRun& run) {
  Tensor sum = torch::zeros({}, run.hidden.options());
  const auto add = [&sum](const Tensor& values) {
    sum = sum + torch::mul(values, testing_support::normal_numbers(values.sizes())).sum();
  };
  for (const Tensor& each : {run.hidden, run.memory, run.tapes.hidden, run.tapes.memory,
                             run.tapes.keys, run.tapes.summary}) {
    add(each);
  }
  return sum;
}

TEST_P(LstmnTest, OneNodeIsTheSameAsItsParts) {
  for (const int64_t old : {0, 2}) {
    for (const auto previous : {PreviousSummary::kUsed, PreviousSummary::kUnused}) {
      LstmnLayer layer(LstmnLayerOptions{
          .input_size = 5, .hidden_size = 7, .tape = GetParam(), .previous_summary = previous});
      testing_support::lively(layer);
      const auto drawn = [](torch::IntArrayRef sizes) {
        return testing_support::normal_numbers(sizes).requires_grad_();
      };
      const Tensor inputs = drawn({6, 3, 5});
      const LstmnTapes tapes{.hidden = drawn({old, 3, 7}),
                             .memory = drawn({old, 3, 7}),
                             .keys = drawn({old, 3, 7}),
                             .summary = drawn({3, 7})};
      const auto fused = layer->forward(inputs, tapes);
      const auto composed = layer->forward_composed(inputs, tapes);
      EXPECT_TRUE(torch::allclose(fused.weights, composed.weights, 0, 1e-12));
      EXPECT_TRUE(torch::allclose(weighted_sum(fused), weighted_sum(composed), 0, 1e-10));
      std::vector<Tensor> sources = {inputs, tapes.summary};
      if (old > 0) sources.insert(sources.end(), {tapes.hidden, tapes.memory, tapes.keys});
      for (const Tensor& parameter : layer->parameters()) sources.push_back(parameter);
      const auto ours = torch::autograd::grad({weighted_sum(fused)}, sources, {}, {}, false, true);
      const auto parts =
          torch::autograd::grad({weighted_sum(composed)}, sources, {}, {}, false, true);
      for (size_t i = 0; i < sources.size(); ++i) {
        const Tensor expected = parts[i].defined() ? parts[i] : torch::zeros_like(sources[i]);
        const Tensor got = ours[i].defined() ? ours[i] : torch::zeros_like(sources[i]);
        EXPECT_TRUE(torch::allclose(got, expected, 0, 1e-10)) << i << " with " << old;
      }
    }
  }
}

TEST_P(LstmnTest, TextsGoOnFromTheirState) {
  auto model = lively_lstmn(tiny_lstmn_of(GetParam(), PreviousSummary::kUsed));
  testing_support::expect_texts_go_on_from_their_state(*model);
}

TEST_P(LstmnTest, DecodesStepByStepWhatForwardScoresAtOnce) {
  auto model = lively_lstmn(tiny_lstmn_of(GetParam(), PreviousSummary::kUsed));
  testing_support::expect_decoder_agrees_with_forward(*model);
}

TEST_P(LstmnTest, PaddingChangesNoTape) {
  auto model = lively_lstmn(tiny_lstmn_of(GetParam(), PreviousSummary::kUsed));
  const Tensor texts = testing_support::small_texts(), lengths = torch::tensor({8, 3, 5});
  const auto together = model->encode(texts, lengths);
  ASSERT_EQ(together.hidden.sizes(), (std::vector<int64_t>{3, 8, 7}));
  for (int64_t i = 0; i < 3; ++i) {
    const auto length = lengths[i].item<int64_t>();
    const auto alone = model->encode(texts.narrow(0, i, 1).narrow(1, 0, length),
                                     torch::full({1}, length, torch::kLong));
    EXPECT_EQ(together.places[i].sum().item<int64_t>(), length);
    for (const auto tape : {&LstmnEncoding::hidden, &LstmnEncoding::memory}) {
      const Tensor whole = (together.*tape)[i];
      EXPECT_TRUE(torch::allclose(whole.narrow(0, 0, length), (alone.*tape)[0], 0, 1e-12)) << i;
      EXPECT_EQ(whole.narrow(0, length, 8 - length).abs().sum().item<double>(), 0) << i;
    }
  }
  EXPECT_TRUE(torch::equal(together.hidden[0], model->features(texts)[0]));
}

TEST_P(LstmnTest, LooksAtItsTapeAlone) {
  auto model = lively_lstmn(tiny_lstmn_of(GetParam(), PreviousSummary::kUsed));
  const Tensor weights = model->intra_attention(testing_support::small_texts());
  ASSERT_EQ(weights.sizes(), (std::vector<int64_t>{2, 3, 8, 8}));
  const Tensor row = torch::arange(8).unsqueeze(1), column = torch::arange(8);
  Tensor seen = column < row;
  if (GetParam() > 0) seen = seen.logical_and(column >= row - GetParam());
  EXPECT_EQ(weights.masked_select(seen.logical_not()).abs().sum().item<double>(), 0);
  EXPECT_GT(weights.masked_select(seen).min().item<double>(), 0);
  const Tensor sums = weights.sum(3).narrow(2, 1, 7);
  EXPECT_TRUE(torch::allclose(sums, torch::ones_like(sums)));
}

TEST(LstmnMaps, ShowEachLayer) {
  auto model = lively_lstmn(tiny_lstmn());
  const Tensor text = testing_support::small_texts().narrow(0, 0, 1);
  const auto maps = model->attention_maps(text);
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_EQ(maps[1].name, "intra-attention, layer 2");
  for (const auto& map : maps) check_attention_map(map);
  EXPECT_TRUE(torch::equal(maps[1].values, model->intra_attention(text)[1][0]));
}

TEST(LstmnErrors, SayWhatIsWrong) {
  EXPECT_EQ(message_of<c10::Error>([] { Lstmn model(LstmnOptions{}); }),
            "Lstmn: vocabulary must be at least 4, got 0");
  Lstmn model(tiny_lstmn());
  EXPECT_EQ(message_of<c10::Error>([&] {
              model->forward(torch::tensor({{4, 13}}));
            }),
            "Lstmn: tokens must be in 0..12, got 13");
  EXPECT_EQ(message_of<c10::Error>([&] {
              model->forward(torch::tensor({4, 1}));
            }),
            "Lstmn: tokens must be int64 [B, S >= 1], got Long [2]");
  const Tensor texts = testing_support::small_texts();
  EXPECT_EQ(message_of<c10::Error>([&] { model->run(texts, model->initial_state(2)); }),
            "Lstmn: the state must be that of 2 layers and 3 examples, got 2 and 2");
  EXPECT_EQ(message_of<c10::Error>([&] { model->attention_maps(texts); }),
            "Lstmn: attention maps are of one text [1, T], got [3, 8]");
  EXPECT_EQ(message_of<c10::Error>([&] {
              model->encode(texts, torch::tensor({9, 1, 1}));
            }),
            "Lstmn: lengths must be in 1..8, the padded length, got 9");
}

}  // namespace
}  // namespace zoo
