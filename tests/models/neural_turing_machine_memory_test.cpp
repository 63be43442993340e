// The equations of section 3 on values that can be checked by hand.
#include "zoo/models/neural_turing_machine/memory.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

namespace zoo {
namespace {

using torch::Tensor;

Tensor values(std::vector<double> numbers, at::IntArrayRef shape) {
  return torch::tensor(numbers, torch::kDouble).reshape(shape);
}

void expect_close(const Tensor& ours, const Tensor& expected, double tolerance = 1e-12) {
  ASSERT_EQ(ours.sizes(), expected.sizes());
  EXPECT_LE((ours - expected).abs().max().item<double>(), tolerance) << ours << expected;
}

TEST(NeuralTuringMachineMemory, Equation2ReadsAWeightedSumOfRows) {
  const Tensor memory = values({1, 2, 3, 4, 5, 6}, {1, 3, 2});
  expect_close(read_memory(memory, values({0.5, 0.25, 0.25}, {1, 1, 3})),
               values({0.5 + 0.75 + 1.25, 1 + 1 + 1.5}, {1, 1, 2}));
}

TEST(NeuralTuringMachineMemory, Equations3And4EraseThenAdd) {
  const Tensor memory = values({1, 2, 3, 4}, {1, 2, 2});
  // Row 0 is written in full: column 0 is erased wholly, column 1 by half. Row 1 is not touched.
  expect_close(write_memory(memory, values({1, 0}, {1, 1, 2}), values({1, 0.5}, {1, 1, 2}),
                            values({10, 20}, {1, 1, 2})),
               values({10, 21, 3, 4}, {1, 2, 2}));
}

TEST(NeuralTuringMachineMemory, AllHeadsEraseBeforeAnyAdds) {
  const Tensor memory = values({1}, {1, 1, 1});
  // Two heads at one cell, both erase all: what the first adds survives the second.
  expect_close(write_memory(memory, values({1, 1}, {1, 2, 1}), values({1, 1}, {1, 2, 1}),
                            values({5, 7}, {1, 2, 1})),
               values({12}, {1, 1, 1}));
}

TEST(NeuralTuringMachineMemory, Equation6IsTheCosine) {
  const Tensor memory = values({1, 0, 0, 2, -3, 0, 1, 1, 0, 0}, {1, 5, 2});
  expect_close(row_similarity(memory, values({4, 0}, {1, 1, 2})),
               values({1, 0, -1, std::sqrt(0.5), 0}, {1, 1, 5}), 1e-7);
}

TEST(NeuralTuringMachineMemory, Equation5SharpensWithStrength) {
  const Tensor similarity = values({1, 0}, {1, 1, 2});
  expect_close(focus_on_content(similarity, values({0}, {1, 1, 1})), values({0.5, 0.5}, {1, 1, 2}));
  expect_close(focus_on_content(similarity, values({std::log(3)}, {1, 1, 1})),
               values({0.75, 0.25}, {1, 1, 2}));
}

TEST(NeuralTuringMachineMemory, Equation7IsABlend) {
  expect_close(
      interpolate(values({1, 0}, {1, 1, 2}), values({0, 1}, {1, 1, 2}), values({0.75}, {1, 1, 1})),
      values({0.75, 0.25}, {1, 1, 2}));
}

TEST(NeuralTuringMachineMemory, Equation8MovesTheFocusAndWrapsAround) {
  const Tensor last = values({0, 0, 0, 1}, {1, 1, 4});
  expect_close(rotate(last, values({0, 0, 1}, {1, 1, 3})), values({1, 0, 0, 0}, {1, 1, 4}));
  expect_close(rotate(last, values({1, 0, 0}, {1, 1, 3})), values({0, 0, 1, 0}, {1, 1, 4}));
  // The paper's example: 0.1, 0.8, 0.1 blurs the focus slightly.
  expect_close(rotate(last, values({0.1, 0.8, 0.1}, {1, 1, 3})),
               values({0.1, 0, 0.1, 0.8}, {1, 1, 4}));
}

TEST(NeuralTuringMachineMemory, Equation9RaisesToAPower) {
  expect_close(sharpen(values({0.5, 0.25, 0.25}, {1, 1, 3}), values({2}, {1, 1, 1})),
               values({4.0 / 6, 1.0 / 6, 1.0 / 6}, {1, 1, 3}), 1e-9);
  // Where the power itself would underflow to 0 / 0.
  const Tensor sharp = sharpen(values({1e-3, 2e-3}, {1, 1, 2}), values({500}, {1, 1, 1}));
  expect_close(sharp, values({0, 1}, {1, 1, 2}), 1e-12);
}

TEST(NeuralTuringMachineMemory, HeadParametersLieInTheirRanges) {
  torch::manual_seed(1);
  const HeadLayout layout{.columns = 5, .read_heads = 2, .write_heads = 3, .shifts = 3};
  EXPECT_EQ(layout.total(), 5 * (5 + 3 + 3) + 2 * 3 * 5);
  const auto head = head_parameters(5 * torch::randn({7, layout.total()}), layout);
  EXPECT_EQ(head.key.sizes(), (std::vector<int64_t>{7, 5, 5}));
  EXPECT_EQ(head.erase.sizes(), (std::vector<int64_t>{7, 3, 5}));
  EXPECT_GE(head.strength.min().item<double>(), 0);
  EXPECT_GE(head.sharpening.min().item<double>(), 1);
  EXPECT_GE(head.gate.min().item<double>(), 0);
  EXPECT_LE(head.gate.max().item<double>(), 1);
  EXPECT_TRUE(torch::allclose(head.shift.sum(-1), torch::ones({7, 5})));
}

// What the fused step is given in the tests below.
struct Problem {
  HeadLayout layout{.columns = 5, .read_heads = 2, .write_heads = 3, .shifts = 5};
  Tensor emitted, memory, weights;

  explicit Problem(torch::Dtype dtype) {
    torch::manual_seed(3);
    const auto options = torch::dtype(torch::kDouble);
    emitted = (2 * torch::randn({2, layout.total()}, options)).to(dtype).requires_grad_();
    memory = torch::randn({2, 11, 5}, options).to(dtype).requires_grad_();
    weights = torch::softmax(torch::randn({2, 5, 11}, options), -1).to(dtype).requires_grad_();
  }

  MemoryState state() const { return {memory, weights, {}}; }

  // Outputs, then the gradients of a random combination of them.
  std::vector<Tensor> results(const decltype(&step_memory)& step) const {
    const auto next = step(emitted, state(), layout);
    torch::manual_seed(4);
    Tensor loss = torch::zeros({}, memory.options());
    for (const auto& output : {next.memory, next.weights, next.reads}) {
      loss =
          loss +
          torch::mul(output, torch::randn(output.sizes(), torch::kDouble).to(output.scalar_type()))
              .sum();
    }
    auto results = torch::autograd::grad({loss}, {emitted, memory, weights});
    results.insert(results.end(), {next.memory, next.weights, next.reads});
    return results;
  }
};

TEST(NeuralTuringMachineMemory, FusedStepAgreesWithTheEquations) {
  for (const auto& [dtype, tolerance] :
       {std::pair{torch::kDouble, 1e-12}, std::pair{torch::kFloat, 1e-4}}) {
    const Problem problem(dtype);
    const auto composed = problem.results(step_memory);
    const auto fused = problem.results(step_memory_fused);
    for (size_t i = 0; i < composed.size(); ++i) {
      EXPECT_LE((composed[i] - fused[i]).abs().max().item<double>(), tolerance) << i;
    }
  }
}

TEST(NeuralTuringMachineMemory, FusedStepAgreesOnZeroMemoryAndOneUsedOutput) {
  const Problem problem(torch::kDouble);
  for (const auto step : {step_memory, step_memory_fused}) {
    const auto next =
        step(problem.emitted, {torch::zeros({2, 11, 5}, torch::kDouble), problem.weights, {}},
             problem.layout);
    const auto gradient =
        torch::autograd::grad({next.weights.square().sum()}, {problem.emitted, problem.weights});
    EXPECT_TRUE(torch::isfinite(gradient[0]).all().item<bool>());
    EXPECT_GT(gradient[1].abs().max().item<double>(), 0);
  }
}

TEST(NeuralTuringMachineMemory, Equation1HoldsAfterManySteps) {
  torch::manual_seed(5);
  const HeadLayout layout{.columns = 5, .read_heads = 1, .write_heads = 1, .shifts = 3};
  MemoryState state{torch::zeros({2, 11, 5}), torch::full({2, 2, 11}, 1.0 / 11), {}};
  for (int i = 0; i < 200; ++i) {
    state = step_memory_fused(5 * torch::randn({2, layout.total()}), state, layout);
    EXPECT_GE(state.weights.min().item<double>(), 0);
    EXPECT_TRUE(torch::allclose(state.weights.sum(-1), torch::ones({2, 2})));
  }
}

TEST(NeuralTuringMachineMemory, FusedStepRefusesASecondDerivative) {
  const Problem problem(torch::kDouble);
  const auto next = step_memory_fused(problem.emitted, problem.state(), problem.layout);
  try {
    torch::autograd::grad({next.reads.sum()}, {problem.memory}, {}, std::nullopt,
                          /*create_graph=*/true);
    FAIL() << "no error";
  } catch (const c10::Error& error) {
    EXPECT_STREQ(error.what_without_backtrace(),
                 "step_memory_fused has no second derivative: use step_memory");
  }
}

}  // namespace
}  // namespace zoo
