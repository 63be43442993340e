#include "zoo/datasets/priority_sort/priority_sort.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/message_of.h"
#include "support/statistics.h"
#include "support/transduction.h"

namespace zoo {
namespace {

TEST(PrioritySort, DefaultsAreThePapers) {
  const PrioritySort sort;
  EXPECT_EQ(sort.input_size(), 10);
  EXPECT_EQ(sort.output_size(), 8);
  const auto batch = sort.batch({});
  EXPECT_EQ(batch.inputs.size(1), 20 + 1 + 16);
  EXPECT_EQ(batch.mask.sum().item<double>() * 8, 128) << "what guessing costs";
}

// Equally spread over [-1, 1] whatever the place in the sequence.
TEST(PrioritySort, PrioritiesAreUniform) {
  std::vector<std::vector<int64_t>> seen(20, std::vector<int64_t>(10));
  for (int64_t step = 0; step < 20; ++step) {
    const auto batch = PrioritySort().batch({.step = step, .batch_size = 100});
    const auto inputs = batch.inputs.accessor<float, 3>();
    for (int64_t i = 0; i < 100; ++i) {
      for (int64_t place = 0; place < 20; ++place) {
        const float priority = inputs[i][place][8];
        ASSERT_TRUE(priority >= -1 && priority < 1);
        ++seen[static_cast<size_t>(place)].at(static_cast<size_t>((priority + 1) * 5));
      }
    }
  }
  double sum = 0;
  for (const auto& of_one_place : seen) sum += chi_square(of_one_place);
  EXPECT_LT(sum, 243);  // 20 * 9 degrees of freedom, exceeded by chance in 0.1 %
}

TEST(PrioritySort, AsksForTheHighestInOrder) {
  const PrioritySort sort({.bits = 70, .vectors = 11, .asked = 7});  // more bits than a word has
  for (int64_t step = 0; step < 50; ++step) {
    const auto batch = sort.batch({.step = step, .batch_size = 3});
    const auto shown = batch.inputs.narrow(1, 0, 11);
    const auto vectors = shown.narrow(2, 0, 70);
    EXPECT_TRUE(((vectors == 0) | (vectors == 1)).all().item<bool>());
    EXPECT_TRUE((shown.select(2, 71) == 0).all().item<bool>());
    auto rest = torch::zeros({3, 8, 72});
    rest.select(1, 0).select(1, 71).fill_(1);
    EXPECT_TRUE(torch::equal(batch.inputs.narrow(1, 11, 8), rest));
    EXPECT_TRUE(
        torch::equal(batch.mask, (torch::arange(19) > 11).to(torch::kFloat32).repeat({3, 1})));
    for (int64_t i = 0; i < 3; ++i) {
      const auto order = shown[i].select(1, 70).argsort(/*dim=*/0, /*descending=*/true);
      const auto sorted = vectors[i].index_select(0, order).narrow(0, 0, 7);
      EXPECT_TRUE(torch::equal(batch.targets[i].narrow(0, 12, 7), sorted)) << step;
    }
  }
}

// Drawn by the Python program in random_test.cpp from the stream (7, 0, 3, 0): for every vector a
// word, lowest bit first, and one whose upper 53 bits are the priority: 2 (w >> 11) / 2^53 - 1.
TEST(PrioritySort, AgreesWithAnIndependentProgram) {
  const PrioritySort sort({.bits = 3, .vectors = 4, .asked = 3});
  expect_same(
      sort.batch({.seed = 7, .step = 3, .batch_size = 2}),
      joined(
          drawn({"1 1 . 1 . . . .",  //
                 ". 1 . 1 . . . .",  //
                 ". 1 . 1 . . . .",  //
                 "0.380911565 0.959212821 0.197451889 0.0928112558 . . . .", ". . . . 1 . . ."},
                {". . . . . 1 1 .",  //
                 ". . . . . 1 . .",  //
                 ". . . . . 1 . ."},
                ". . . . . 1 1 1"),
          drawn({"1 . 1 1 . . . .",  //
                 "1 1 1 . . . . .",  //
                 "1 1 . 1 . . . .",  //
                 "-0.385253695 -0.907315803 0.816737955 -0.438793146 . . . .", ". . . . 1 . . ."},
                {". . . . . 1 1 1",  //
                 ". . . . . 1 1 .",  //
                 ". . . . . . 1 1"},
                ". . . . . 1 1 1")));
}

// The drawing of the README.
TEST(PrioritySort, PromptIsTheWorkedExample) {
  const PrioritySort sort({.bits = 3, .vectors = 1, .asked = 1});
  const PrioritySort two({.bits = 3, .vectors = 2, .asked = 2});
  const nlohmann::json question{{"bits", {{1, 0, 0}, {0, 1, 1}, {1, 1, 0}}},
                                {"priorities", {0.5, -0.25, 1}}};
  expect_same(two.prompt(question), drawn({"1 . 1 . . .",  //
                                           ". 1 1 . . .",  //
                                           ". 1 . . . .",  //
                                           "0.5 -0.25 1 . . .", ". . . 1 . ."},
                                          {". . . . 1 1",  //
                                           ". . . . 1 .",  //
                                           ". . . . . ."},
                                          ". . . . 1 1"));
  const auto highest = sort.prompt(question);
  EXPECT_EQ(bits_at(highest.targets, 4, 1, 3).front(), (std::vector<std::vector<int>>{{1, 1, 0}}));
}

TEST(PrioritySort, TheEarlierOfEqualPrioritiesComesFirst) {
  const PrioritySort sort({.bits = 2, .vectors = 4, .asked = 4});
  const auto batch = sort.prompt({{"bits", {{0, 0}, {0, 1}, {1, 0}, {1, 1}}},  //
                                  {"priorities", {0, 1, 0, 1}}});
  EXPECT_EQ(bits_at(batch.targets, 5, 4, 2).front(),
            (std::vector<std::vector<int>>{{0, 1}, {1, 1}, {0, 0}, {1, 0}}));
}

TEST(PrioritySort, PromptOfWhatABatchShowsIsThatBatch) {
  const PrioritySort sort;
  const auto batch = sort.batch({.step = 4});
  std::vector<double> priorities;
  for (int64_t i = 0; i < 20; ++i) priorities.push_back(batch.inputs[0][i][8].item<double>());
  const auto vectors = bits_at(batch.inputs, 0, 20, 8).front();
  expect_same(sort.prompt({{"bits", vectors}, {"priorities", priorities}}), batch);
}

TEST(PrioritySort, SaysWhatIsWrongWithAPrompt) {
  const std::string expected = R"("priorities" must be one number from -1 to 1 for each of the 2 )";
  expect_complaints(
      PrioritySort({.bits = 2, .vectors = 2, .asked = 2}),
      {{R"({"priorities": [1]})", R"(there is no "bits")"},
       {R"({"bits": [[0,1], [1,1]]})", R"(there is no "priorities")"},
       {R"({"bits": [[0,1], [1]], "priorities": [1, 0]})",
        R"(vector 2 of "bits" must have 2 bits, got 1)"},
       {R"({"bits": [[0,1], [1,1]], "priorities": 3})", expected + "vectors, got 3"},
       {R"({"bits": [[0,1], [1,1]], "priorities": [1]})", expected + "vectors, got [1]"},
       {R"({"bits": [[0,1], [1,1]], "priorities": [1, "high"]})",
        expected + R"(vectors, got [1,"high"])"},
       {R"({"bits": [[0,1], [1,1]], "priorities": [1, 1.5]})", expected + "vectors, got [1,1.5]"},
       {R"({"bits": [[0,1], [1,1]], "priorities": [0, -2]})", expected + "vectors, got [0,-2]"},
       {R"({"bits": [[0,1]], "priorities": [1]})",
        R"("bits" must have at least 2 vectors, got 1)"}});
}

TEST(PrioritySort, SaysWhatIsWrongWithItsOptions) {
  const auto message = [](const PrioritySortOptions& options) {
    return message_of<std::invalid_argument>([&] { PrioritySort{options}; });
  };
  EXPECT_EQ(message({.asked = 21}),
            "PrioritySort: vectors must be at least asked, which is 21, got 20");
  EXPECT_EQ(message({.bits = 0}), "PrioritySort: bits must be between 1 and 1024, got 0");
  EXPECT_EQ(message({.vectors = 0}), "PrioritySort: vectors must be between 1 and 100000, got 0");
  EXPECT_EQ(message({.asked = 0}), "PrioritySort: asked must be between 1 and 100000, got 0");
}

TEST(PrioritySort, FieldsNameEveryOption) {
  expect_fields<PrioritySortOptions>({"bits", "vectors", "asked"});
}

}  // namespace
}  // namespace zoo
