#include "zoo/datasets/parallel_text/parallel_text.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "support/message_of.h"
#include "support/temporary_folder.h"
#include "support/written_files.h"
#include "zoo/datasets/parallel_text/sentence_pairs.h"
#include "zoo/datasets/random.h"
#include "zoo/datasets/sentencepiece_vocabulary.h"

namespace zoo {
namespace {

// Pairs that tell their number, of random lengths.
std::string numbered_pairs(int64_t count) {
  Random random({3});
  std::string text;
  for (int64_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    text += "e" + number;
    for (int64_t left = random.integer(0, 20); left > 0; --left) text += " the";
    text += "\td" + number;
    for (int64_t left = random.integer(0, 20); left > 0; --left) text += " das";
    text += "\n";
  }
  return text;
}

// Of a line of symbols with a number in front.
std::string first_word(const ParallelText& data, const torch::Tensor& row) {
  return data.target_vocabulary().name(row[0].item<int64_t>());
}

void expect_same(const TranslationBatch& a, const TranslationBatch& b) {
  EXPECT_TRUE(torch::equal(a.source, b.source));
  EXPECT_TRUE(torch::equal(a.target, b.target));
  EXPECT_TRUE(torch::equal(a.source_lengths, b.source_lengths));
  EXPECT_TRUE(torch::equal(a.target_lengths, b.target_lengths));
  EXPECT_EQ(a.source_text, b.source_text);
  EXPECT_EQ(a.target_text, b.target_text);
}

bool same(const TranslationBatch& a, const TranslationBatch& b) {
  return torch::equal(a.source, b.source) && torch::equal(a.target, b.target);
}

class ParallelTextTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  ParallelTextOptions of_text(const std::string& text) const {
    return {.pairs_file = write_file(path("pairs.txt"), text), .vocabulary = WordsOptions{5000}};
  }

  // What is said of the data, without the folder.
  std::string complaint(const ParallelTextOptions& options, const KeptFiles& kept = {}) const {
    auto message = message_of<std::runtime_error>([&] { ParallelText(options, kept).batch({}); });
    const auto folder = folder_.path().string() + "/";
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
      message.erase(at, folder.size());
    }
    return message;
  }

  // The targets' first words, batch after batch.
  static std::vector<std::vector<std::string>> epoch_of(const ParallelText& data, BatchIndex index,
                                                        int64_t epoch = 0) {
    const int64_t count = data.batches_of(index.split, index.batch_size).value();
    std::vector<std::vector<std::string>> batches;
    for (index.step = epoch * count; index.step < (epoch + 1) * count; ++index.step) {
      auto& words = batches.emplace_back();
      const auto target = data.batch(index).target;
      for (const auto& row : target.unbind()) words.push_back(first_word(data, row));
    }
    return batches;
  }

  static std::vector<std::string> sorted(const std::vector<std::vector<std::string>>& batches) {
    std::vector<std::string> all;
    for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
    std::ranges::sort(all);
    return all;
  }

  TemporaryFolder folder_;
};

// The counts are those of an independent program.
TEST_F(ParallelTextTest, TheDefaultIsGermanToEnglish) {
  const ParallelText data;
  EXPECT_EQ(data.source_vocabulary_size(), 8000);
  EXPECT_EQ(data.source_vocabulary().size(), 8000);
  EXPECT_EQ(&data.source_vocabulary(), &data.target_vocabulary());
  EXPECT_EQ(data.summary(),
            "data/deu-eng/deu-eng.zip:deu.txt: 169197 pairs of sentences\n"
            "training: 165826 of 165826\n"
            "validation: 1655 of 1655\n"
            "test: 1716 of 1716\n");
  EXPECT_EQ(data.batches_of(Split::kTraining, 80), 2073);
  EXPECT_EQ(data.batches_of(Split::kTest, 1716), 1);
  const auto test = data.batch({.split = Split::kTest, .batch_size = 1716});
  EXPECT_EQ(test.source.size(0), 1716);
  EXPECT_TRUE(std::ranges::all_of(
      test.target_text, [](const std::string& text) { return split_of(text) == Split::kTest; }));
  const auto& vocabulary = data.source_vocabulary();
  EXPECT_EQ(vocabulary.decode(vocabulary.encode("Was ist das für ein Haus?")),
            "Was ist das für ein Haus?");
}

TEST_F(ParallelTextTest, KnowsWithoutReadingWhetherSymbolsAreWords) {
  EXPECT_FALSE(ParallelText({.pairs_file = "none"}).has_words());
  EXPECT_TRUE(ParallelText({.pairs_file = "none", .vocabulary = WordsOptions{}}).has_words());
}

// fnv1a of these modulo 100, from an independent program: 68, 59; 0 and 1.
TEST(SplitTest, IsAFunctionOfTheSentence) {
  EXPECT_EQ(split_of("Hi."), Split::kTraining);
  EXPECT_EQ(split_of("Go."), Split::kTraining);
  EXPECT_EQ(split_of("What happens next?"), Split::kTest);
  EXPECT_EQ(split_of(" What happens next?\t "), Split::kTest);
  EXPECT_EQ(split_of(""), Split::kTraining);
  EXPECT_EQ(split_of("  "), split_of(""));
}

TEST_F(ParallelTextTest, NoSentenceIsOnTwoSides) {
  for (const auto side : {PairSide::kSource, PairSide::kTarget}) {
    // Each target goes with two sources and each source with two targets.
    std::string text;
    for (int i = 0; i < 2000; ++i) {
      text += "e" + std::to_string(i / 2) + "\td" + std::to_string((i + 1) / 2) + "\n";
    }
    auto options = of_text(text);
    options.split_by = side;
    const SentencePairs pairs(options);
    std::map<std::string_view, std::set<Split>> targets, sources;
    for (size_t pair = 0; pair < pairs.size(); ++pair) {
      targets[pairs.target(pair)].insert(pairs.split(pair));
      sources[pairs.source(pair)].insert(pairs.split(pair));
    }
    const auto is_one = [](const auto& each) { return each.second.size() == 1; };
    EXPECT_EQ(std::ranges::all_of(targets, is_one), side == PairSide::kTarget);
    EXPECT_EQ(std::ranges::all_of(sources, is_one), side == PairSide::kSource);
  }
}

TEST_F(ParallelTextTest, BatchesArePure) {
  for (const int64_t batch_tokens : {0, 300}) {
    auto options = of_text(numbered_pairs(2000));
    options.batch_tokens = batch_tokens;
    const ParallelText data(options), other(options);
    std::vector<TranslationBatch> expected;
    for (int64_t step = 0; step < 200; ++step) expected.push_back(data.batch({1, {}, step, 16, 0}));
    // Another object, backwards, by three threads.
    std::vector<TranslationBatch> batches(200);
    std::vector<std::jthread> threads;
    for (int64_t thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&, thread] {
        for (int64_t step = 199 - thread; step >= 0; step -= 3) {
          batches[static_cast<size_t>(step)] = other.batch({1, {}, step, 16, 0});
        }
      });
    }
    threads.clear();
    for (size_t step = 0; step < 200; ++step) expect_same(batches[step], expected[step]);
    EXPECT_FALSE(same(data.batch({1, {}, 3, 16, 0}), data.batch({2, {}, 3, 16, 0})));
    EXPECT_FALSE(same(data.batch({1, {}, 3, 16, 0}), data.batch({1, {}, 3, 16, 1})));
  }
}

TEST_F(ParallelTextTest, EveryPairComesOnceAnEpoch) {
  for (const int64_t batch_tokens : {0, 300}) {
    auto options = of_text(numbered_pairs(1000));
    options.batch_tokens = batch_tokens;
    const ParallelText data(options);
    const auto first = epoch_of(data, {.batch_size = 7});
    const auto words = sorted(first);
    EXPECT_EQ(std::set(words.begin(), words.end()).size(), words.size());
    EXPECT_GT(words.size(), 950U);
    std::set<std::vector<std::vector<std::string>>> orders = {first};
    for (const uint64_t seed : {1, 2}) {
      for (const int64_t rank : {0, 1}) {
        for (const int64_t epoch : {1, 2}) {
          const auto batches = epoch_of(data, {.seed = seed, .batch_size = 7, .rank = rank}, epoch);
          EXPECT_EQ(sorted(batches), words);
          orders.insert(batches);
        }
      }
    }
    EXPECT_EQ(orders.size(), 9U);
  }
}

TEST_F(ParallelTextTest, TheBudgetIsKeptAndUsed) {
  auto options = of_text(numbered_pairs(2000));
  options.batch_tokens = 300;
  const ParallelText data(options);
  std::multiset<int64_t> sizes, next;
  const int64_t count = data.batches_of(Split::kTraining, 1).value();
  for (int64_t step = 0; step < 2 * count; ++step) {
    const auto batch = data.batch({.step = step, .batch_size = 1});
    const int64_t longest = std::max(batch.source.size(1), batch.target.size(1));
    EXPECT_LE(batch.source.size(0) * longest, 300);
    (step < count ? sizes : next).insert(batch.source.size(0));
  }
  EXPECT_EQ(sizes, next);
  EXPECT_LT(count, 2000 * 22 / 300);
}

TEST_F(ParallelTextTest, SortingReducesPadding) {
  const auto padding = [this](int64_t sort_batches) {
    auto options = of_text(numbered_pairs(4000));
    options.sort_batches = sort_batches;
    const ParallelText data(options);
    int64_t filled = 0, all = 0;
    for (int64_t step = 0; step < data.batches_of(Split::kTraining, 20); ++step) {
      const auto batch = data.batch({.step = step, .batch_size = 20});
      filled += batch.target_lengths.sum().item<int64_t>();
      all += batch.target.numel();
    }
    return 1 - static_cast<double>(filled) / static_cast<double>(all);
  };
  EXPECT_GT(padding(1), 0.35);
  EXPECT_LT(padding(20), 0.1);
}

TEST_F(ParallelTextTest, MeasuringGoesFromShortToLong) {
  const ParallelText data(of_text(numbered_pairs(3000)));
  const int64_t count = data.batches_of(Split::kValidation, 4).value();
  std::vector<std::string> texts;
  int64_t longest = 0;
  for (int64_t step = 0; step < count; ++step) {
    const BatchIndex index{.split = Split::kValidation, .step = step, .batch_size = 4};
    const auto batch = data.batch(index);
    EXPECT_GE(batch.target_lengths.min().item<int64_t>(), longest);
    longest = batch.target_lengths.max().item<int64_t>();
    ASSERT_EQ(static_cast<int64_t>(batch.target_text.size()), batch.target.size(0));
    texts.insert(texts.end(), batch.target_text.begin(), batch.target_text.end());
    BatchIndex later{.seed = 5, .split = Split::kValidation, .step = step + 3 * count};
    later.batch_size = 4;
    later.rank = 2;
    expect_same(data.batch(later), batch);
  }
  EXPECT_EQ(std::set(texts.begin(), texts.end()).size(), texts.size());
  EXPECT_GT(texts.size(), 15U);
  EXPECT_EQ(data.batch({}).source_text.size(), 0U);
}

TEST_F(ParallelTextTest, WhatCannotBeLearnedIsLeftOut) {
  std::string text =
      "\none\teins\n \tleer\nempty\t\ntwo words\tzwei\nthree\tdrei mehr Worte hier\n";
  text += "four\tvier\textra\r\n";
  std::string test = "What happens next?\t";
  for (int i = 0; i < 10000; ++i) test += "so ";
  auto options = of_text(text + test);
  options.max_length = 3;
  const ParallelText data(options);
  EXPECT_EQ(data.summary(),
            path("pairs.txt") +
                ": 8 pairs of sentences\n"
                "training: 3 of 7; left out: 3 with an empty side; left out: 1 longer than 3 "
                "symbols\n"
                "validation: 0 of 0\n"
                "test: 1 of 1\n");
  EXPECT_EQ(data.batch({.batch_size = 10}).source.sizes(), (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(data.batch({.split = Split::kTest}).source.size(1), 10001);
  EXPECT_EQ(message_of<std::runtime_error>([&] { data.batch({.split = Split::kValidation}); }),
            "there is no pair of sentences for validation. " + data.summary());
}

TEST_F(ParallelTextTest, TwoFilesAreReadSideBySide) {
  ParallelTextOptions options{.source_file = write_file(path("de"), "eins\r\nzwei\n\n"),
                              .target_file = write_archive(path("en.gz"), {{"", "one\ntwo\nx"}}),
                              .vocabulary = WordsOptions{}};
  const ParallelText data(options);
  EXPECT_EQ(data.batch({.batch_size = 5}).target.size(0), 2);
  EXPECT_EQ(data.source_vocabulary().name(4), "eins");
  EXPECT_EQ(data.target_vocabulary().name(4), "one");
  write_file(path("de"), "eins\nzwei\n");
  EXPECT_EQ(complaint(options),
            "de has 2 lines, en.gz has 3; line by line they must be translations of each other");
}

TEST_F(ParallelTextTest, KeptFilesMakeTheSameVocabularies) {
  for (const bool joint : {true, false}) {
    auto options = of_text(numbered_pairs(500));
    options.vocabulary = SentencePieceOptions{.size = 60, .joint = joint};
    const ParallelText data(options);
    EXPECT_EQ(data.source_vocabulary_size(), 60);
    const auto kept = data.kept_files();
    EXPECT_EQ(kept.size(), joint ? 1U : 2U);
    EXPECT_EQ(kept.contains("sentencepiece.model"), joint);
    const ParallelText again(options, kept);
    EXPECT_EQ(again.kept_files(), kept);
    expect_same(again.batch({.batch_size = 9}), data.batch({.batch_size = 9}));
    options.pairs_file = "none";  // vocabularies need no data
    const ParallelText without(options, kept);
    EXPECT_EQ(without.source_vocabulary().encode("das d1"),
              data.source_vocabulary().encode("das d1"));
    EXPECT_EQ(&data.source_vocabulary() == &data.target_vocabulary(), joint);
  }
  const ParallelText words(of_text(numbered_pairs(50)));
  const auto kept = words.kept_files();
  EXPECT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept.at("source_words.txt").substr(0, 4), "das\n");
  const ParallelText again(of_text(numbered_pairs(20)), kept);
  EXPECT_EQ(again.kept_files(), kept);
}

TEST_F(ParallelTextTest, AModelMayBeGiven) {
  auto options = of_text(numbered_pairs(500));
  options.vocabulary = SentencePieceOptions{.size = 60};
  const auto kept = ParallelText(options).kept_files();
  const auto file = write_file(path("own.model"), kept.at("sentencepiece.model"));
  options.vocabulary = SentencePieceOptions{.size = 60, .model_file = file};
  EXPECT_EQ(ParallelText(options).kept_files(), kept);
  EXPECT_EQ(ParallelText(options).batch({}).source.size(0), 1);
  options.vocabulary = SentencePieceOptions{.size = 70, .model_file = file};
  EXPECT_EQ(
      complaint(options),
      "own.model: has 60 symbols, but the option vocabulary.size says 70; state the size that "
      "it has");
  write_file(path("own.model"), "no model");
  EXPECT_EQ(complaint(options), "own.model: is no model of SentencePiece");
  options.vocabulary = SentencePieceOptions{.size = 60, .model_file = path("none")};
  EXPECT_EQ(complaint(options), "none: no such file");
}

TEST_F(ParallelTextTest, SaysWhatIsWrongWithKeptFiles) {
  auto options = of_text("a\tb\n");
  EXPECT_EQ(complaint(options, {{"source_words.txt", "a\n"}}),
            "ParallelText: among the files that were kept there must be target_words.txt for such "
            "a vocabulary");
  options.vocabulary = WordsOptions{.size = 5};
  EXPECT_EQ(complaint(options, {{"source_words.txt", "a\nb\n"}, {"target_words.txt", ""}}),
            "source_words.txt: has 6 symbols, but the option vocabulary.size says at most 5; state "
            "the size that it has");
}

TEST_F(ParallelTextTest, SaysWhatIsWrongWithTheData) {
  EXPECT_EQ(complaint(of_text("")),
            "there is no pair of sentences for training. pairs.txt: 0 pairs "
            "of sentences\ntraining: 0 of 0\nvalidation: 0 of 0\ntest: 0 "
            "of 0\n");
  EXPECT_EQ(complaint(of_text("a\tb\nc\n")),
            "pairs.txt:2: must have a column 1, counted from 0, with tabs between columns, got 'c' "
            "and no more; see source_column and target_column");
  EXPECT_EQ(complaint(of_text("a\tb\n\xFF\tb\n")).substr(0, 35),
            "pairs.txt:2: is not UTF-8 at byte 1");
  auto options = of_text("a\tb\n");
  options.vocabulary = SentencePieceOptions{};
  EXPECT_EQ(complaint(options).substr(0, 104),
            "pairs.txt: SentencePieceVocabulary: 2 sentences give no vocabulary of 8000 symbols; "
            "choose another size.");
  options.pairs_file = path("none.zip:a.txt");
  EXPECT_EQ(complaint(options), "none.zip: no such file");
}

// A configuration is read without its data.
TEST_F(ParallelTextTest, SaysWhatIsWrongWithItsOptions) {
  const auto wrong = [](const ParallelTextOptions& options) {
    return message_of<std::invalid_argument>([&options] { ParallelText data(options); });
  };
  EXPECT_EQ(wrong({.pairs_file = "none"}), "no error");
  EXPECT_EQ(wrong({.pairs_file = ""}),
            "ParallelText: pairs_file must name a file, or source_file and target_file must");
  EXPECT_EQ(wrong({.source_file = "a"}),
            "ParallelText: source_file and target_file must both be given or neither");
  EXPECT_EQ(wrong({.source_column = 0}),
            "ParallelText: source_column and target_column must differ, both are 0");
  EXPECT_EQ(wrong({.batch_tokens = 100}),
            "ParallelText: batch_tokens must be 0 or hold a sentence of max_length and its end, at "
            "least 101, got 100");
  EXPECT_EQ(wrong({.vocabulary = SentencePieceOptions{.joint = false, .model_file = "a"}}),
            "ParallelText: vocabulary.model_file must go with joint: true");
  EXPECT_EQ(wrong({.vocabulary = WordsOptions{4}}),
            "ParallelText: vocabulary.size must be at least 5, got 4");
  EXPECT_EQ(message_of<std::invalid_argument>([] { ParallelText().batch({.batch_size = 0}); }),
            "ParallelText: batch_size must be at least 1, got 0");
}

}  // namespace
}  // namespace zoo
