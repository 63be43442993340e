#include "zoo/datasets/associative_recall/associative_recall.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "support/message_of.h"
#include "support/statistics.h"
#include "support/transduction.h"

namespace zoo {
namespace {

using RecallItem = std::vector<std::vector<int>>;

// What the first example of a batch of the default sizes shows, read off its channels.
struct RecallEpisode {
  std::vector<RecallItem> items;
  RecallItem query;
  RecallItem answer;

  // Where the query stands among the items, from 0.
  size_t place() const {
    size_t i = 0;
    while (items.at(i) != query) ++i;
    return i;
  }
};

RecallEpisode recall_episode(const TransductionBatch& batch) {
  const auto shown = [&](int64_t step) { return bits_at(batch.inputs, step, 3, 6).front(); };
  RecallEpisode episode;
  int64_t step = 0;
  for (; batch.inputs[0][step][6].item<float>() == 1; step += 4) {
    episode.items.push_back(shown(step + 1));
  }
  episode.query = shown(step + 1);
  episode.answer = bits_at(batch.targets, step + 5, 3, 6).front();
  return episode;
}

TEST(AssociativeRecall, DefaultsAreThePapers) {
  const AssociativeRecall recall;
  EXPECT_EQ(recall.input_size(), 8);
  EXPECT_EQ(recall.output_size(), 6);
  std::vector<int64_t> seen(5);
  std::vector<std::vector<int64_t>> places{{0}, {0, 0}, {0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0, 0}};
  for (int64_t step = 0; step < 5000; ++step) {
    const auto batch = recall.batch({.step = step});
    const auto episode = recall_episode(batch);
    const auto items = episode.items.size();
    ASSERT_TRUE(items >= 2 && items <= 6);
    EXPECT_EQ(batch.inputs.size(1), static_cast<int64_t>(4 * items + 5 + 3));
    ++seen[items - 2];
    ++places[items - 2].at(episode.place());
  }
  EXPECT_LT(chi_square(seen), 18.5);  // 4 degrees of freedom, exceeded by chance in 0.1 %
  double sum = 0;
  for (const auto& of_one_count : places) sum += chi_square(of_one_count);
  EXPECT_LT(sum, 29.6);  // 0 + 1 + 2 + 3 + 4 degrees of freedom, exceeded by chance in 0.1 %
}

// The query is drawn for each example of a batch.
TEST(AssociativeRecall, ExamplesOfABatchDifferInTheirQuery) {
  const auto batch = AssociativeRecall({.min_items = 6}).batch({.batch_size = 64});
  std::vector<int64_t> seen(5);
  for (int64_t i = 0; i < 64; ++i) {
    ++seen.at(recall_episode({.inputs = batch.inputs.narrow(0, i, 1),
                              .targets = batch.targets.narrow(0, i, 1),
                              .mask = batch.mask.narrow(0, i, 1)})
                  .place());
  }
  EXPECT_LT(chi_square(seen), 18.5);  // 4 degrees of freedom, exceeded by chance in 0.1 %
}

TEST(AssociativeRecall, AnswersWithTheItemAfterTheQuery) {
  for (int64_t step = 0; step < 200; ++step) {
    const auto batch = AssociativeRecall().batch({.step = step});
    const auto episode = recall_episode(batch);
    EXPECT_EQ(episode.answer, episode.items.at(episode.place() + 1));
    // Nothing but the items and the three kinds of delimiters is shown.
    const auto before = static_cast<int64_t>(4 * episode.items.size());
    auto delimiters = torch::zeros_like(batch.inputs[0].narrow(1, 6, 2));  // [T, 2]
    for (int64_t i = 0; i < before; i += 4) delimiters[i][0] = 1;
    delimiters[before][1] = delimiters[before + 4][1] = 1;
    EXPECT_TRUE(torch::equal(batch.inputs[0].narrow(1, 6, 2), delimiters));
    const auto bits = batch.inputs[0].narrow(1, 0, 6);
    EXPECT_TRUE(((bits == 0) | (bits == 1)).all().item<bool>());
    EXPECT_TRUE((bits * delimiters.sum(1, /*keepdim=*/true) == 0).all().item<bool>());
    EXPECT_TRUE((batch.inputs[0].narrow(0, before + 5, 3) == 0).all().item<bool>());
  }
}

TEST(AssociativeRecall, GuessingCosts18Bits) {
  for (int64_t step = 0; step < 20; ++step) {
    EXPECT_EQ(AssociativeRecall().batch({.step = step}).mask.sum().item<double>() * 6, 18);
  }
}

// Drawn by the Python program in random_test.cpp from the stream (7, 0, 4, 0): its first word,
// shortened to two bits, is 2, so there are 4 items; then for each example one word for every
// vector, lowest bit first, and a word for the query, its two highest bits: 2 and 0. (A 3 would
// have been drawn again, for the last of the items has none after it.)
TEST(AssociativeRecall, AgreesWithAnIndependentProgram) {
  const AssociativeRecall recall({.bits = 2, .item_length = 2, .min_items = 2, .max_items = 4});
  expect_same(recall.batch({.seed = 7, .step = 4, .batch_size = 2}),
              joined(drawn({". . . . 1 . . . . . 1 . . . . . . .",  //
                            ". 1 . . . 1 . 1 1 . . 1 . 1 1 . . .",  //
                            "1 . . 1 . . 1 . . 1 . . . . . . . .",  //
                            ". . . . . . . . . . . . 1 . . 1 . ."},
                           {". . . . . . . . . . . . . . . . 1 .",  //
                            ". . . . . . . . . . . . . . . . . 1"},
                           ". . . . . . . . . . . . . . . . 1 1"),
                     drawn({". 1 1 . 1 . . . . . . 1 . 1 1 . . .",  //
                            ". . 1 . 1 1 . . 1 . 1 1 . . 1 . . .",  //
                            "1 . . 1 . . 1 . . 1 . . . . . . . .",  //
                            ". . . . . . . . . . . . 1 . . 1 . ."},
                           {". . . . . . . . . . . . . . . . 1 .",  //
                            ". . . . . . . . . . . . . . . . 1 1"},
                           ". . . . . . . . . . . . . . . . 1 1")));
}

// The drawing of the README.
TEST(AssociativeRecall, PromptIsTheWorkedExample) {
  const AssociativeRecall recall({.bits = 3, .item_length = 2});
  const auto question = nlohmann::json::parse(
      R"({"items": [[[1,0,0], [0,1,1]], [[1,1,0], [0,0,1]], [[1,0,1], [0,1,0]]], "query": 2})");
  expect_same(recall.prompt(question), drawn({". 1 . . 1 . . 1 . . 1 . . . .",  //
                                              ". . 1 . 1 . . . 1 . 1 . . . .",  //
                                              ". . 1 . . 1 . 1 . . . 1 . . .",  //
                                              "1 . . 1 . . 1 . . . . . . . .",  //
                                              ". . . . . . . . . 1 . . 1 . ."},
                                             {". . . . . . . . . . . . . 1 .",  //
                                              ". . . . . . . . . . . . . . 1",  //
                                              ". . . . . . . . . . . . . 1 ."},
                                             ". . . . . . . . . . . . . 1 1"));
}

TEST(AssociativeRecall, PromptOfWhatABatchShowsIsThatBatch) {
  const AssociativeRecall recall;
  const auto batch = recall.batch({.step = 4});
  const auto episode = recall_episode(batch);
  expect_same(recall.prompt({{"items", episode.items}, {"query", episode.place() + 1}}), batch);
}

TEST(AssociativeRecall, SaysWhatIsWrongWithAPrompt) {
  expect_complaints(
      AssociativeRecall({.bits = 2, .item_length = 1}),
      {{R"({"query": 1})", R"(there is no "items")"},
       {R"({"items": [[[0,1]], [[1,1]]]})", R"(there is no "query")"},
       {R"({"items": 3, "query": 1})", R"("items" must be a list of at least 2 items, got 3)"},
       {R"({"items": [[[0,1]]], "query": 1})",
        R"("items" must be a list of at least 2 items, got [[[0,1]]])"},
       {R"({"items": [[[0,1]], 5], "query": 1})",
        "item 2 must be a list of vectors of 2 bits, got 5"},
       {R"({"items": [[[0,1]], [0,1]], "query": 1})", "vector 1 of item 2 must be a list, got 0"},
       {R"({"items": [[[0,1]], [[0,1,1]]], "query": 1})",
        "vector 1 of item 2 must have 2 bits, got 3"},
       {R"({"items": [[[0,1], [1,0]], [[0,1]]], "query": 1})", "item 1 must have 1 vectors, got 2"},
       {R"({"items": [[[0,1]], [[1,1]]], "query": 0})",
        R"("query" must be a whole number from 1 to 1, got 0)"},
       {R"({"items": [[[0,1]], [[1,1]], [[1,0]]], "query": 3})",
        R"("query" must be a whole number from 1 to 2, got 3)"}});
}

TEST(AssociativeRecall, SaysWhatIsWrongWithItsOptions) {
  const auto message = [](const AssociativeRecallOptions& options) {
    return message_of<std::invalid_argument>([&] { AssociativeRecall{options}; });
  };
  EXPECT_EQ(message({.min_items = 7}),
            "AssociativeRecall: max_items must be at least min_items, which is 7, got 6");
  EXPECT_EQ(message({.bits = 0}), "AssociativeRecall: bits must be between 1 and 1024, got 0");
  EXPECT_EQ(message({.item_length = 0}),
            "AssociativeRecall: item_length must be between 1 and 100000, got 0");
  EXPECT_EQ(message({.min_items = 1}),
            "AssociativeRecall: min_items must be between 2 and 100000, got 1");
  EXPECT_EQ(message({.max_items = 1}),
            "AssociativeRecall: max_items must be between 2 and 100000, got 1");
}

TEST(AssociativeRecall, FieldsNameEveryOption) {
  expect_fields<AssociativeRecallOptions>({"bits", "item_length", "min_items", "max_items"});
}

}  // namespace
}  // namespace zoo
