// What the task of translation says and shows, with models that translate word by word.
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/message_of.h"
#include "zoo/datasets/alignment/alignment.h"
#include "zoo/datasets/word_vocabulary.h"
#include "zoo/trainers/tasks/translation/translation.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr int64_t kWordSymbols = 6;  // of either language below

/// Sentences of "das" and "Haus", translated by "the" and "house"; other words are unknown.
class TinyText final : public TranslationDataset {
 public:
  using Pair = std::pair<std::string, std::string>;

  explicit TinyText(std::vector<Pair> pairs = {{"das", "the"}}) : pairs_(std::move(pairs)) {}

  TranslationBatch batch(const BatchIndex& index) const override {
    std::vector<TranslationExample> examples;
    for (int64_t i = 0; i < index.batch_size; ++i) {
      const auto at = static_cast<size_t>(index.step * index.batch_size + i) % pairs_.size();
      const auto& [source, target] = pairs_[at];
      examples.push_back({.source = source_.encode(source),
                          .target = target_.encode(target),
                          .source_text = source,
                          .target_text = target});
      examples.back().source.push_back(kEnd);
      examples.back().target.push_back(kEnd);
    }
    return encode_translation(examples);
  }
  std::optional<int64_t> batches_of(Split, int64_t batch_size) const override {
    return static_cast<int64_t>(pairs_.size()) / batch_size;
  }
  int64_t source_vocabulary_size() const override { return kWordSymbols; }
  int64_t target_vocabulary_size() const override { return kWordSymbols; }
  const Vocabulary& source_vocabulary() const override { return source_; }
  const Vocabulary& target_vocabulary() const override { return target_; }

 private:
  std::vector<Pair> pairs_;
  WordVocabulary source_{"das\nHaus\n"}, target_{"the\nhouse\n"};
};

/// Says the symbols of its source one after the other.
class WordByWord final : public StepDecoder {
 public:
  explicit WordByWord(Tensor source) : source_(std::move(source)) {}
  Tensor next(const Tensor&) override {
    const Tensor symbols = source_.select(1, std::min(step_++, source_.size(1) - 1));
    return torch::log_softmax(torch::one_hot(symbols, kWordSymbols).to(torch::kFloat) * 50, -1);
  }
  void select(const Tensor& rows) override { source_ = source_.index_select(0, rows); }

 private:
  Tensor source_;
  int64_t step_ = 0;
};

/// Where a step looks: `places[t]`, or, beyond the list, at place t.
TranslationTask::Model word_by_word(std::vector<int64_t> places = {}) {
  TranslationTask::Model model;
  model.output = torch::nn::Linear(2, kWordSymbols);
  model.features = [](const TranslationBatch& batch) {
    return torch::zeros({batch.source.size(0), batch.target.size(1), 2});
  };
  model.decoder = [](const Tensor& source, const Tensor&) {
    return std::make_unique<WordByWord>(source);
  };
  model.attention = [places](const Tensor& source, const Tensor&, const Tensor& target) {
    Tensor weights = torch::full({source.size(0), target.size(1), source.size(1)}, 0.01);
    for (int64_t t = 0; t < target.size(1); ++t) {
      const auto step = static_cast<size_t>(t);
      const int64_t place = step < places.size() ? places[step] : t;
      if (place < source.size(1)) weights.select(1, t).select(1, place).fill_(0.7);
    }
    return weights;
  };
  return model;
}

TranslationTask::Model looking_nowhere() {
  auto model = word_by_word();
  model.attention = [](const Tensor&, const Tensor&, const Tensor&) { return Tensor(); };
  return model;
}

TranslationTask make_translation(std::shared_ptr<const TranslationDataset> data,
                                 TranslationTask::Model model, TranslationOptions options = {}) {
  TranslationTask::Setup setup;
  setup.dataset = data;
  setup.evaluations = {{.name = "again", .dataset = data}};
  setup.module = model.output.ptr();
  setup.trainer.optimizer = SgdOptions{};
  setup.trainer.evaluate_batches = 100;
  setup.trainer.evaluate_batch_size = 2;
  return {std::move(setup), std::move(model), options};
}

TranslationTask make_translation(TranslationTask::Model model, TranslationOptions options = {}) {
  return make_translation(std::make_shared<TinyText>(), std::move(model), options);
}

constexpr TranslationOptions kCopying{.unknown_words = UnknownWords::kCopy};

std::string answer_to(const std::string& line, TranslationTask::Model model,
                      TranslationOptions options = {}) {
  return make_translation(std::move(model), options).predict(line).line;
}

double metric_of(const Metrics& metrics, const std::string& name) {
  for (const auto& each : metrics) {
    if (each.name == name) return each.value;
  }
  ADD_FAILURE() << "there is no " << name;
  return -1;
}

TEST(UnknownWords, AreToldAsUnknown) {
  EXPECT_EQ(answer_to("das Zebra Haus", word_by_word()), "the <unk> house");
}

TEST(UnknownWords, AreReplacedByTheWordThatWasLookedAt) {
  EXPECT_EQ(answer_to("das Zebra Haus", word_by_word(), kCopying), "the Zebra house");
  EXPECT_EQ(answer_to("Pferd das Zebra", word_by_word({2, 0, 0}), kCopying), "Zebra the Pferd");
  // Only unknown words are replaced, whatever was looked at.
  EXPECT_EQ(answer_to("das Haus", word_by_word({1, 0}), kCopying), "the house");
  // What stands beside its neighbours without a blank does so here too.
  EXPECT_EQ(answer_to("das Haus, Zebra", word_by_word(), kCopying), "the house, Zebra");
}

TEST(UnknownWords, TheEndOfTheSourceStandsInForNothing) {
  // The end, in place 1, has the largest weight; of the words there is but one.
  EXPECT_EQ(answer_to("Zebra", word_by_word({1}), kCopying), "Zebra");
}

TEST(UnknownWords, StayWithAModelThatDoesNotLook) {
  EXPECT_EQ(answer_to("das Zebra", looking_nowhere(), kCopying), "the <unk>");
}

TEST(UnknownWords, AreReplacedBeforeTranslationsAreMeasured) {
  const auto data = std::make_shared<TinyText>(std::vector<TinyText::Pair>{
      {"das Zebra", "the Zebra"}, {"Pferd Haus das Haus", "Pferd house the house"}});
  auto keeping = make_translation(data, word_by_word());
  EXPECT_EQ(metric_of(keeping.evaluate("test"), "accuracy"), 0);
  auto copying = make_translation(data, word_by_word(), kCopying);
  const auto metrics = copying.evaluate("test");
  EXPECT_EQ(metric_of(metrics, "accuracy"), 1);
  EXPECT_NEAR(metric_of(metrics, "bleu"), 100, 1e-9);
  EXPECT_NEAR(metric_of(metrics, "greedy_bleu"), 100, 1e-9);
  EXPECT_EQ(copying.samples().front().texts.back().text, "the Zebra");
}

TEST(UnknownWords, OnlyWordsCanBeCopied) {
  EXPECT_EQ(message_of<std::invalid_argument>([] { Translation::check(kCopying, TinyText()); }),
            "unknown_words: copy needs a vocabulary of words, as vocabulary: words is one")
      << "this dataset does not say that its symbols are words";
  EXPECT_EQ(message_of<std::invalid_argument>([] { Translation::check(kCopying, Alignment()); }),
            "no error");
  EXPECT_EQ(message_of<std::invalid_argument>([] { Translation::check({}, TinyText()); }),
            "no error");
}

TEST(TranslationAnswers, ShowWhereTheModelLooked) {
  auto task = make_translation(word_by_word({1, 0}));
  const auto map = task.predict("das Zebra").attention();
  check_attention_map(map);
  EXPECT_EQ(map.row_labels, (std::vector<std::string>{"the", "<unk>", "</s>"}));
  EXPECT_EQ(map.column_labels, (std::vector<std::string>{"das", "<unk>", "</s>"}));
  EXPECT_TRUE(torch::equal(map.values.argmax(1), torch::tensor({1, 0, 2})));
  auto other = make_translation(looking_nowhere());
  EXPECT_EQ(message_of<std::invalid_argument>([&] { other.predict("das").attention(); }),
            "this model has no attention to show");
}

TEST(TranslationAnswers, ToNothingAreEmpty) {
  auto task = make_translation(word_by_word());
  EXPECT_TRUE(task.answers_blank_lines());
  for (const std::string line : {"", " \t", "\u00a0"}) {
    const auto answer = task.predict(line);
    EXPECT_EQ(answer.line, "");
    EXPECT_FALSE(answer.attention().values.defined());
  }
}

TEST(TranslationAnswers, RefuseWhatIsNoSentence) {
  auto task = make_translation(word_by_word(), {.longest_sentence = 3});
  const auto complaint = [&](const std::string& line) {
    return message_of<std::invalid_argument>([&] { task.predict(line); });
  };
  EXPECT_EQ(task.predict("das das das").line, "the the the");
  EXPECT_EQ(complaint("das das das Zebra"),
            "the sentence has 4 symbols, at most 3 are translated at once; split it, or try --set "
            "task.translation.longest_sentence=4");
  EXPECT_EQ(complaint("das \xfc"),
            "is not UTF-8 at byte 5; convert the file first, for example by iconv -f latin1 -t "
            "utf-8");
}

TEST(TranslationAnswers, TellHowBleuIsCounted) {
  EXPECT_EQ(
      make_translation(word_by_word()).signatures(),
      (Signatures{{"bleu", "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:attention-zoo"}}));
  TranslationOptions options;
  options.bleu = {.tokenizer = BleuTokenizer::kIntl, .lowercase = true};
  EXPECT_EQ(make_translation(word_by_word(), options).signatures().at("bleu"),
            "nrefs:1|case:lc|eff:no|tok:intl|smooth:exp|version:attention-zoo");
}

// Stored sides are sorted by length: the first sentences say little.
TEST(TranslationSamples, AreEvenlyChosen) {
  std::vector<TinyText::Pair> pairs;
  std::string source = "das", target = "the";
  for (int i = 0; i < 30; ++i) {
    pairs.emplace_back(source, target);
    source += " Haus";
    target += " house";
  }
  const auto titles_and_lengths = [&](size_t count) {
    const auto data = std::make_shared<TinyText>(
        std::vector<TinyText::Pair>(pairs.begin(), pairs.begin() + static_cast<int64_t>(count)));
    std::vector<std::pair<std::string, int64_t>> found;
    for (const auto& sample : make_translation(data, word_by_word()).samples()) {
      EXPECT_EQ(sample.texts[1].text, sample.texts[2].text);
      check_attention_map(sample.maps.at(0));
      found.emplace_back(sample.title, sample.maps[0].values.size(1) - 1);
    }
    return found;
  };
  using Found = std::vector<std::pair<std::string, int64_t>>;
  EXPECT_EQ(titles_and_lengths(30), (Found{{"test 1", 3},
                                           {"test 2", 8},
                                           {"test 3", 13},
                                           {"test 4", 18},
                                           {"test 5", 23},
                                           {"test 6", 28},
                                           {"again", 16}}));
  EXPECT_EQ(titles_and_lengths(2), (Found{{"test 1", 1}, {"test 2", 2}, {"again", 2}}));
}

// Generated data has no end: the first ones are as good as any.
TEST(TranslationSamples, OfGeneratedDataAreTheFirst) {
  const auto data = std::make_shared<Alignment>(AlignmentOptions{.symbols = 2});
  const auto samples = make_translation(data, word_by_word()).samples();
  ASSERT_EQ(samples.size(), 7U);
  EXPECT_EQ(samples[5].title, "test 6");
  EXPECT_NE(samples[0].texts.front().text, samples[1].texts.front().text);
}

}  // namespace
}  // namespace zoo
