// BLEU against cases that can be counted by hand, and against sacreBLEU (python/bleu_reference.py).
#include "zoo/trainers/bleu/bleu.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/message_of.h"
#include "zoo/models/options/options.h"
#include "zoo/trainers/bleu/unicode.h"

namespace zoo {
namespace {

using Json = nlohmann::json;
using Lines = std::vector<std::string>;

constexpr BleuTokenizer kTokenizers[] = {BleuTokenizer::k13a, BleuTokenizer::kIntl,
                                         BleuTokenizer::kNone};

std::string name_of(BleuTokenizer tokenizer) {
  return std::string(names_of(tokenizer)[static_cast<size_t>(tokenizer)]);
}

BleuTokenizer tokenizer_named(const std::string& name) {
  for (const auto tokenizer : kTokenizers) {
    if (name_of(tokenizer) == name) return tokenizer;
  }
  throw std::runtime_error("there is no tokenizer " + name);
}

Json bleu_golden(const std::string& name) {
  std::ifstream file(ZOO_TEST_DIR "/goldens/bleu/" + name);
  EXPECT_TRUE(file.good()) << name;
  return Json::parse(file);
}

// A list of lines, or the name of a file that has them.
Lines lines_of(const Json& source) {
  if (source.is_array()) return source;
  std::ifstream file(ZOO_TEST_DIR "/data/bleu/" + source.get<std::string>());
  EXPECT_TRUE(file.good()) << source;
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

const BleuOptions kWords = {.tokenizer = BleuTokenizer::kNone};

TEST(BleuStatisticsTest, ClipsByTheReferenceThatHasMost) {
  // Example 2 of the paper: a modified unigram precision of 2/7.
  const auto statistics =
      bleu_statistics("the the the the the the the",
                      {"the cat is on the mat", "there is a cat on the mat"}, kWords);
  EXPECT_EQ(statistics, (BleuStatistics{.matches = {2, 0, 0, 0},
                                        .totals = {7, 6, 5, 4},
                                        .hypothesis_length = 7,
                                        .reference_length = 7}));
  EXPECT_EQ(bleu_statistics("a a b b", {"a a c", "b c c c"}, kWords).matches[0], 3);
}

TEST(BleuStatisticsTest, TakesTheNearestLengthAndOfTwoTheShorter) {
  const auto nearest = [](const Lines& references) {
    return bleu_statistics("a b c d", references, kWords).reference_length;
  };
  EXPECT_EQ(nearest({"a", "a b c d e f", "a b"}), 2);
  EXPECT_EQ(nearest({"a b c d e", "a b c"}), 3);
  EXPECT_EQ(nearest({"a b c", "a b c d e"}), 3);
  EXPECT_EQ(nearest({"a b c", "a b c d"}), 4);
}

TEST(BleuStatisticsTest, AddUp) {
  auto sum = bleu_statistics("a b c d e", {"a b c d x y"}, kWords);
  sum += bleu_statistics("a b", {"b"}, kWords);
  EXPECT_EQ(sum, (BleuStatistics{.matches = {5, 3, 2, 1},
                                 .totals = {7, 5, 3, 2},
                                 .hypothesis_length = 7,
                                 .reference_length = 7}));
}

TEST(BleuTest, IsTheGeometricMeanTimesThePenalty) {
  const auto result = bleu({.matches = {8, 6, 4, 2},
                            .totals = {10, 9, 8, 7},
                            .hypothesis_length = 10,
                            .reference_length = 15});
  EXPECT_DOUBLE_EQ(result.brevity_penalty, std::exp(-0.5));
  EXPECT_DOUBLE_EQ(result.ratio, 10.0 / 15);
  EXPECT_DOUBLE_EQ(result.precisions[1], 600.0 / 9);
  EXPECT_NEAR(result.score, 100 * std::exp(-0.5) * std::pow(8.0 / 10 * 6 / 9 * 4 / 8 * 2 / 7, 0.25),
              1e-12);
}

TEST(BleuTest, HasNoPenaltyForLength) {
  BleuStatistics statistics{.matches = {5, 4, 3, 2}, .totals = {5, 4, 3, 2}};
  statistics.hypothesis_length = 5;
  statistics.reference_length = 4;
  EXPECT_DOUBLE_EQ(bleu(statistics).score, 100);
  statistics.reference_length = 5;
  EXPECT_DOUBLE_EQ(bleu(statistics).score, 100);
}

TEST(BleuTest, HalvesWhatHasNoMatch) {
  const auto result = bleu({.matches = {4, 1, 0, 0},
                            .totals = {6, 5, 4, 3},
                            .hypothesis_length = 6,
                            .reference_length = 6});
  EXPECT_DOUBLE_EQ(result.precisions[2], 100.0 / 2 / 4);
  EXPECT_DOUBLE_EQ(result.precisions[3], 100.0 / 4 / 3);
  EXPECT_NEAR(result.score, 100 * std::pow(4.0 / 6 / 5 / 8 / 12, 0.25), 1e-12);
}

TEST(BleuTest, IsZeroWithoutMatchesOrFourWords) {
  EXPECT_EQ(corpus_bleu({"a b c d e"}, {{"v w x y z"}}).score, 0);
  EXPECT_EQ(corpus_bleu({"a b c d e"}, {{"v w x y z"}}).precisions[0], 0);
  EXPECT_EQ(corpus_bleu({"a b c"}, {{"a b c"}}).score, 0);
  EXPECT_EQ(corpus_bleu({"a b c"}, {{"a b c"}}).precisions[2], 100);
  EXPECT_EQ(corpus_bleu({""}, {{"a b c"}}).brevity_penalty, 0);
}

TEST(BleuTest, RefusesWhatCannotBeScored) {
  const auto error = [](const Lines& hypotheses, const std::vector<Lines>& references) {
    return message_of<std::invalid_argument>([&] { corpus_bleu(hypotheses, references); });
  };
  EXPECT_EQ(error({}, {{}}), "corpus_bleu: needs at least one hypothesis, got none");
  EXPECT_EQ(error({"a"}, {}), "corpus_bleu: needs references, got none");
  EXPECT_EQ(error({"a", "b"}, {{"a", "b"}, {"a"}}),
            "corpus_bleu: needs as many references as hypotheses, 2, got 1 in references 2");
  EXPECT_EQ(error({"a"}, {{"ab\xFF"}}), "text must be UTF-8, got something else at byte 2");
  EXPECT_EQ(message_of<std::invalid_argument>([] { bleu_statistics("a", {}); }),
            "bleu_statistics: needs at least one reference, got none");
}

TEST(BleuTest, SaysHowItWasCounted) {
  EXPECT_EQ(bleu_signature({}, 1),
            "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:attention-zoo");
  EXPECT_EQ(bleu_signature({.tokenizer = BleuTokenizer::kIntl, .lowercase = true}, 3),
            "nrefs:3|case:lc|eff:no|tok:intl|smooth:exp|version:attention-zoo");
}

TEST(BleuTest, OptionsNameTheirMembers) {
  BleuOptions options;
  const auto fields = fields_of(options);
  ASSERT_EQ(fields.size(), 2U);
  std::get<EnumReference>(fields[0].value).set(1);
  *std::get<bool*>(fields[1].value) = true;
  EXPECT_EQ(name_of(options.tokenizer), "intl");
  EXPECT_TRUE(options.lowercase);
}

TEST(BleuTokenizerTest, Splits) {
  EXPECT_EQ(tokenize(BleuTokenizer::k13a, "Isn't it 1,000.5, \"Mr.\" X?"),
            "Isn't it 1,000.5 , \" Mr . \" X ?");
  EXPECT_EQ(tokenize(BleuTokenizer::kIntl, "Isn't it 1,000.5, \"Mr.\" X?"),
            "Isn ' t it 1,000.5 , \" Mr . \" X ?");
  EXPECT_EQ(tokenize(BleuTokenizer::k13a, "in 2010."), "in 2010 .");
  EXPECT_EQ(tokenize(BleuTokenizer::kIntl, "in 2010."), "in 2010.");
  EXPECT_EQ(tokenize(BleuTokenizer::kNone, "in  2010. "), "in  2010. ");
}

TEST(BleuTokenizerTest, RefusesWhatIsNotUtf8) {
  for (const auto tokenizer : {BleuTokenizer::k13a, BleuTokenizer::kIntl}) {
    // A byte too many, half a character, a surrogate, two bytes for what needs one.
    for (const std::string bad : {"\x80", "a\xC3", "\xED\xA0\x80", "\xC0\xAF"}) {
      EXPECT_THROW(tokenize(tokenizer, bad), std::invalid_argument);
    }
  }
}

TEST(BleuTokenizerTest, AgreesWithSacrebleuLineByLine) {
  const auto golden = bleu_golden("lines.json");
  EXPECT_GT(golden.size(), 40U);
  for (const auto& entry : golden) {
    const std::string line = entry["line"];
    for (const auto tokenizer : kTokenizers) {
      const auto name = name_of(tokenizer);
      EXPECT_EQ(tokenize(tokenizer, line), entry[name].get<std::string>())
          << name << " of " << line;
    }
    EXPECT_EQ(lower_case(line), entry["lower"].get<std::string>()) << line;
  }
}

void expect_golden(const Bleu& ours, const BleuStatistics& statistics, const Json& golden) {
  EXPECT_EQ(Json(statistics.matches), golden["matches"]);
  EXPECT_EQ(Json(statistics.totals), golden["totals"]);
  EXPECT_EQ(ours.hypothesis_length, golden["hypothesis_length"].get<int64_t>());
  EXPECT_EQ(ours.reference_length, golden["reference_length"].get<int64_t>());
  EXPECT_NEAR(ours.score, golden["score"].get<double>(), 1e-9);
  EXPECT_NEAR(ours.brevity_penalty, golden["brevity_penalty"].get<double>(), 1e-9);
  EXPECT_NEAR(ours.ratio, golden["ratio"].get<double>(), 1e-9);
  for (size_t n = 0; n < kBleuOrder; ++n) {
    EXPECT_NEAR(ours.precisions[n], golden["precisions"][n].get<double>(), 1e-9);
  }
}

TEST(BleuTest, AgreesWithSacrebleuOnCorpora) {
  const auto corpora = bleu_golden("corpora.json");
  EXPECT_GT(corpora.size(), 25U);
  for (const auto& corpus : corpora) {
    const Lines hypotheses = lines_of(corpus["hypotheses"]);
    std::vector<Lines> references;
    for (const auto& stream : corpus["references"]) references.push_back(lines_of(stream));
    for (const auto& golden : corpus["scores"]) {
      SCOPED_TRACE(corpus["name"].get<std::string>() + " " + golden["signature"].dump());
      const BleuOptions options{.tokenizer = tokenizer_named(golden["tokenizer"]),
                                .lowercase = golden["lowercase"]};
      BleuStatistics statistics;
      for (size_t i = 0; i < hypotheses.size(); ++i) {
        Lines of_segment;
        for (const auto& stream : references) of_segment.push_back(stream[i]);
        statistics += bleu_statistics(hypotheses[i], of_segment, options);
      }
      expect_golden(corpus_bleu(hypotheses, references, options), statistics, golden);
      EXPECT_EQ(bleu_signature(options, references.size()),
                golden["signature"].get<std::string>() + "|version:attention-zoo");
    }
  }
}

TEST(BleuTest, AgreesWithPublishedScores) {
  // tests/data/bleu/README.md tells where they were published, and why the first differs a little.
  const auto german =
      corpus_bleu(lines_of("deen_output.txt"), {lines_of("deen_reference.txt")}, kWords);
  EXPECT_NEAR(german.score, 22.5855084573, 0.002);
  const auto captions =
      corpus_bleu(lines_of("nlgeval_hyp.txt"),
                  {lines_of("nlgeval_ref1.txt"), lines_of("nlgeval_ref2.txt")}, kWords);
  EXPECT_NEAR(captions.score, 20.1143, 5e-5);
}

}  // namespace
}  // namespace zoo
