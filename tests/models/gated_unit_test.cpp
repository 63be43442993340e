#include "zoo/models/gated_unit/gated_unit.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <vector>

#include "support/message_of.h"

namespace zoo {
namespace {

using torch::Tensor;

// One unit, one input, all weights 1, no bias: h = 0.5, x = 1, c = 0.25.
TEST(GatedUnitTest, StepIsWhatTheEquationsSay) {
  GatedUnit unit(GatedUnitOptions{.input_size = 1, .hidden_size = 1, .context_size = 1});
  unit->to(torch::kDouble);
  torch::NoGradGuard no_gradients;
  for (auto& parameter : unit->parameters()) parameter.fill_(1);
  unit->input->bias.zero_();
  const Tensor state = torch::full({1, 1}, 0.5, torch::kDouble);
  const Tensor projected = unit->project(torch::ones({1, 1}, torch::kDouble));
  const double gate = 1 / (1 + std::exp(-1.75));
  const double candidate = std::tanh(1 + gate * 0.5 + 0.25);
  EXPECT_NEAR(
      unit->step(projected, state, torch::full({1, 1}, 0.25, torch::kDouble)).item<double>(),
      (1 - gate) * 0.5 + gate * candidate, 1e-12);
}

// The states and the gradients of everything that has a part in them.
std::vector<Tensor> states_and_gradients(GatedUnit& unit, bool step_by_step) {
  torch::manual_seed(2);
  const Tensor inputs = torch::randn({4, 3, 5}, torch::kDouble).requires_grad_();
  const Tensor start = torch::randn({3, 7}, torch::kDouble).requires_grad_();
  const Tensor projected = unit->project(inputs);
  Tensor states;
  if (step_by_step) {
    std::vector<Tensor> each;
    for (const Tensor& now : projected.unbind(0)) {
      each.push_back(unit->step(now, each.empty() ? start : each.back()));
    }
    states = torch::stack(each);
  } else {
    states = unit->run(projected.flatten(0, 1), start, torch::full({4}, 3)).view({4, 3, 7});
  }
  auto wanted = unit->parameters();
  wanted.insert(wanted.end(), {inputs, start});
  auto result = torch::autograd::grad({(states * torch::randn_like(states)).sum()}, wanted);
  result.push_back(states);
  return result;
}

TEST(GatedUnitTest, RunIsItsStepsInValuesAndGradients) {
  torch::manual_seed(1);
  GatedUnit unit(GatedUnitOptions{.input_size = 5, .hidden_size = 7});
  unit->to(torch::kDouble);
  const auto fused = states_and_gradients(unit, false), composed = states_and_gradients(unit, true);
  ASSERT_EQ(fused.size(), composed.size());
  for (size_t i = 0; i < fused.size(); ++i) {
    EXPECT_TRUE(torch::allclose(fused[i], composed[i], 0, 1e-12)) << i;
  }
}

// The same sequences one by one, each turned around by hand.
Tensor read_alone(GatedUnit& unit, const Tensor& sequence, Direction direction) {
  const bool back = direction == Direction::kBackward;
  const Tensor in_order = back ? sequence.flip(0) : sequence;
  const Tensor start = torch::zeros({1, unit->options.hidden_size}, sequence.options());
  const Tensor active = torch::ones({sequence.size(0)}, torch::kLong);
  const Tensor states = unit->run(unit->project(in_order), start, active);
  return back ? states.flip(0) : states;
}

// The states within the lengths and the gradients of everything that has a part in them.
std::vector<Tensor> read_states_and_gradients(GatedUnit& unit, Direction direction, bool alone) {
  torch::manual_seed(3);
  const std::vector<int64_t> lengths = {3, 1, 5, 3};
  const Tensor inputs = torch::randn({6, 4, 5}, torch::kDouble).requires_grad_();
  const Tensor together = alone ? Tensor() : unit->read(inputs, torch::tensor(lengths), direction);
  std::vector<Tensor> states;
  for (int64_t b = 0; b < 4; ++b) {
    const auto own = [&](const Tensor& all) { return all.select(1, b).narrow(0, 0, lengths[b]); };
    states.push_back(alone ? read_alone(unit, own(inputs), direction) : own(together));
  }
  Tensor all = torch::cat(states);
  auto wanted = unit->parameters();
  wanted.push_back(inputs);
  auto result = torch::autograd::grad({(all * torch::randn_like(all)).sum()}, wanted);
  result.push_back(all);
  return result;
}

TEST(GatedUnitTest, ReadsPaddedSequencesAsItReadsEachAlone) {
  torch::manual_seed(1);
  GatedUnit unit(GatedUnitOptions{.input_size = 5, .hidden_size = 7});
  unit->to(torch::kDouble);
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const auto together = read_states_and_gradients(unit, direction, false);
    const auto alone = read_states_and_gradients(unit, direction, true);
    ASSERT_EQ(together.size(), alone.size());
    for (size_t i = 0; i < alone.size(); ++i) {
      EXPECT_TRUE(torch::allclose(together[i], alone[i], 0, 1e-12)) << i;
    }
  }
}

TEST(GatedUnitTest, SaysWhatIsWrong) {
  EXPECT_EQ(message_of<c10::Error>([] { GatedUnit unit(GatedUnitOptions{.input_size = 2}); }),
            "GatedUnit: hidden_size must be at least 1, got 0");
}

}  // namespace
}  // namespace zoo
