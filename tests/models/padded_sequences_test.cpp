#include "zoo/models/padded_sequences/padded_sequences.h"

#include <gtest/gtest.h>

#include "support/message_of.h"
#include "zoo/models/padded_sequences/packed_steps.h"
#include "zoo/models/padded_sequences/padding.h"

namespace zoo {
namespace {

using torch::Tensor;

torch::nn::LSTM layer_of(int64_t features, int64_t units) {
  torch::manual_seed(3);
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(features, units).batch_first(true));
  lstm->to(torch::kDouble);
  return lstm;
}

TEST(LengthMask, MarksWhatIsThere) {
  const Tensor mask = length_mask(torch::tensor({0, 2, 3}), 3);
  const Tensor expected =
      torch::tensor({{false, false, false}, {true, true, false}, {true, true, true}});
  EXPECT_TRUE(torch::equal(mask, expected));
}

// Sequences of 2, 3 and 1 steps, of which 1, 0, 2 is the order by length.
TEST(PackedRows, AreStepByStepTheLongestFirst) {
  const LongestFirst sequences = longest_first(torch::tensor({2, 3, 1}), 4);
  EXPECT_TRUE(torch::equal(sequences.order, torch::tensor({1, 0, 2})));
  EXPECT_TRUE(torch::equal(sequences.active, torch::tensor({3, 2, 1, 0})));
  EXPECT_TRUE(
      torch::equal(packed_rows(sequences, Direction::kForward), torch::tensor({1, 0, 2, 4, 3, 7})));
  EXPECT_TRUE(torch::equal(packed_rows(sequences, Direction::kBackward),
                           torch::tensor({7, 3, 2, 4, 0, 1})));
}

TEST(PackedStepsTest, FindsRowsByStepAndSequence) {
  const PackedSteps steps(torch::tensor({3, 2, 2, 0}));
  EXPECT_EQ(steps.count(), 4);
  EXPECT_EQ(steps.batch(), 3);
  EXPECT_EQ(steps.total(), 7);
  const auto each = steps.split(torch::arange(7));
  ASSERT_EQ(each.size(), 4);
  EXPECT_TRUE(torch::equal(each[1], torch::tensor({3, 4})));
  EXPECT_EQ(each[3].numel(), 0);
  EXPECT_TRUE(torch::equal(steps.sequences(), torch::tensor({0, 1, 2, 0, 1, 0, 1})));
  // Of starts 0, 1, 2 and the states 3 to 9 after the steps.
  EXPECT_TRUE(torch::equal(steps.rows_before(), torch::tensor({0, 1, 2, 3, 4, 6, 7})));
  EXPECT_TRUE(torch::equal(steps.before(0, torch::arange(10)), torch::tensor({0, 1, 2})));
  EXPECT_TRUE(torch::equal(steps.after(torch::arange(10)), torch::arange(3, 10)));
  EXPECT_TRUE(torch::equal(steps.before(2, torch::arange(10)), torch::tensor({6, 7})));
  const Tensor start = torch::tensor({{8}, {7}, {6}}), states = steps.states_from(start);
  EXPECT_EQ(states.sizes(), (torch::IntArrayRef{10, 1}));
  EXPECT_TRUE(torch::equal(steps.before(0, states), start));
}

TEST(PackedRows, GoBackToWhereTheyStood) {
  const Tensor padded = torch::tensor({{{1}, {2}}, {{3}, {0}}});  // of 2 steps and 1
  const Tensor rows = packed_rows(longest_first(torch::tensor({2, 1}), 2), Direction::kBackward);
  const Tensor packed = padded.flatten(0, 1).index_select(0, rows);
  EXPECT_TRUE(torch::equal(packed, torch::tensor({{3}, {2}, {1}})));
  EXPECT_TRUE(torch::equal(unpack(packed, rows, 2, 2), padded));
}

TEST(PaddingTest, LeavesTheStepsThatAreThere) {
  const Tensor padded = torch::tensor({{{1}, {2}, {9}}, {{3}, {9}, {9}}});
  const Padding padding(length_mask(torch::tensor({2, 1}), 3), torch::kCPU);
  EXPECT_TRUE(torch::equal(padding.strip(padded), torch::tensor({{1}, {2}, {3}})));
  EXPECT_TRUE(torch::equal(padding.strip(padded.squeeze(2)), torch::tensor({1, 2, 3})));
  EXPECT_TRUE(torch::equal(padding.restore(padding.strip(padded)),
                           torch::tensor({{{1}, {2}, {0}}, {{3}, {0}, {0}}})));
}

TEST(PaddingTest, LeavesAllWhereThereIsNone) {
  const Tensor sequences = torch::randn({2, 3, 4});
  const Tensor all_there = length_mask(torch::tensor({3, 3}), 3);
  for (const Padding& padding : {Padding(), Padding(all_there, torch::kCPU)}) {
    EXPECT_TRUE(padding.none());
    EXPECT_TRUE(torch::equal(padding.strip(sequences), sequences));
    EXPECT_TRUE(torch::equal(padding.restore(sequences), sequences));
  }
}

TEST(RunPadded, EndsEachSequenceAtItsOwnLastStep) {
  auto lstm = layer_of(2, 5);
  const Tensor inputs = torch::randn({3, 7, 2}, torch::kDouble);
  const std::vector<int64_t> lengths = {4, 7, 1};
  const auto run = run_padded(lstm, inputs, torch::tensor(lengths));
  EXPECT_EQ(run.outputs.sizes(), (std::vector<int64_t>{3, 7, 5}));
  for (int64_t i = 0; i < 3; ++i) {
    const int64_t length = lengths[static_cast<size_t>(i)];
    const Tensor alone = inputs[i].narrow(0, 0, length).unsqueeze(0);
    const auto expected = run_padded(lstm, alone, torch::tensor({length}));
    EXPECT_TRUE(torch::allclose(run.hidden[i], expected.hidden[0], 0, 1e-12));
    EXPECT_TRUE(torch::allclose(run.cell[i], expected.cell[0], 0, 1e-12));
    EXPECT_TRUE(
        torch::allclose(run.outputs[i].narrow(0, 0, length), expected.outputs[0], 0, 1e-12));
  }
}

TEST(RunPadded, PaddingChangesNothing) {
  auto lstm = layer_of(2, 5);
  Tensor inputs = torch::randn({2, 6, 2}, torch::kDouble);
  const Tensor lengths = torch::tensor({6, 3});
  const auto before = run_padded(lstm, inputs, lengths);
  inputs[1].narrow(0, 3, 3).fill_(1e6);
  const auto after = run_padded(lstm, inputs, lengths);
  EXPECT_TRUE(torch::equal(before.hidden, after.hidden));
  EXPECT_TRUE(torch::equal(before.cell, after.cell));
}

TEST(CheckPadded, SaysWhatIsWrong) {
  const auto problem = [](const Tensor& inputs, const Tensor& lengths) {
    return message_of<c10::Error>([&] { check_padded("Model", inputs, lengths, 2); });
  };
  const Tensor inputs = torch::zeros({2, 5, 2});
  EXPECT_NO_THROW(check_padded("Model", inputs, torch::tensor({5, 1}), 2));
  EXPECT_EQ(problem(torch::zeros({2, 5, 3}), torch::tensor({5, 1})),
            "Model: inputs must be [B, S >= 1, 2], got [2, 5, 3]");
  EXPECT_EQ(problem(inputs, torch::tensor({5, 1, 1})),
            "Model: lengths must be int64 [2], got Long [3]");
  EXPECT_EQ(problem(inputs, torch::tensor({5.0, 1.0})),
            "Model: lengths must be int64 [2], got Float [2]");
  EXPECT_EQ(problem(inputs, torch::tensor({6, 1})),
            "Model: lengths must be in 1..5, the padded length, got 6");
  EXPECT_EQ(problem(inputs, torch::tensor({5, 0})),
            "Model: lengths must be in 1..5, the padded length, got 0");
}

TEST(CheckTargets, SaysWhatIsWrong) {
  const Tensor targets = torch::tensor({{1, 2, 3}, {3, 0, 0}});
  check_targets("Model", targets, torch::tensor({3, 1}), 2, 4);
  EXPECT_EQ(message_of<c10::Error>([&] {
              check_targets("Model", targets, torch::tensor({3, 1}), 2, 3);
            }),
            "Model: target 2 of example 0 must be in 0..2, got 3");
  EXPECT_EQ(message_of<c10::Error>([&] {
              check_targets("Model", targets, torch::tensor({4, 1}), 2, 4);
            }),
            "Model: lengths of targets must be in 1..3, the padded length, got 4");
}

TEST(CheckSymbols, SaysWhatIsWrong) {
  const auto problem = [](const Tensor& symbols, const Tensor& largest) {
    return message_of<c10::Error>([&] { check_symbols("Model", symbols, 2, largest); });
  };
  const Tensor each = torch::tensor({3, 1});
  EXPECT_NO_THROW(check_symbols("Model", torch::tensor({{3, 0}, {1, 0}}), 2, each));
  EXPECT_EQ(problem(torch::tensor({{3, 0}}), each),
            "Model: targets must be int64 [2, T >= 1], got Long [1, 2]");
  EXPECT_EQ(problem(torch::tensor({{3, 0}, {0, 2}}), each),
            "Model: target 1 of example 1 must be in 0..1, got 2");
  EXPECT_EQ(problem(torch::tensor({{3, -1}, {0, 1}}), each),
            "Model: target 1 of example 0 must be in 0..3, got -1");
  EXPECT_EQ(problem(torch::tensor({{3, 1}, {0, 9}}), torch::tensor(8)),
            "Model: target 1 of example 1 must be in 0..8, got 9");
}

}  // namespace
}  // namespace zoo
