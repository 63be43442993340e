// What every model must do, whatever it is. A model's test describes one small specimen:
//
//     INSTANTIATE_TEST_SUITE_P(Lstm, Conformance, testing::Values(specimen()), specimen_name);
//
// Sizes are distinct primes, so that a mixed-up axis shows.
#pragma once

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/types.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace zoo::testing_support {

struct Specimen {
  std::string name;
  std::function<std::shared_ptr<torch::nn::Module>()> make;
  /// The output for the inputs; the module is one that `make` made.
  std::function<torch::Tensor(torch::nn::Module&, const torch::Tensor&)> forward;
  torch::Tensor inputs;              ///< [B, T, ...] float64, of `normal_numbers`
  torch::Tensor targets;             ///< in [0, 1], of the output's shape, float64, of `coins`
  bool causal = true;                ///< later inputs change nothing earlier
  std::vector<std::string> tensors;  ///< names of all parameters and buffers, in any order
};

/// The same numbers whatever was drawn before: specimens are made before any test, in any order.
torch::Tensor normal_numbers(torch::IntArrayRef sizes);
torch::Tensor coins(torch::IntArrayRef sizes);

inline void PrintTo(const Specimen& specimen, std::ostream* out) { *out << specimen.name; }

inline std::string specimen_name(const testing::TestParamInfo<Specimen>& info) {
  return info.param.name;
}

class Conformance : public testing::TestWithParam<Specimen> {
 protected:
  void SetUp() override { torch::manual_seed(7); }

  std::shared_ptr<torch::nn::Module> make(torch::Dtype dtype = torch::kDouble) const;
  torch::Tensor forward(torch::nn::Module& module) const;
  torch::Tensor loss(torch::nn::Module& module) const;
};

/// Stands for a member of any type.
struct AnyMember {
  template <class T>
  operator T() const;
};

/// How many members an aggregate has.
template <class T, class... Members>
constexpr size_t members_of() {
  if constexpr (requires { T{std::declval<Members>()..., std::declval<AnyMember>()}; }) {
    return members_of<T, Members..., AnyMember>();
  } else {
    return sizeof...(Members);
  }
}

}  // namespace zoo::testing_support
