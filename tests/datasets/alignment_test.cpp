#include "zoo/datasets/alignment/alignment.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <array>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/message_of.h"
#include "support/statistics.h"

namespace zoo {
namespace {

using Numbers = std::vector<int64_t>;

constexpr std::array kAlignmentKinds = {AlignmentKind::kCopy, AlignmentKind::kReverse,
                                        AlignmentKind::kPermutation, AlignmentKind::kFertility,
                                        AlignmentKind::kSort};

Numbers numbers_of(const torch::Tensor& row) {
  const auto* begin = row.const_data_ptr<int64_t>();
  return {begin, begin + row.numel()};
}

// The first `length` of a row.
Numbers numbers_of(const torch::Tensor& rows, const torch::Tensor& lengths, int64_t row) {
  return numbers_of(rows[row].narrow(0, 0, lengths[row].item<int64_t>()));
}

Numbers places(AlignmentKind kind, const Numbers& words) {
  return aligned_places({.kind = kind}, words);
}

bool same_pairs(const TranslationBatch& a, const TranslationBatch& b) {
  return torch::equal(a.source, b.source) && torch::equal(a.target, b.target) &&
         torch::equal(a.alignment, b.alignment) && a.source_text == b.source_text &&
         a.target_text == b.target_text;
}

// The table of the README.
TEST(AlignedPlaces, AreThoseOfTheWorkedExamples) {
  const Numbers words = {3, 1, 4, 2, 5};
  EXPECT_EQ(places(AlignmentKind::kCopy, words), (Numbers{0, 1, 2, 3, 4}));
  EXPECT_EQ(places(AlignmentKind::kReverse, words), (Numbers{4, 3, 2, 1, 0}));
  EXPECT_EQ(places(AlignmentKind::kPermutation, words), (Numbers{2, 1, 0, 3, 4}));
  EXPECT_EQ(places(AlignmentKind::kFertility, words), (Numbers{1, 2, 3, 3, 4, 4}));
  EXPECT_EQ(places(AlignmentKind::kSort, words), (Numbers{1, 3, 0, 2, 4}));
  EXPECT_EQ(places(AlignmentKind::kSort, Numbers{7, 2, 7, 2}), (Numbers{1, 3, 0, 2}));
}

TEST(AlignedPlaces, OfPhrases) {
  const auto of = [](const Numbers& words) { return places(AlignmentKind::kPermutation, words); };
  EXPECT_EQ(of({1}), (Numbers{0}));
  EXPECT_EQ(of({2}), (Numbers{0}));
  EXPECT_EQ(of({1, 2}), (Numbers{1, 0}));
  EXPECT_EQ(of({2, 1}), (Numbers{0, 1}));
  EXPECT_EQ(of({1, 3, 5}), (Numbers{2, 1, 0}));
  EXPECT_EQ(of({0, 0, 0}), (Numbers{0, 1, 2}));
  EXPECT_EQ(of({1, 0, 7, 5, 0, 3, 1}), (Numbers{1, 0, 4, 3, 2, 6, 5}));
}

TEST(AlignedPlaces, OfFertility) {
  const AlignmentOptions options{.kind = AlignmentKind::kFertility, .max_fertility = 3};
  EXPECT_EQ(aligned_places(options, Numbers{0, 1, 2, 3, 4, 5, 6, 7}),
            (Numbers{1, 2, 2, 3, 3, 3, 5, 6, 6, 7, 7, 7}));
  EXPECT_EQ(aligned_places(options, Numbers{4, 8, 0}), Numbers{});
}

// Drawn by the Python program in random_test.cpp: the dictionary from the stream (0x64696374, 6),
// the length and the words from (7, 2, 3, 0).
TEST(Alignment, AgreesWithAnIndependentProgram) {
  const Alignment data({.symbols = 6, .min_length = 1, .max_length = 6});
  const auto batch = data.batch({.seed = 7, .split = Split::kTest, .step = 3, .batch_size = 2});
  EXPECT_EQ(batch.source_text, (std::vector<std::string>{"w0 w3 w2 w1", "w0 w4 w3 w1"}));
  EXPECT_EQ(batch.target_text, (std::vector<std::string>{"w4 w3 w5 w0", "w4 w2 w0 w5"}));
}

// Every target is its aligned source words, by one dictionary; ends belong together.
TEST(Alignment, TargetsStandForWhatTheyAreAlignedWith) {
  for (const auto kind : kAlignmentKinds) {
    for (const auto dictionary :
         {AlignmentDictionary::kIdentity, AlignmentDictionary::kBijection}) {
      const AlignmentOptions options{.kind = kind, .dictionary = dictionary, .symbols = 9};
      const Alignment data(options);
      std::set<std::pair<int64_t, int64_t>> meanings;
      for (int64_t step = 0; step < 60; ++step) {
        const auto batch = data.batch({.step = step, .batch_size = 5});
        EXPECT_TRUE((batch.source_lengths == batch.source.size(1)).all().item<bool>());
        EXPECT_EQ(batch.target_lengths.max().item<int64_t>(), batch.target.size(1));
        for (int64_t i = 0; i < 5; ++i) {
          const auto source = numbers_of(batch.source, batch.source_lengths, i);
          const auto target = numbers_of(batch.target, batch.target_lengths, i);
          auto aligned = numbers_of(batch.alignment, batch.target_lengths, i);
          ASSERT_GT(target.size(), 1U) << "at least a word";
          EXPECT_EQ(source.back(), kEnd);
          EXPECT_EQ(target.back(), kEnd);
          EXPECT_EQ(aligned.back(), static_cast<int64_t>(source.size()) - 1);
          Numbers words(source.begin(), source.end() - 1);
          for (auto& word : words) word -= kFirstSymbol;
          aligned.pop_back();
          EXPECT_EQ(aligned, aligned_places(options, words));
          for (size_t j = 0; j < aligned.size(); ++j) {
            meanings.insert({source[static_cast<size_t>(aligned[j])], target[j]});
          }
        }
      }
      // Of fertility a third of the words is never said.
      EXPECT_EQ(meanings.size(), kind == AlignmentKind::kFertility ? 6U : 9U);
      std::set<int64_t> targets;
      for (const auto& [source, target] : meanings) {
        EXPECT_EQ(source == target, dictionary == AlignmentDictionary::kIdentity);
        targets.insert(target);
      }
      EXPECT_EQ(targets.size(), meanings.size());
      EXPECT_GE(*targets.begin(), kFirstSymbol);
      EXPECT_LT(*targets.rbegin(), kFirstSymbol + 9);
    }
  }
}

TEST(Alignment, BatchesArePureAndIndependent) {
  const Alignment data, other;
  std::set<std::string> texts;
  for (const auto split : {Split::kValidation, Split::kTest}) {
    for (const uint64_t seed : {1, 2}) {
      for (const int64_t step : {0, 1}) {
        for (const int64_t rank : {0, 1}) {
          const BatchIndex index{seed, split, step, 4, rank};
          EXPECT_TRUE(same_pairs(data.batch(index), other.batch(index)));
          for (const auto& text : data.batch(index).source_text) texts.insert(text);
        }
      }
    }
  }
  EXPECT_GE(texts.size(), 62U) << "of 64; the shortest ones may come twice";
  const auto training = data.batch({.split = Split::kTraining, .batch_size = 4});
  const auto test = data.batch({.split = Split::kTest, .batch_size = 4});
  EXPECT_FALSE(torch::equal(training.source, test.source));
  EXPECT_TRUE(training.source_text.empty());
  EXPECT_FALSE(data.batches_of(Split::kTest, 4).has_value());
}

// Evaluations at other lengths must speak the language that was trained.
TEST(Alignment, TheDictionaryDependsOnTheNumberOfWordsAlone) {
  const auto meaning = [](const AlignmentOptions& options) {
    const auto batch = Alignment(options).batch({.batch_size = 400});
    std::set<std::pair<int64_t, int64_t>> pairs;
    for (int64_t i = 0; i < 400; ++i) {
      pairs.insert({batch.source[i][0].item<int64_t>(), batch.target[i][0].item<int64_t>()});
    }
    return pairs;
  };
  const AlignmentOptions options{.symbols = 7, .min_length = 1, .max_length = 1};
  auto longer = options;
  longer.kind = AlignmentKind::kCopy;
  longer.max_length = longer.min_length = 8;
  EXPECT_EQ(meaning(options).size(), 7U);
  EXPECT_EQ(meaning(options), meaning(longer));
}

TEST(Alignment, LengthsAndWordsAreUniform) {
  const Alignment data({.symbols = 8, .min_length = 3, .max_length = 12});
  Numbers lengths(10), words(8);
  for (int64_t step = 0; step < 8000; ++step) {
    const auto source = data.batch({.step = step}).source[0];
    ++lengths[static_cast<size_t>(source.size(0) - 1 - 3)];
    for (const auto symbol : numbers_of(source)) {
      if (symbol != kEnd) ++words[static_cast<size_t>(symbol - kFirstSymbol)];
    }
  }
  EXPECT_LT(chi_square(lengths), 27.9);  // 9 degrees of freedom, exceeded by chance in 0.1 %
  EXPECT_LT(chi_square(words), 24.3);    // 7
}

TEST(Alignment, TextsAreTheWords) {
  const Alignment data({.symbols = 12});
  EXPECT_EQ(data.source_vocabulary_size(), 16);
  EXPECT_EQ(data.target_vocabulary_size(), 16);
  const auto& vocabulary = data.source_vocabulary();
  EXPECT_EQ(vocabulary.name(kFirstSymbol + 11), "w11");
  const auto batch = data.batch({.split = Split::kValidation, .batch_size = 6});
  for (int64_t i = 0; i < 6; ++i) {
    auto source = vocabulary.encode(batch.source_text[static_cast<size_t>(i)]);
    source.push_back(kEnd);
    EXPECT_EQ(source, numbers_of(batch.source, batch.source_lengths, i));
    auto target = data.target_vocabulary().encode(batch.target_text[static_cast<size_t>(i)]);
    target.push_back(kEnd);
    EXPECT_EQ(target, numbers_of(batch.target, batch.target_lengths, i));
  }
}

TEST(Alignment, SaysWhatIsWrongWithItsOptions) {
  const auto complaint = [](const AlignmentOptions& options) {
    return message_of<std::invalid_argument>([&] { Alignment{options}; });
  };
  EXPECT_EQ(complaint({.min_length = 5, .max_length = 3}),
            "Alignment: max_length must be at least min_length, which is 5, got 3");
  EXPECT_EQ(complaint({.symbols = 1}), "Alignment: symbols must be between 2 and 100000, got 1");
  EXPECT_EQ(complaint({.max_fertility = 0}),
            "Alignment: max_fertility must be between 1 and 100, got 0");
  EXPECT_EQ(message_of<std::invalid_argument>([] { Alignment().batch({.batch_size = 0}); }),
            "Alignment: batch_size must be at least 1, got 0");
}

}  // namespace
}  // namespace zoo
