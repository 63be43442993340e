#include "support/golden_optimizers.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace zoo::testing_support {
namespace {

using torch::Tensor;

// Graves (2013), eq. 38 to 41, in the plainest form, gradients clipped one by one; models know no
// optimisers.
class GravesRmsprop {
 public:
  void operator()(const std::vector<Tensor>& parameters) {
    torch::NoGradGuard no_grad;
    if (moments_.empty()) {
      for (const auto& parameter : parameters) {
        const auto zero = [&] { return torch::zeros_like(parameter); };
        moments_.push_back({zero(), zero(), zero()});
      }
    }
    for (size_t i = 0; i < parameters.size(); ++i) {
      auto& [square, mean, change] = moments_[i];
      const Tensor gradient = parameters[i].grad().clamp(-10, 10);
      square = kDecay * square + (1 - kDecay) * gradient * gradient;
      mean = kDecay * mean + (1 - kDecay) * gradient;
      change = 0.9 * change - 1e-3 * gradient / torch::sqrt(square - mean * mean + 1e-4);
      parameters[i].add_(change);
    }
  }

 private:
  static constexpr double kDecay = 0.95;
  struct Moments {
    Tensor square, mean, change;
  };
  std::vector<Moments> moments_;
};

double norm_of_gradients(const std::vector<Tensor>& parameters) {
  double square = 0;
  for (const auto& parameter : parameters) square += parameter.grad().square().sum().item<double>();
  return std::sqrt(square);
}

// Zeiler (2012), algorithm 1, with rho = 0.95 and epsilon = 1e-6, the norm of the whole gradient
// clipped to 1.
class Adadelta {
 public:
  void operator()(const std::vector<Tensor>& parameters) {
    torch::NoGradGuard no_grad;
    squares_.resize(parameters.size());
    const double factor = std::min(1.0, 1.0 / (norm_of_gradients(parameters) + 1e-6));
    for (size_t i = 0; i < parameters.size(); ++i) {
      auto& [of_gradients, of_changes] = squares_[i];
      if (!of_gradients.defined()) {
        of_gradients = torch::zeros_like(parameters[i]);
        of_changes = torch::zeros_like(parameters[i]);
      }
      const Tensor gradient = factor * parameters[i].grad();
      of_gradients = 0.95 * of_gradients + 0.05 * gradient * gradient;
      const Tensor change =
          -torch::sqrt(of_changes + 1e-6) / torch::sqrt(of_gradients + 1e-6) * gradient;
      of_changes = 0.95 * of_changes + 0.05 * change * change;
      parameters[i].add_(change);
    }
  }

 private:
  struct Squares {
    Tensor of_gradients, of_changes;
  };
  std::vector<Squares> squares_;
};

// Gradient descent, the norm of the whole gradient clipped.
struct Descent {
  double learning_rate;
  double clip_norm;

  void operator()(const std::vector<Tensor>& parameters) const {
    torch::NoGradGuard no_grad;
    const double factor = std::min(1.0, clip_norm / (norm_of_gradients(parameters) + 1e-6));
    for (const auto& parameter : parameters) {
      parameter.sub_(learning_rate * factor * parameter.grad());
    }
  }
};

// Kingma and Ba (2015), arXiv:1412.6980, algorithm 1, the norm of the whole gradient clipped if
// `clip_norm` is not 0.
struct Adam {
  std::function<double(int64_t step)> learning_rate;  ///< of the steps from 1 on
  double beta1, beta2, epsilon, clip_norm;

  struct Moments {
    Tensor mean, square;
  };
  std::vector<Moments> moments{};
  int64_t step = 0;

  void operator()(const std::vector<Tensor>& parameters) {
    torch::NoGradGuard no_grad;
    moments.resize(parameters.size());
    ++step;
    const double factor =
        clip_norm > 0 ? std::min(1.0, clip_norm / (norm_of_gradients(parameters) + 1e-6)) : 1;
    for (size_t i = 0; i < parameters.size(); ++i) {
      auto& [mean, square] = moments[i];
      if (!mean.defined()) mean = torch::zeros_like(parameters[i]);
      if (!square.defined()) square = torch::zeros_like(parameters[i]);
      const Tensor gradient = factor * parameters[i].grad();
      mean = beta1 * mean + (1 - beta1) * gradient;
      square = beta2 * square + (1 - beta2) * gradient * gradient;
      const Tensor deviation = torch::sqrt(square / (1 - std::pow(beta2, step)));
      parameters[i].sub_(learning_rate(step) * (mean / (1 - std::pow(beta1, step))) /
                         (deviation + epsilon));
    }
  }
};

// A number that a JSON object of the golden's metadata says.
double number_of(const Golden& golden, const std::string& object, const std::string& name) {
  const std::string& options =
      object == "options" ? golden.options : golden.file.metadata.at(object);
  const auto found = options.find('"' + name + "\":");
  TORCH_CHECK(found != std::string::npos, golden.name, ": its ", object, " has no ", name);
  return std::stod(options.substr(found + name.size() + 3));
}

double optimizer_option(const Golden& golden, const std::string& name) {
  return number_of(golden, "optimizer", name);
}

// Vaswani et al. (2017), arXiv:1706.03762, eq. 3.
std::function<double(int64_t)> noam_of(const Golden& golden) {
  const double factor = optimizer_option(golden, "factor"),
               warmup = optimizer_option(golden, "warmup"),
               size = number_of(golden, "options", "model_size");
  return [=](int64_t step) {
    const auto number = static_cast<double>(step);
    return factor / std::sqrt(size) *
           std::min(1 / std::sqrt(number), number * std::pow(warmup, -1.5));
  };
}

Adam adam_of(const Golden& golden) {
  const std::string& options = golden.file.metadata.at("optimizer");
  Adam adam{.learning_rate = {},
            .beta1 = optimizer_option(golden, "beta1"),
            .beta2 = optimizer_option(golden, "beta2"),
            .epsilon = optimizer_option(golden, "epsilon"),
            .clip_norm = options.find("\"clip_norm\"") == std::string::npos
                             ? 0
                             : optimizer_option(golden, "clip_norm")};
  if (options.find("\"noam\"") != std::string::npos) {
    adam.learning_rate = noam_of(golden);
  } else {
    adam.learning_rate = [rate = optimizer_option(golden, "learning_rate")](int64_t) {
      return rate;
    };
  }
  return adam;
}

}  // namespace

GoldenOptimizer graves_rmsprop() { return GravesRmsprop(); }

GoldenOptimizer optimizer_of(const Golden& golden) {
  const std::string& options = golden.file.metadata.at("optimizer");
  if (options.find("\"adam\"") != std::string::npos) return adam_of(golden);
  if (options.find("\"sgd\"") == std::string::npos) return Adadelta();
  return Descent{optimizer_option(golden, "learning_rate"), optimizer_option(golden, "clip_norm")};
}

}  // namespace zoo::testing_support
