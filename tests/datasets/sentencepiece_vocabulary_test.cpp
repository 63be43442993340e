#include "zoo/datasets/sentencepiece_vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "support/message_of.h"
#include "zoo/datasets/random.h"

namespace zoo {
namespace {

using Symbols = std::vector<int64_t>;

// Sentences of made-up words.
std::vector<std::string> sentences(int count) {
  const std::vector<std::string> syllables = {"ka", "lo", "mi", "tu", "re", "zön", "pas", "der"};
  Random random({7});
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) {
    std::string sentence;
    for (int64_t word = random.integer(1, 6); word > 0; --word) {
      for (int64_t left = random.integer(1, 3); left > 0; --left) {
        sentence += syllables[static_cast<size_t>(random.integer(0, 7))];
      }
      sentence += word > 1 ? " " : ".";
    }
    all.push_back(sentence);
  }
  return all;
}

SentencePieceVocabulary trained(const SentencePieceTraining& training,
                                const std::vector<std::string>& text = sentences(500)) {
  return SentencePieceVocabulary::train(std::vector<std::string_view>(text.begin(), text.end()),
                                        training);
}

TEST(SentencePieceVocabularyTest, HasExactlyTheSizeAsked) {
  for (const auto kind : {SentencePieceKind::kBpe, SentencePieceKind::kUnigram}) {
    EXPECT_EQ(trained({.size = 60, .kind = kind}).size(), 60);
    EXPECT_EQ(trained({.size = 77, .kind = kind}).size(), 77);
  }
}

TEST(SentencePieceVocabularyTest, TrainingIsDeterministicAndSilent) {
  testing::internal::CaptureStderr();
  for (const auto kind : {SentencePieceKind::kBpe, SentencePieceKind::kUnigram}) {
    const auto first = trained({.size = 70, .kind = kind});
    EXPECT_EQ(first.model(), trained({.size = 70, .kind = kind}).model());
  }
  EXPECT_NE(trained({.size = 70}).model(),
            trained({.size = 70, .kind = SentencePieceKind::kUnigram}).model());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(SentencePieceVocabularyTest, TextComesBack) {
  for (const auto kind : {SentencePieceKind::kBpe, SentencePieceKind::kUnigram}) {
    const auto vocabulary = trained({.size = 70, .kind = kind});
    for (const auto& sentence : sentences(50)) {
      const auto symbols = vocabulary.encode(sentence);
      EXPECT_EQ(vocabulary.decode(symbols), sentence);
      EXPECT_TRUE(std::ranges::all_of(symbols, [](int64_t s) { return s >= kFirstSymbol; }));
    }
  }
}

TEST(SentencePieceVocabularyTest, SpecialSymbols) {
  const auto vocabulary = trained({.size = 70});
  EXPECT_EQ(vocabulary.name(kPadding), "<pad>");
  EXPECT_EQ(vocabulary.name(kUnknown), "<unk>");
  EXPECT_EQ(vocabulary.name(kBegin), "<s>");
  EXPECT_EQ(vocabulary.name(kEnd), "</s>");
  auto symbols = vocabulary.encode("kalo mi.");
  symbols.insert(symbols.begin(), kBegin);
  symbols.insert(symbols.end(), {kEnd, kPadding, kPadding});
  EXPECT_EQ(vocabulary.decode(symbols), "kalo mi.");
  EXPECT_EQ(vocabulary.decode({}), "");
  // Their names in a text are no symbols.
  for (const int64_t symbol : vocabulary.encode("</s> <pad>")) {
    EXPECT_TRUE(symbol == kUnknown || symbol >= kFirstSymbol);
  }
}

TEST(SentencePieceVocabularyTest, AModelIsItsBytes) {
  const auto vocabulary = trained({.size = 70});
  const SentencePieceVocabulary same(vocabulary.model());
  EXPECT_EQ(same.model(), vocabulary.model());
  for (int64_t symbol = 0; symbol < 70; ++symbol) {
    EXPECT_EQ(same.name(symbol), vocabulary.name(symbol));
  }
  EXPECT_EQ(same.encode("lomi retu"), vocabulary.encode("lomi retu"));
}

TEST(SentencePieceVocabularyTest, OddText) {
  const auto vocabulary = trained({.size = 70});
  for (const std::string blank : {"", "   ", "\t", "\u00A0", "\u200B"}) {
    EXPECT_EQ(vocabulary.encode(blank), Symbols{}) << blank;
  }
  const auto unseen = vocabulary.encode("ka 日本");
  EXPECT_EQ(std::ranges::count(unseen, kUnknown), 1);
  EXPECT_EQ(vocabulary.decode(unseen), "ka  \u2047 ");
  std::string longest;
  for (int i = 0; i < 10000; ++i) longest += i > 0 ? " kalo" : "kalo";
  EXPECT_GE(vocabulary.encode(longest).size(), 10000U);
  EXPECT_EQ(vocabulary.decode(vocabulary.encode(longest)), longest);
}

TEST(SentencePieceVocabularyTest, CoverageLeavesRareCharactersOut) {
  auto text = sentences(500);
  text.push_back("日");
  EXPECT_EQ(std::ranges::count(trained({.size = 70}, text).encode("日"), kUnknown), 0);
  EXPECT_EQ(std::ranges::count(
                trained({.size = 70, .character_coverage = 0.999}, text).encode("日"), kUnknown),
            1);
}

TEST(SentencePieceVocabularyTest, SaysWhatIsWrongWithTheSize) {
  const auto complaint = [](int64_t size, const std::vector<std::string>& text) {
    return message_of<std::runtime_error>([&] { trained({.size = size}, text); });
  };
  EXPECT_EQ(
      complaint(100, {"a b c", "hello world"}),
      "SentencePieceVocabulary: 2 sentences give no vocabulary of 100 symbols; choose another "
      "size. SentencePiece says: Vocabulary size too high (100). Please set it to a value <= "
      "38.");
  EXPECT_EQ(complaint(8, {"a b c", "hello world"}).substr(0, 153),
            "SentencePieceVocabulary: 2 sentences give no vocabulary of 8 symbols; choose another "
            "size. SentencePiece says: Vocabulary size is smaller than required_c");
  EXPECT_TRUE(complaint(8, {}).ends_with("SentencePiece says: there is no text"));
  EXPECT_TRUE(complaint(8, {"", "  "}).ends_with("Please set it to a value <= 4."));
}

TEST(SentencePieceVocabularyTest, SaysWhatIsWrongWithAModel) {
  const auto complaint = [](const std::string& bytes) {
    testing::internal::CaptureStderr();
    const auto message = message_of<std::runtime_error>(
        [&bytes] { SentencePieceVocabulary vocabulary(bytes, "a.model"); });
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    return message;
  };
  const auto model = trained({.size = 70}).model();
  for (const std::string& bytes : {std::string(), std::string("no model"),
                                   model.substr(0, model.size() / 2), std::string(1000, '\0')}) {
    EXPECT_EQ(complaint(bytes), "a.model: is no model of SentencePiece");
  }
}

TEST(SentencePieceVocabularyTest, RefusesNumbersThatAreNoSymbols) {
  const auto vocabulary = trained({.size = 70});
  const auto message = "SentencePieceVocabulary: a symbol must be one of 0 to 69, got ";
  EXPECT_EQ(message_of<std::out_of_range>([&] { vocabulary.name(70); }),
            std::string(message) + "70");
  EXPECT_EQ(message_of<std::out_of_range>([&] {
              vocabulary.decode(Symbols{5, -1});
            }),
            std::string(message) + "-1");
}

}  // namespace
}  // namespace zoo
