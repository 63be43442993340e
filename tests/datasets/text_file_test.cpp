// Windows of a text, the vocabularies that it is read with, and what is said of bad files.
#include "zoo/datasets/text_file/text_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "support/message_of.h"
#include "support/temporary_folder.h"
#include "support/written_files.h"
#include "zoo/datasets/character_vocabulary.h"
#include "zoo/datasets/text_file/text_parts.h"
#include "zoo/datasets/text_file/text_vocabulary.h"

namespace zoo {
namespace {

using torch::Tensor;

// "0001 0002 ...\n", ten numbers in a line, 50 characters.
std::string numbered_text(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const std::string digits = std::to_string(10000 + i).substr(1);
    text += digits + (i % 10 == 9 ? "\n" : " ");
  }
  return text;
}

class TextFileTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  TextFileOptions of_text(const std::string& text) const {
    return {.file = write_file(folder_.path() / "text.txt", text), .context = 10};
  }

  // Without the folder, whose name is never the same.
  template <class Call>
  std::string complaint(Call&& call) const {
    auto text = message_of<std::runtime_error>(call);
    const std::string folder = folder_.path().string() + "/";
    while (text.find(folder) != std::string::npos) text.erase(text.find(folder), folder.size());
    return text;
  }

 private:
  TemporaryFolder folder_;
};

std::string row_as_text(const TextFile& data, const Tensor& symbols, int64_t row, int64_t length) {
  const Tensor values = symbols[row].contiguous();
  return data.vocabulary().decode({values.const_data_ptr<int64_t>(), static_cast<size_t>(length)});
}

bool equal_batches(const LanguageBatch& a, const LanguageBatch& b) {
  return torch::equal(a.tokens, b.tokens) && torch::equal(a.targets, b.targets) &&
         torch::equal(a.lengths, b.lengths) && torch::equal(a.characters, b.characters);
}

// All targets of a side, one window after the other.
std::string targets_of(const TextFile& data, Split split, int64_t batch_size) {
  std::string text;
  for (int64_t step = 0; step < data.batches_of(split, batch_size); ++step) {
    const auto batch = data.batch({.split = split, .step = step, .batch_size = batch_size});
    for (int64_t row = 0; row < batch.tokens.size(0); ++row) {
      text += row_as_text(data, batch.targets, row, batch.lengths[row].item<int64_t>());
    }
  }
  return text;
}

TEST(CharacterVocabularyTest, HasEveryCharacter) {
  const auto vocabulary = CharacterVocabulary::learn("b aé\n日a\xF0\x9F\x98\x80");
  EXPECT_EQ(vocabulary.size(), 4 + 7);
  const std::string text = "aé 日\n\xF0\x9F\x98\x80";
  const auto symbols = vocabulary.encode(text);
  EXPECT_EQ(symbols, (std::vector<int64_t>{6, 8, 5, 9, 4, 10}));
  EXPECT_EQ(vocabulary.decode(symbols), text);
  EXPECT_EQ(vocabulary.encode("ax\xFF"), (std::vector<int64_t>{6, kUnknown, kUnknown}));
  EXPECT_EQ(vocabulary.decode(std::vector<int64_t>{2, 6, 1, 0, 3}), "a\xEF\xBF\xBD");
  std::vector<std::string> names;
  for (int64_t symbol = 0; symbol < 8; ++symbol) names.push_back(vocabulary.name(symbol));
  EXPECT_EQ(names, (std::vector<std::string>{"<pad>", "<unk>", "<s>", "</s>", "↵", "␣", "a", "b"}));
  EXPECT_THROW(vocabulary.name(11), std::out_of_range);
  EXPECT_THROW(vocabulary.name(-1), std::out_of_range);
}

TEST(CharacterVocabularyTest, IsKeptAsAList) {
  const auto vocabulary = CharacterVocabulary::learn("a\n\"é");
  EXPECT_EQ(vocabulary.text(), R"(["\n","\"","a","é"])");
  EXPECT_EQ(CharacterVocabulary(vocabulary.text()).encode("é\"x"), vocabulary.encode("é\"x"));
  for (const std::string bad : {"", "{}", "[1]", R"(["ab"])", R"([""])", R"(["a","a"])"}) {
    EXPECT_EQ(message_of<std::runtime_error>([&] { CharacterVocabulary again(bad, "kept.json"); }),
              "kept.json: must be a list of characters in JSON, each of them once")
        << bad;
  }
}

TEST(SplitCharactersTest, TakesBytesThatAreNoCharactersOneByOne) {
  EXPECT_EQ(split_characters("aé\xC3z").size(), 4U);
  EXPECT_EQ(split_characters("\xE6\x97").size(), 2U);
  EXPECT_EQ(split_characters("").size(), 0U);
}

TEST(LinesOfPiecesTest, TakeTextsOfSeveralLines) {
  std::vector<std::string_view> sentences(50, "so it goes on and on");
  const LinesOfPieces vocabulary(SentencePieceVocabulary::train(sentences, {.size = 20}));
  for (const std::string text : {"so it goes\n\non and on\n", "so it", "\n", ""}) {
    EXPECT_EQ(vocabulary.decode(vocabulary.encode(text)), text);
  }
  EXPECT_EQ(vocabulary.encode("\n\n"), (std::vector<int64_t>{kEnd, kEnd}));
  EXPECT_EQ(vocabulary.name(kEnd), "↵");
}

TEST(TextPartsTest, CountCharacters) {
  const std::string text = "äbcdefghijklmnopqrßt";  // twenty
  const TextParts parts(text, 0.1, 0.05);
  EXPECT_EQ(parts.training, "äbcdefghijklmnopq");
  EXPECT_EQ(parts.validation, "rß");
  EXPECT_EQ(parts.test, "t");
  const TextParts no_test(text, 0.1, 0), no_validation(text, 0, 0.1);
  EXPECT_EQ(no_test.validation, "ßt");
  EXPECT_EQ(no_test.test, "ßt");
  EXPECT_EQ(no_validation.validation, "ßt");
  EXPECT_EQ(no_validation.training, no_test.training);
}

// As nanoGPT divides it: the first int(0.9 * 1115394) characters.
TEST(TinyShakespeare, IsDividedAsElsewhere) {
  const TextFile data;
  EXPECT_EQ(data.vocabulary().size(), 4 + 65);
  int64_t characters = 0;
  for (const auto split : {Split::kValidation, Split::kTest}) {
    for (int64_t step = 0; step < data.batches_of(split, 100); ++step) {
      const auto batch = data.batch({.split = split, .step = step, .batch_size = 100});
      EXPECT_EQ(batch.characters.sum().item<int64_t>(), batch.lengths.sum().item<int64_t>());
      characters += batch.lengths.sum().item<int64_t>();
    }
  }
  EXPECT_EQ(characters + 2, 1115394 - 1003854);
}

TEST_F(TextFileTest, TrainingHasWindowsFromAnywhere) {
  const TextFile data(of_text(numbered_text(400)));
  const std::string text = numbered_text(400).substr(0, 1800);
  std::map<size_t, int> begins;
  for (int64_t step = 0; step < 100; ++step) {
    const auto batch = data.batch({.step = step, .batch_size = 200});
    ASSERT_EQ(batch.tokens.sizes(), (std::vector<int64_t>{200, 10}));
    EXPECT_EQ(batch.lengths.min().item<int64_t>(), 10);
    EXPECT_EQ(batch.characters.max().item<int64_t>(), 10);
    for (int64_t row = 0; row < 200; ++row) {
      const auto tokens = row_as_text(data, batch.tokens, row, 10);
      const auto begin = text.find(tokens);
      ASSERT_NE(begin, std::string::npos) << tokens;
      EXPECT_EQ(row_as_text(data, batch.targets, row, 10), text.substr(begin + 1, 10));
      ++begins[begin];
    }
  }
  // 1790 places, the last one included, eleven draws for each on the average.
  EXPECT_TRUE(begins.contains(0));
  EXPECT_TRUE(begins.contains(1789));
  EXPECT_EQ(begins.rbegin()->first, 1789U);
  EXPECT_GT(begins.size(), 1780U);
  EXPECT_FALSE(data.batches_of(Split::kTraining, 4).has_value());
}

TEST_F(TextFileTest, BatchesArePure) {
  const auto options = of_text(numbered_text(400));
  const TextFile data(options), other(options);
  std::vector<LanguageBatch> expected;
  for (int64_t step = 0; step < 60; ++step) expected.push_back(data.batch({1, {}, step, 16, 0}));
  std::vector<LanguageBatch> batches(60);
  std::vector<std::jthread> threads;
  for (int64_t thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, thread] {
      for (int64_t step = 59 - thread; step >= 0; step -= 3) {
        batches[static_cast<size_t>(step)] = other.batch({1, {}, step, 16, 0});
      }
    });
  }
  threads.clear();
  for (size_t step = 0; step < 60; ++step)
    EXPECT_TRUE(equal_batches(batches[step], expected[step]));
  EXPECT_FALSE(equal_batches(expected[3], expected[4]));
  EXPECT_FALSE(equal_batches(expected[3], data.batch({2, {}, 3, 16, 0})));
  EXPECT_FALSE(equal_batches(expected[3], data.batch({1, {}, 3, 16, 1})));
}

TEST_F(TextFileTest, MeasuringCoversEachPartOnce) {
  const std::string text = numbered_text(400);  // 2000 characters
  const TextFile data(of_text(text));
  for (const int64_t batch_size : {1, 3, 7, 100}) {
    EXPECT_EQ(targets_of(data, Split::kValidation, batch_size), text.substr(1801, 99));
    EXPECT_EQ(targets_of(data, Split::kTest, batch_size), text.substr(1901, 99));
  }
  EXPECT_EQ(data.batches_of(Split::kTest, 1), 10);
  EXPECT_EQ(data.batches_of(Split::kTest, 3), 4);
  const BatchIndex last{.split = Split::kTest, .step = 3, .batch_size = 3};
  const auto batch = data.batch(last);
  EXPECT_EQ(batch.tokens.sizes(), (std::vector<int64_t>{1, 9}));
  EXPECT_EQ(batch.lengths.item<int64_t>(), 9);
  EXPECT_TRUE(equal_batches(batch, data.batch({7, Split::kTest, 3 + 2 * 4, 3, 5})));
}

TEST_F(TextFileTest, EndsOfLinesAreOfOneKind) {
  const auto expected =
      TextFile(of_text("ab\nc\n\nd\n" + numbered_text(60))).batch({.batch_size = 9});
  const std::string byte_order_mark = "\xEF\xBB\xBF";
  const auto options = of_text(byte_order_mark + "ab\r\nc\r\n\r\nd\n" + numbered_text(60));
  EXPECT_TRUE(equal_batches(TextFile(options).batch({.batch_size = 9}), expected));
}

TEST_F(TextFileTest, FilesMayBeCompressed) {
  const std::string text = numbered_text(100);
  const auto expected = TextFile(of_text(text)).batch({.batch_size = 5});
  const auto gzip = write_archive(path("text.gz"), {{"", text}});
  const auto zip = write_archive(path("text.zip"), {{"a.txt", "no"}, {"b/c.txt", text}});
  for (const auto& file : {gzip, zip + ":b/c.txt"}) {
    EXPECT_TRUE(
        equal_batches(TextFile({.file = file, .context = 10}).batch({.batch_size = 5}), expected));
  }
}

TEST_F(TextFileTest, PiecesStandForAllCharacters) {
  auto options = of_text(numbered_text(2000));  // 10000 characters
  options.vocabulary = TextPiecesOptions{.size = 60};
  const TextFile data(options);
  EXPECT_EQ(data.vocabulary_size(), 60);
  EXPECT_EQ(data.vocabulary().size(), 60);
  int64_t characters = 0, symbols = 0;
  for (int64_t step = 0; step < data.batches_of(Split::kTest, 3); ++step) {
    const auto batch = data.batch({.split = Split::kTest, .step = step, .batch_size = 3});
    characters += batch.characters.sum().item<int64_t>();
    symbols += batch.lengths.sum().item<int64_t>();
  }
  EXPECT_LT(symbols, characters);
  EXPECT_LE(characters, 500);
  EXPECT_GE(characters, 495) << "all but those of the first symbol";
  const auto first = data.batch({.split = Split::kTest}).tokens;
  EXPECT_TRUE(numbered_text(2000).substr(9500).starts_with(row_as_text(data, first, 0, 10)));
}

TEST_F(TextFileTest, KeptFilesMakeTheSameVocabulary) {
  for (const bool pieces : {true, false}) {
    auto options = of_text(numbered_text(400));
    if (pieces) options.vocabulary = TextPiecesOptions{.size = 30};
    const TextFile data(options);
    const auto kept = data.kept_files();
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept.begin()->first, pieces ? "sentencepiece.model" : "characters.json");
    EXPECT_TRUE(equal_batches(TextFile(options, kept).batch({}), data.batch({})));
    EXPECT_EQ(TextFile(options, kept).kept_files(), kept);
    options.file = "none";  // a vocabulary needs no text
    EXPECT_EQ(TextFile(options, kept).vocabulary().encode("0123 x"),
              data.vocabulary().encode("0123 x"));
  }
}

TEST_F(TextFileTest, SaysWhatIsWrongWithKeptFiles) {
  const auto options = of_text("abc");
  EXPECT_EQ(complaint([&] {
              TextFile(options, {{"a", ""}}).vocabulary();
            }),
            "TextFile: among the files that were kept there must be characters.json for such a "
            "vocabulary");
  auto pieces = options;
  pieces.vocabulary = TextPiecesOptions{.size = 30};
  EXPECT_EQ(complaint([&] {
              TextFile(pieces, {{"sentencepiece.model", "x"}}).vocabulary();
            }),
            "sentencepiece.model: is no model of SentencePiece");
}

TEST_F(TextFileTest, SaysWhatIsWrongWithTheText) {
  const auto expect_complaint = [this](const TextFileOptions& options, Split split,
                                       const std::string& expected) {
    const auto text = complaint([&] { TextFile(options).batch({.split = split}); });
    EXPECT_EQ(text.substr(0, expected.size()), expected);
  };
  const auto of_training = [&](const TextFileOptions& options, const std::string& expected) {
    expect_complaint(options, Split::kTraining, expected);
  };
  of_training({.file = path("none")}, "none: no such file");
  of_training(of_text("ab\nc\xFF\n"), "text.txt:2: is not UTF-8 at byte 2; ");
  of_training(of_text("abcdefghij"),
              "text.txt: the part for training has 9 symbols, but a window needs 11; choose a "
              "smaller context, other shares, or a longer text");
  expect_complaint(of_text(std::string(19, 'a')), Split::kTest,
                   "text.txt: the part for the test has 1 symbols, but a window needs 2; ");
  of_training(of_text(""), "text.txt: the part for training has 0 symbols, ");
  auto options = of_text(numbered_text(100));
  options.vocabulary = CharactersOptions{.size = 10};
  of_training(options,
              "text.txt: has 16 symbols, four special ones included, but the option "
              "vocabulary.size says 10; state the size that it has");
  options.vocabulary = TextPiecesOptions{.size = 5000};
  of_training(
      options,
      "text.txt: SentencePieceVocabulary: 9 sentences give no vocabulary of 5000 symbols; ");
}

// A configuration is read without its data.
TEST_F(TextFileTest, SaysWhatIsWrongWithItsOptions) {
  const auto wrong = [](const TextFileOptions& options) {
    return message_of<std::invalid_argument>([&options] { TextFile data(options); });
  };
  EXPECT_EQ(wrong({.file = "none"}), "no error");
  EXPECT_EQ(wrong({.file = ""}), "TextFile: file must name a file");
  EXPECT_EQ(wrong({.context = 0}), "TextFile: context must be at least 1, got 0");
  EXPECT_EQ(wrong({.validation = 0, .test = 0}),
            "TextFile: validation and test together must be above 0 and below 1, got 0.000000");
  EXPECT_EQ(wrong({.validation = 0.5, .test = 0.5}),
            "TextFile: validation and test together must be above 0 and below 1, got 1.000000");
  EXPECT_EQ(wrong({.vocabulary = CharactersOptions{4}}),
            "TextFile: vocabulary.size must be at least 5, got 4");
  EXPECT_EQ(message_of<std::invalid_argument>([] { TextFile().batch({.batch_size = 0}); }),
            "TextFile: batch_size must be at least 1, got 0");
}

}  // namespace
}  // namespace zoo
