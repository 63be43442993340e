#include "support/conformance.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/cuda.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "support/cpu_autocast.h"
#include "zoo/models/safetensors/safetensors.h"

namespace zoo::testing_support {

using torch::Tensor;

Tensor normal_numbers(torch::IntArrayRef sizes) {
  const auto generator = torch::make_generator<at::CPUGeneratorImpl>(2014);
  return torch::randn(sizes, generator, torch::kDouble);
}

Tensor coins(torch::IntArrayRef sizes) {
  const auto generator = torch::make_generator<at::CPUGeneratorImpl>(2015);
  return torch::randint(2, sizes, generator, torch::kDouble);
}

std::shared_ptr<torch::nn::Module> Conformance::make(torch::Dtype dtype) const {
  auto module = GetParam().make();
  module->to(dtype);
  return module;
}

Tensor Conformance::forward(torch::nn::Module& module) const {
  const auto place = module.parameters().front();
  return GetParam().forward(module, GetParam().inputs.to(place.device(), place.scalar_type()));
}

Tensor Conformance::loss(torch::nn::Module& module) const {
  const Tensor output = forward(module);
  return torch::binary_cross_entropy_with_logits(output, GetParam().targets.to(output.options()));
}

namespace {

bool same(const Tensor& a, const Tensor& b) { return torch::equal(a, b); }

std::set<std::string> names_of_tensors(const torch::nn::Module& module) {
  std::set<std::string> names;
  for (const auto& item : module.named_parameters()) names.insert(item.key());
  for (const auto& item : module.named_buffers()) names.insert(item.key());
  return names;
}

TEST_P(Conformance, OutputHasTheDocumentedShape) {
  const auto module = make();
  EXPECT_EQ(forward(*module).sizes(), GetParam().targets.sizes());
  EXPECT_TRUE(torch::isfinite(loss(*module)).item<bool>());
}

TEST_P(Conformance, TensorsHaveTheDocumentedNames) {
  const auto& expected = GetParam().tensors;
  EXPECT_EQ(names_of_tensors(*make()), std::set<std::string>(expected.begin(), expected.end()));
}

TEST_P(Conformance, EveryParameterGetsAGradient) {
  const auto module = make();
  loss(*module).backward();
  for (const auto& item : module->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().max().item<double>(), 0) << item.key();
  }
}

TEST_P(Conformance, GradientsAgreeWithCentralDifferences) {
  const auto module = make();
  loss(*module).backward();
  constexpr double kStep = 1e-4;
  for (const auto& item : module->named_parameters()) {
    torch::NoGradGuard no_grad;
    const Tensor flat = item.value().detach().view({-1});
    const Tensor gradient = item.value().grad().reshape({-1});
    for (const int64_t i : {int64_t{0}, flat.numel() / 2, flat.numel() - 1}) {
      const double value = flat[i].item<double>();
      const auto loss_at = [&](double offset) {
        flat[i] = value + offset;
        return loss(*module).item<double>();
      };
      // Five points: the third derivative, large in a recurrence, cancels.
      const double slope =
          (8 * (loss_at(kStep) - loss_at(-kStep)) - (loss_at(2 * kStep) - loss_at(-2 * kStep))) /
          (12 * kStep);
      flat[i] = value;
      EXPECT_NEAR(gradient[i].item<double>(), slope, 1e-8) << item.key() << " at " << i;
    }
  }
}

TEST_P(Conformance, LaterInputsChangeNothingEarlier) {
  if (!GetParam().causal) return;
  const auto module = make();
  const Tensor before = forward(*module);
  const int64_t kept = before.size(1) / 2;
  Tensor inputs = GetParam().inputs.clone();
  inputs.narrow(1, kept, inputs.size(1) - kept).add_(1);
  const Tensor after = GetParam().forward(*module, inputs);
  EXPECT_TRUE(same(before.narrow(1, 0, kept), after.narrow(1, 0, kept)));
  EXPECT_FALSE(same(before, after));
}

// Products of matrices in bfloat16.
TEST_P(Conformance, TrainsUnderAutocast) {
  const auto module = make(torch::kFloat);
  const Tensor outputs = [&] {
    const CpuAutocast autocast;
    return forward(*module).to(torch::kFloat);
  }();
  outputs.sin().sum().backward();
  for (const auto& item : module->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_EQ(item.value().grad().scalar_type(), torch::kFloat) << item.key();
    EXPECT_TRUE(torch::isfinite(item.value().grad()).all().item<bool>()) << item.key();
  }
}

TEST_P(Conformance, EvaluationIsDeterministic) {
  const auto module = make();
  module->eval();
  EXPECT_TRUE(same(forward(*module), forward(*module)));
}

TEST_P(Conformance, WeightsSurviveAFile) {
  const auto module = make();
  const auto path = std::filesystem::temp_directory_path() /
                    ("zoo_conformance_" + GetParam().name + ".safetensors");
  save_module(*module, path);
  const auto other = make();
  for (auto& parameter : other->parameters()) {
    torch::NoGradGuard no_grad;
    parameter.add_(1);
  }
  EXPECT_FALSE(same(forward(*module), forward(*other)));
  load_module(*other, path);
  EXPECT_TRUE(same(forward(*module), forward(*other)));
  std::filesystem::remove(path);
}

TEST_P(Conformance, CloneGivesTheSameAndSharesNothing) {
  const auto module = make();
  const auto clone = module->clone();
  const Tensor before = forward(*module);
  EXPECT_TRUE(same(before, forward(*clone)));
  for (auto& parameter : module->parameters()) {
    torch::NoGradGuard no_grad;
    parameter.add_(1);
  }
  EXPECT_TRUE(same(before, forward(*clone)));
}

TEST_P(Conformance, OverfitsOneBatch) {
  const auto module = make();
  torch::optim::Adam optimizer(module->parameters(), torch::optim::AdamOptions(0.02));
  const double before = loss(*module).item<double>();
  for (int i = 0; i < 300; ++i) {
    optimizer.zero_grad();
    loss(*module).backward();
    optimizer.step();
  }
  EXPECT_LT(loss(*module).item<double>(), 0.1 * before);
}

TEST_P(Conformance, FloatAgreesWithDouble) {
  const auto module = make();
  const Tensor exact = forward(*module);
  module->to(torch::kFloat);
  EXPECT_LT((forward(*module).to(torch::kDouble) - exact).abs().max().item<double>(), 1e-4);
}

// Machines without such a device have nothing to compare.
TEST_P(Conformance, CudaAgreesWithTheCpu) {
  const auto module = make();
  const Tensor expected = forward(*module);
  if (torch::cuda::is_available()) module->to(torch::kCUDA);
  EXPECT_LT((forward(*module).cpu() - expected).abs().max().item<double>(), 1e-10);
}

}  // namespace
}  // namespace zoo::testing_support
