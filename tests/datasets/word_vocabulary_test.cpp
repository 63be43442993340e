#include "zoo/datasets/word_vocabulary.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/message_of.h"

namespace zoo {
namespace {

using Words = std::vector<std::string>;
using Symbols = std::vector<int64_t>;

WordVocabulary learned(const std::vector<std::string>& text, int64_t size) {
  return WordVocabulary::learn(std::vector<std::string_view>(text.begin(), text.end()), size);
}

TEST(WordsTest, PunctuationIsSplitOff) {
  EXPECT_EQ(words_of("„Don't!\", sagte er um 10:30 Uhr."),
            (Words{"„", "Don't", "!", "\"", ",", "sagte", "er", "um", "10:30", "Uhr", "."}));
  EXPECT_EQ(words_of("  U-Bahn\t(3,5 km)...  Wirklich?! "),
            (Words{"U-Bahn", "(", "3,5", "km", ")", "...", "Wirklich", "?", "!"}));
  EXPECT_EQ(
      words_of("z.B. a,b 'tis rock 'n' roll- -x"),
      (Words{"z.B", ".", "a", ",", "b", "'", "tis", "rock", "'", "n", "'", "roll", "-", "-", "x"}));
  EXPECT_EQ(words_of("日本 １２ $5 a--b"), (Words{"日本", "１２", "$", "5", "a", "--", "b"}));
  EXPECT_EQ(words_of(""), Words{});
  EXPECT_EQ(words_of(" \u00A0\u3000\r\x01\uFEFF"), Words{});
}

TEST(WordsTest, LettersAreComposed) {
  EXPECT_EQ(words_of("Gru\u0308\u00DFe"), (Words{"Grüße"}));
  EXPECT_EQ(words_of("q\u0301x"), (Words{"q\u0301x"}));  // for this one there is no letter
}

TEST(WordsTest, JoinedWordsReadAsTheyDid) {
  for (const std::string line :
       {"„Ja“, sagte er, „das stimmt!“", "\"Yes,\" he said, \"and no.\" (Really?)",
        "“Yes,” he said.", "«Oui», dit-il.", "»Ja«, sagte er: Nein...", "That's $5, and/or 50%.",
        "Er sagte – um 10:30 – nichts; warum?"}) {
    EXPECT_EQ(join_words(words_of(line)), line);
  }
  EXPECT_EQ(join_words(Words{}), "");
}

TEST(WordVocabularyTest, TheMostFrequentWordsHaveSymbols) {
  const auto vocabulary = learned({"b a b ä", "B a c b"}, 7);
  EXPECT_EQ(vocabulary.size(), 7);
  EXPECT_EQ(vocabulary.text(), "b\na\nB\n");  // of B, c and ä, once each, the smallest bytes
  EXPECT_EQ(vocabulary.encode("a b c B"), (Symbols{5, 4, kUnknown, 6}));
  EXPECT_EQ(vocabulary.encode("  "), Symbols{});
  EXPECT_EQ(vocabulary.decode(Symbols{kBegin, 5, kUnknown, 6, kEnd, kPadding}), "a <unk> B");
  EXPECT_EQ(vocabulary.name(kPadding), "<pad>");
  EXPECT_EQ(vocabulary.name(kEnd), "</s>");
  EXPECT_EQ(vocabulary.name(4), "b");
}

TEST(WordVocabularyTest, ThereMayBeFewerWords) {
  EXPECT_EQ(learned({"a b"}, 100).size(), 6);
  EXPECT_EQ(learned({}, 100).size(), 4);
}

TEST(WordVocabularyTest, ItsTextMakesTheSame) {
  const auto vocabulary = learned({"Das ist „z.B.“ ein Haus, Don't!"}, 100);
  const WordVocabulary same(vocabulary.text());
  EXPECT_EQ(same.text(), vocabulary.text());
  EXPECT_EQ(same.encode("ein Haus, das"), vocabulary.encode("ein Haus, das"));
  EXPECT_EQ(WordVocabulary(std::string()).size(), 4);
}

TEST(WordVocabularyTest, SaysWhatIsWrong) {
  const auto complaint = [](const std::string& text) {
    return message_of<std::runtime_error>([&] { WordVocabulary vocabulary(text, "words.txt"); });
  };
  EXPECT_EQ(complaint("a\nb c\n"), "words.txt:2: must be one word, got 'b c'");
  EXPECT_EQ(complaint("a\n\nb"), "words.txt:2: must be one word, got ''");
  EXPECT_EQ(complaint("a\nb\na"), "words.txt:3: has a word again: a");
  EXPECT_EQ(complaint("a\n\xFF").substr(0, 24), "words.txt:2: is not UTF-");
  const auto vocabulary = learned({"a b"}, 100);
  EXPECT_EQ(message_of<std::out_of_range>([&] { vocabulary.name(6); }),
            "WordVocabulary: a symbol must be one of 0 to 5, got 6");
  EXPECT_EQ(message_of<std::out_of_range>([&] { vocabulary.decode(Symbols{-1}); }),
            "WordVocabulary: a symbol must be one of 0 to 5, got -1");
}

}  // namespace
}  // namespace zoo
