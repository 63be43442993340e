#include "support/golden.h"

#include <gtest/gtest.h>

#include <numbers>

namespace zoo::testing_support {
namespace {

using torch::Tensor;

constexpr double kLearningRate = 1e-3;
constexpr double kDecay = 0.95;
constexpr double kMomentum = 0.9;
constexpr double kEpsilon = 1e-4;
constexpr double kClip = 10;
constexpr int kSteps = 10;

Tensor bits_per_sequence(const Tensor& logits, const Golden& golden) {
  const Tensor nats = torch::binary_cross_entropy_with_logits(logits, golden["targets"], {}, {},
                                                              at::Reduction::None);
  const Tensor counted = torch::mul(nats, golden["mask"].unsqueeze(-1));
  return counted.sum() / (std::numbers::ln2 * static_cast<double>(logits.size(0)));
}

// Graves (2013), eq. 38 to 41, in the plainest form; models know no optimisers.
struct Moments {
  Tensor square, mean, change;
};

void step(const std::vector<Tensor>& parameters, std::vector<Moments>& moments) {
  torch::NoGradGuard no_grad;
  for (size_t i = 0; i < parameters.size(); ++i) {
    auto& [square, mean, change] = moments[i];
    const Tensor gradient = parameters[i].grad().clamp(-kClip, kClip);
    square = kDecay * square + (1 - kDecay) * gradient * gradient;
    mean = kDecay * mean + (1 - kDecay) * gradient;
    change = kMomentum * change -
             kLearningRate * gradient / torch::sqrt(square - mean * mean + kEpsilon);
    parameters[i].add_(change);
  }
}

}  // namespace

Tensor Golden::operator[](const std::string& tensor) const {
  const Tensor* found = file.find(tensor);
  TORCH_CHECK(found, name, " has no tensor ", tensor);
  return *found;
}

void Golden::expect_near(const Tensor& ours, const std::string& tensor) const {
  const Tensor theirs = (*this)[tensor];
  ASSERT_EQ(ours.sizes(), theirs.sizes()) << name << " " << tensor;
  const double tolerance = theirs.scalar_type() == torch::kFloat ? 1e-5 : 1e-10;
  const Tensor difference = (ours - theirs).abs() / theirs.abs().clamp_min(1);
  EXPECT_LE(difference.max().item<double>(), tolerance) << name << " " << tensor;
}

Golden read_golden(const std::string& name) {
  Golden golden{name, read_safetensors(ZOO_TEST_DIR "/goldens/" + name + ".safetensors"), ""};
  golden.options = golden.file.metadata.at("options");
  return golden;
}

void check_against_golden(const Golden& golden, torch::nn::Module& module,
                          const std::function<Tensor(const Tensor&)>& forward) {
  module.to(golden["inputs"].scalar_type());
  const auto load = [&](const std::string& name, Tensor tensor) {
    torch::NoGradGuard no_grad;
    tensor.copy_(golden["parameters/" + name]);
  };
  for (const auto& item : module.named_parameters()) load(item.key(), item.value());
  for (const auto& item : module.named_buffers()) load(item.key(), item.value());

  const auto parameters = module.parameters();
  std::vector<Moments> moments;
  for (const auto& parameter : parameters) {
    moments.push_back(
        {torch::zeros_like(parameter), torch::zeros_like(parameter), torch::zeros_like(parameter)});
  }
  for (int i = 0; i < kSteps; ++i) {
    module.zero_grad();
    const Tensor logits = forward(golden["inputs"]);
    const Tensor loss = bits_per_sequence(logits, golden);
    loss.backward();
    if (i == 0) {
      golden.expect_near(logits.detach(), "outputs");
      golden.expect_near(loss.detach(), "loss");
      for (const auto& item : module.named_parameters()) {
        golden.expect_near(item.value().grad(), "gradients/" + item.key());
      }
    }
    step(parameters, moments);
  }
  for (const auto& item : module.named_parameters()) {
    golden.expect_near(item.value().detach(), "trained/" + item.key());
  }
}

}  // namespace zoo::testing_support
