// The task of translation, with models that know the translation, or know nothing.
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "zoo/trainers/tasks/translation/translation.h"
#include "zoo/trainers/tasks/translation/translation_scores.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr double kSure = 50;  // of a logit
constexpr int64_t kSymbols = 8;

/// Symbols 4 to 7 are the words a, b, c and d.
class FourWords final : public Vocabulary {
 public:
  int64_t size() const override { return kSymbols; }

  std::vector<int64_t> encode(const std::string& text) const override {
    std::vector<int64_t> symbols;
    for (const char letter : text) {
      if (letter != ' ') symbols.push_back(letter - 'a' + kFirstSymbol);
    }
    return symbols;
  }

  std::string decode(std::span<const int64_t> symbols) const override {
    std::string text;
    for (const int64_t symbol : symbols) text += (text.empty() ? "" : " ") + name(symbol);
    return text;
  }

  std::string name(int64_t symbol) const override {
    return std::string(1, static_cast<char>('a' + symbol - kFirstSymbol));
  }
};

/// Sentences that are their own translations, symbol by symbol.
class Echo final : public TranslationDataset {
 public:
  TranslationBatch batch(const BatchIndex& index) const override {
    const std::vector<std::string> sentences = {"a b c", "a b c d a b c d", "d c b a"};
    std::vector<TranslationExample> examples;
    for (int64_t i = 0; i < index.batch_size; ++i) {
      const auto& text = sentences[static_cast<size_t>(i) % sentences.size()];
      auto symbols = words_.encode(text);
      symbols.push_back(kEnd);
      TranslationExample example{
          .source = symbols, .target = symbols, .source_text = text, .target_text = text};
      for (size_t at = 0; at < example.target.size(); ++at) {
        example.alignment.push_back(static_cast<int64_t>(at));
      }
      examples.push_back(std::move(example));
    }
    return encode_translation(examples);
  }

  int64_t source_vocabulary_size() const override { return kSymbols; }
  int64_t target_vocabulary_size() const override { return kSymbols; }
  const Vocabulary& source_vocabulary() const override { return words_; }
  const Vocabulary& target_vocabulary() const override { return words_; }

 private:
  FourWords words_;
};

/// Says the symbols [B, T] one after the other, whatever is said.
class PlannedTranslation final : public StepDecoder {
 public:
  explicit PlannedTranslation(Tensor symbols) : symbols_(std::move(symbols)) {}

  Tensor next(const Tensor&) override {
    const int64_t step = std::min(step_++, symbols_.size(1) - 1);
    const Tensor logits = torch::one_hot(symbols_.select(1, step), kSymbols) * kSure;
    return torch::log_softmax(logits.to(torch::kFloat), -1);
  }

  void select(const Tensor& rows) override { symbols_ = symbols_.index_select(0, rows); }

 private:
  Tensor symbols_;
  int64_t step_ = 0;
};

/// An output layer that passes features on as logits.
torch::nn::Linear identity() {
  torch::nn::Linear layer(torch::nn::LinearOptions(kSymbols, kSymbols).bias(false));
  torch::NoGradGuard no_gradients;
  layer->weight.copy_(torch::eye(kSymbols));
  return layer;
}

/// Repeats the source and looks `shift` places to the right of where it should.
TranslationTask::Model echoing_model(int64_t shift = 0) {
  return {.features =
              [](const TranslationBatch& batch) {
                return torch::one_hot(batch.target, kSymbols).to(torch::kFloat) * kSure;
              },
          .attention =
              [shift](const Tensor& source, const Tensor&, const Tensor& target) {
                const Tensor places = torch::arange(target.size(1)) + shift;
                return torch::one_hot(places.remainder(source.size(1)), source.size(1))
                    .to(torch::kFloat)
                    .expand({source.size(0), -1, -1});
              },
          .maps = {},
          .decoder = [](const Tensor& source,
                        const Tensor&) { return std::make_unique<PlannedTranslation>(source); },
          .output = identity()};
}

/// Finds everything equally probable, and says "a a a ...".
TranslationTask::Model ignorant_model() {
  auto model = echoing_model();
  model.features = [](const TranslationBatch& batch) {
    return torch::zeros({batch.target.size(0), batch.target.size(1), kSymbols});
  };
  model.attention = [](const Tensor&, const Tensor&, const Tensor&) { return Tensor(); };
  model.decoder = [](const Tensor& source, const Tensor&) {
    return std::make_unique<PlannedTranslation>(torch::full_like(source, kFirstSymbol));
  };
  return model;
}

/// With what a training step gives: the loss of the first step.
struct TaskAtWork {
  TranslationTask task;

  explicit TaskAtWork(TranslationTask::Model model, TranslationOptions options = {},
                      Precision precision = Precision::kFloat32)
      : task(setup(model, precision), model, options) {}

  static TranslationTask::Setup setup(const TranslationTask::Model& model, Precision precision) {
    TranslationTask::Setup setup;
    setup.dataset = std::make_shared<Echo>();
    setup.module = model.output.ptr();
    setup.trainer.batch_size = 3;
    setup.trainer.precision = precision;
    setup.trainer.evaluate_batches = 1;
    setup.trainer.evaluate_batch_size = 3;
    setup.trainer.optimizer = SgdOptions{.learning_rate = 0};
    return setup;
  }

  double loss() { return task.train_step(0).front().second.item<double>(); }

  double metric(const std::string& name) {
    for (const auto& metric : task.evaluate("test")) {
      if (metric.name == name) return metric.value;
    }
    return -1;
  }
};

TEST(TranslationTaskTest, WhoKnowsTheTranslationMakesNoMistake) {
  TaskAtWork echo(echoing_model());
  EXPECT_NEAR(echo.metric("cross_entropy"), 0, 1e-6);
  EXPECT_NEAR(echo.metric("perplexity"), 1, 1e-6);
  EXPECT_DOUBLE_EQ(echo.metric("accuracy"), 1);
  EXPECT_NEAR(echo.metric("bleu"), 100, 1e-9);
  EXPECT_NEAR(echo.metric("greedy_bleu"), 100, 1e-9);
  EXPECT_NEAR(echo.metric("bleu_6_10"), 100, 1e-9);
  EXPECT_EQ(echo.metric("bleu_11_15"), -1);  // there is no such sentence
  EXPECT_DOUBLE_EQ(echo.metric("alignment_accuracy"), 1);
  EXPECT_DOUBLE_EQ(echo.metric("alignment_error"), 0);
}

// 3 + 8 + 4 symbols and three ends, log 8 each; 15 words and three ends of lines.
TEST(TranslationTaskTest, WhoKnowsNothingNeedsTheLogarithmOfTheVocabulary) {
  TaskAtWork ignorant(ignorant_model());
  EXPECT_NEAR(ignorant.loss(), std::log(8), 1e-6);
  EXPECT_NEAR(ignorant.metric("cross_entropy"), std::log(8), 1e-6);
  EXPECT_NEAR(ignorant.metric("perplexity"), 8, 1e-5);
  EXPECT_NEAR(ignorant.metric("word_perplexity"), 8, 1e-5);
  EXPECT_EQ(ignorant.metric("accuracy"), 0);
  EXPECT_LT(ignorant.metric("bleu"), 15);
  EXPECT_EQ(ignorant.metric("alignment_accuracy"), -1);  // it does not look anywhere
}

// Of 15 links those that lead beyond a sentence's own symbols, or back to its first one, are wrong
// as well: none is right.
TEST(TranslationTaskTest, WhoLooksBesideItIsToldSo) {
  TaskAtWork shifted(echoing_model(1));
  EXPECT_NEAR(shifted.metric("bleu"), 100, 1e-9);
  EXPECT_EQ(shifted.metric("alignment_accuracy"), 0);
  EXPECT_EQ(shifted.metric("alignment_error"), 1);
}

// 0.9 of the weight on a symbol that is certain, 0.1 spread over 8 of which 7 cost 50 nats.
TEST(TranslationTaskTest, LabelSmoothingIsOfTrainingAlone) {
  TaskAtWork smooth(echoing_model(), {.label_smoothing = 0.1});
  EXPECT_NEAR(smooth.loss(), 0.1 * 7 / 8 * kSure, 1e-4);
  EXPECT_NEAR(smooth.metric("cross_entropy"), 0, 1e-6);
}

// A third has more bits than bfloat16 keeps. Evaluations keep them all.
TEST(TranslationTaskTest, TrainsInThePrecisionThatIsAskedFor) {
  auto model = echoing_model();
  model.features = [](const TranslationBatch& batch) {
    return torch::one_hot(batch.target, kSymbols).to(torch::kFloat) / 3;
  };
  TaskAtWork exact(model), rounded(model, {}, Precision::kBfloat16);
  EXPECT_NE(rounded.loss(), exact.loss());
  EXPECT_NEAR(rounded.loss(), exact.loss(), 1e-2);
  EXPECT_EQ(rounded.metric("cross_entropy"), exact.metric("cross_entropy"));
}

// The mean first, then what the model shows, with words on its axes by what they are.
TEST(TranslationTaskTest, ShowsTheMapsOfTheModel) {
  auto model = echoing_model();
  model.maps = [](const Tensor& source, const Tensor&, const Tensor& target) {
    const auto map = [](const std::string& rows, const std::string& columns, int64_t height,
                        int64_t width) {
      return AttentionMap{
          .name = rows, .rows = rows, .columns = columns, .values = torch::zeros({height, width})};
    };
    const int64_t read = source.size(1), said = target.size(1);
    return std::vector<AttentionMap>{map("source", "source", read, read),
                                     map("translation", "read before", said, said)};
  };
  const auto sample = TaskAtWork(model).task.samples().front();
  ASSERT_EQ(sample.maps.size(), 3U);
  for (const auto& map : sample.maps) check_attention_map(map);
  const auto &first = sample.maps[0], &encoder = sample.maps[1], &decoder = sample.maps[2];
  EXPECT_EQ(first.name, "attention");
  EXPECT_EQ(encoder.row_labels, first.column_labels);
  EXPECT_EQ(encoder.column_labels, first.column_labels);
  EXPECT_EQ(decoder.row_labels, first.row_labels);
  auto read = first.row_labels;
  read.insert(read.begin(), "_");  // as this vocabulary tells the beginning
  read.pop_back();
  EXPECT_EQ(decoder.column_labels, read);
}

TEST(TranslationTaskTest, AnswersALine) {
  TaskAtWork echo(echoing_model());
  EXPECT_EQ(echo.task.predict("c b a").line, "c b a");
  EXPECT_EQ(echo.task.predict("").line, "");
}

// A decoder that never comes to an end is stopped after twice the source and ten symbols.
TEST(TranslationTaskTest, TranslationsEndAtLast) {
  TaskAtWork ignorant(ignorant_model(), {.beam_width = 1});
  const std::string answer = ignorant.task.predict("c b").line;
  EXPECT_EQ(count_words(answer), 2 * 3 + 10);
}

TEST(TranslationScoresTest, BucketsAreByWordsOfTheSource) {
  TranslationScores scores({});
  scores.add("one two three four five", "w x y z", "w x y z", "w x y z");
  scores.add("one two three four five six", "w x y z", "w x y z", "q q q q");
  double short_ones = -1, long_ones = -1, greedy = -1;
  for (const auto& [name, value] : scores.metrics()) {
    if (name == "bleu_1_5") short_ones = value;
    if (name == "bleu_6_10") long_ones = value;
    if (name == "greedy_bleu") greedy = value;
  }
  EXPECT_NEAR(short_ones, 100, 1e-9);
  EXPECT_NEAR(long_ones, 100, 1e-9);
  EXPECT_LT(greedy, 60);
  const auto names = TranslationScores::names();
  for (const auto& [name, value] : scores.metrics()) {
    EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
  }
}

}  // namespace
}  // namespace zoo
