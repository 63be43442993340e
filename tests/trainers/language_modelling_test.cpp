// Nats, bits and continuations of a model whose scores are known.
#include "zoo/trainers/tasks/language_modelling/language_modelling.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "support/message_of.h"
#include "zoo/datasets/character_vocabulary.h"

namespace zoo {
namespace {

using torch::Tensor;

/// Two windows of "abcab\n...", the second of them short; each character counts for two.
class FixedText final : public LanguageDataset {
 public:
  LanguageBatch batch(const BatchIndex& index) const override {
    const auto of = [&index](const Tensor& both) { return both.narrow(0, 0, index.batch_size); };
    return {.tokens = of(torch::tensor({{5, 6, 7}, {6, 7, 0}})),
            .targets = of(torch::tensor({{6, 7, 5}, {7, 5, 0}})),
            .lengths = of(torch::tensor({3, 2})),
            .characters = of(torch::tensor({6, 4}))};
  }
  std::optional<int64_t> batches_of(Split, int64_t) const override { return 1; }
  int64_t vocabulary_size() const override { return 8; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }

 private:
  CharacterVocabulary vocabulary_ = CharacterVocabulary::learn("\nabc");
};

/// Says "bca\n" over and over, or what it has no business to say; tells how it was asked.
struct ScriptedModel {
  std::vector<int64_t> script = {6, 7, 5, 4};
  Tensor last_prompt{};
  bool was_training = true;

  class Decoder final : public StepDecoder {
   public:
    explicit Decoder(std::vector<int64_t> script) : script_(std::move(script)) {}
    Tensor next(const Tensor&) override {
      Tensor scores = torch::zeros({1, 8});
      scores[0][script_[said_++ % script_.size()]] = 40;
      return torch::log_softmax(scores, -1);
    }
    void select(const Tensor&) override {}

   private:
    std::vector<int64_t> script_;
    size_t said_ = 0;
  };
};

/// An output layer of two features whose logits are the bias: symbol 7 has e times the weight of
/// each other one.
torch::nn::Linear fixed_output() {
  torch::nn::Linear output(2, 8);
  const torch::NoGradGuard no_grad;
  output->weight.zero_();
  output->bias.zero_();
  output->bias[7] = 1;
  return output;
}

class LanguageModellingTest : public testing::Test {
 protected:
  LanguageModellingTask make_task(LanguageModellingOptions options = {},
                                  const torch::nn::Linear& output = fixed_output()) {
    LanguageModellingTask::Setup setup;
    setup.dataset = std::make_shared<FixedText>();
    setup.module = output.ptr();
    setup.trainer.optimizer = SgdOptions{.learning_rate = 1};
    setup.trainer.batch_size = setup.trainer.evaluate_batch_size = 2;
    LanguageModellingTask::Model seen = {
        .features =
            [](const Tensor& tokens) {
              return torch::ones({tokens.size(0), tokens.size(1), 2});
            },
        .decoder =
            [this, output](const Tensor& prompt) {
              model_.last_prompt = prompt;
              model_.was_training = output->is_training();
              return std::make_unique<ScriptedModel::Decoder>(model_.script);
            },
        .maps =
            [](const Tensor& tokens) {
              const int64_t steps = tokens.size(1);
              return std::vector<AttentionMap>{{.name = "looks",
                                                .rows = "step",
                                                .columns = "place",
                                                .values = torch::zeros({steps, steps})}};
            },
        .output = output};
    return {std::move(setup), std::move(seen), options};
  }

  ScriptedModel model_;
};

TEST_F(LanguageModellingTest, CountsNatsByHand) {
  auto task = make_task();
  const auto metrics = task.evaluate("test");
  // Of five targets two are symbol 7.
  const double normaliser = std::log(7 + std::numbers::e);
  const double nats = normaliser - 2.0 / 5;
  ASSERT_EQ(metrics.size(), 3U);
  EXPECT_EQ(metrics[0].name, "cross_entropy");
  EXPECT_NEAR(metrics[0].value, nats, 1e-6);
  EXPECT_EQ(metrics[1].name, "perplexity");
  EXPECT_NEAR(metrics[1].value, std::exp(nats), 1e-5);
  EXPECT_EQ(metrics[2].name, "bits_per_character");
  EXPECT_NEAR(metrics[2].value, nats / std::numbers::ln2 / 2, 1e-6);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(LanguageModelling::metrics()[i], metrics[i].name);
  EXPECT_EQ(task.goal().name, "cross_entropy");
  EXPECT_TRUE(task.goal().lower_is_better);
}

TEST_F(LanguageModellingTest, LearnsTheMean) {
  const auto output = fixed_output();
  auto task = make_task({}, output);
  const auto values = task.train_step(0);
  EXPECT_NEAR(values.at(0).second.item<double>(), std::log(7 + std::numbers::e) - 0.4, 1e-6);
  // The gradient of a bias is the probability less the share of the targets.
  const double others = 1 / (7 + std::numbers::e);
  EXPECT_NEAR(output->bias[7].item<double>(), 1 - (std::numbers::e * others - 0.4), 1e-6);
  EXPECT_NEAR(output->bias[0].item<double>(), -others, 1e-6) << "padding is no target";
}

TEST_F(LanguageModellingTest, ContinuesPrompts) {
  auto task = make_task({.length = 6});
  EXPECT_EQ(task.predict("cab").line, "bca\nbc");
  EXPECT_TRUE(torch::equal(model_.last_prompt, torch::tensor({{7, 5, 6}})));
  EXPECT_FALSE(model_.was_training);
  EXPECT_EQ(task.predict(R"({"prompt": "a\nb"})").line, R"({"continuation":"bca\nbc"})");
  EXPECT_TRUE(torch::equal(model_.last_prompt, torch::tensor({{5, 4, 6}})));
  EXPECT_EQ(task.predict(R"({"prompt": "a"})").line, task.predict(R"({"prompt": "a"})").line);
}

TEST_F(LanguageModellingTest, SaysNothingThatStandsForNoText) {
  model_.script = {0, 1, 2, 5};
  auto task = make_task({.length = 400});
  const auto line = task.predict("a").line;
  EXPECT_EQ(line.find("\xEF\xBF\xBD"), std::string::npos);
  EXPECT_GT(line.size(), 300U) << "but the end of a line of pieces, which is none here";
}

TEST_F(LanguageModellingTest, ChanceIsThatOfTheSeed) {
  model_.script = {0};  // everything else is equally likely
  auto one = make_task({.length = 50}), again = make_task({.length = 50});
  auto other = make_task({.length = 50, .seed = 2});
  auto greedy = make_task({.length = 5, .sampling = {.temperature = 0}});
  EXPECT_EQ(one.predict("a").line, again.predict("a").line);
  EXPECT_EQ(one.predict("a").line, again.predict("a").line) << "whatever was drawn before";
  EXPECT_NE(one.predict("a").line, other.predict("a").line);
  model_.script = {5};
  EXPECT_EQ(greedy.predict("b").line, "aaaaa");
}

TEST_F(LanguageModellingTest, SaysWhatIsWrongWithAPrompt) {
  auto task = make_task();
  const auto wrong = [&task](const std::string& line) {
    return message_of<std::invalid_argument>([&] { task.predict(line); });
  };
  EXPECT_EQ(wrong("abxc"),
            "character 3 of the prompt, 'x', has no symbol: the model has never read it");
  EXPECT_EQ(wrong("aé"),
            "character 2 of the prompt, 'é', has no symbol: the model has never read it");
  EXPECT_EQ(wrong("a\xFF").substr(0, 24), "is not UTF-8 at byte 2; ");
  EXPECT_EQ(wrong(R"({"text": "a"})"), R"(expected a text or {"prompt": "a text"})");
  EXPECT_EQ(wrong(R"({"prompt": 1})"), R"(expected a text or {"prompt": "a text"})");
  EXPECT_EQ(wrong(R"({"prompt": "a", "seed": 1})"), R"(expected a text or {"prompt": "a text"})");
  EXPECT_EQ(wrong(R"({"prompt": ""})"), "the prompt has no symbol");
}

TEST_F(LanguageModellingTest, TellsAContinuationAsItFindsIt) {
  auto task = make_task({.length = 4});
  const std::string line = task.predict("ab").line;
  for (const std::string& question : {std::string("ab"), std::string(R"({"prompt": "ab"})")}) {
    std::vector<std::string> pieces;
    task.predict_aloud(question, [&](const std::string& piece) { pieces.push_back(piece); });
    EXPECT_EQ(pieces.size(), 4U);
    std::string said;
    for (const auto& piece : pieces) said += piece;
    EXPECT_EQ(said, line);
  }
}

TEST_F(LanguageModellingTest, ShowsATextWithItsContinuation) {
  auto task = make_task({.length = 4});
  const auto samples = task.samples();
  ASSERT_FALSE(samples.empty());
  const auto& sample = samples.front();
  ASSERT_EQ(sample.texts.size(), 2U);
  EXPECT_EQ(sample.texts[0].text, "abc");
  EXPECT_EQ(sample.texts[1].text, "bca\n");
  ASSERT_EQ(sample.maps.size(), 1U);
  EXPECT_EQ(sample.maps[0].row_labels, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(sample.maps[0].column_labels, sample.maps[0].row_labels);
  check_attention_map(sample.maps[0]);
}

}  // namespace
}  // namespace zoo
