// Options of optimisers.
#pragma once

#include <string_view>
#include <variant>

#include "zoo/models/options/options.h"

namespace zoo {

/// RMSProp of Graves (2013), "Generating Sequences With Recurrent Neural Networks",
/// arXiv:1308.0850, eq. 38-41: centred, with momentum, epsilon inside the root.
struct RmspropOptions {
  static constexpr std::string_view kName = "rmsprop";
  double learning_rate = 1e-4;
  double decay = 0.95;
  double momentum = 0.9;
  double epsilon = 1e-4;

  static void fields(auto& self, auto&& visit) {
    visit("learning_rate", self.learning_rate, "step size", at_least(0));
    visit("decay", self.decay, "of the running means of gradient and squared gradient",
          between(0, 1));
    visit("momentum", self.momentum, "share of the last update kept in the next", between(0, 1));
    visit("epsilon", self.epsilon, "added to the variance inside the root", above(0));
  }
};

/// Adam, Kingma and Ba (2015), arXiv:1412.6980, algorithm 1; with `weight_decay` the decoupled
/// decay of AdamW, Loshchilov and Hutter (2019), arXiv:1711.05101.
struct AdamOptions {
  static constexpr std::string_view kName = "adam";
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;

  static void fields(auto& self, auto&& visit) {
    visit("learning_rate", self.learning_rate, "step size", at_least(0));
    visit("beta1", self.beta1, "decay of the mean of the gradient", between(0, 1));
    visit("beta2", self.beta2, "decay of the mean of the squared gradient", between(0, 1));
    visit("epsilon", self.epsilon, "added to the root of the second moment", above(0));
    visit("weight_decay", self.weight_decay, "decoupled decay of the weights (AdamW); 0: none",
          at_least(0));
  }
};

/// Stochastic gradient descent with (Nesterov's) momentum.
struct SgdOptions {
  static constexpr std::string_view kName = "sgd";
  double learning_rate = 0.1;
  double momentum = 0;
  bool nesterov = false;

  static void fields(auto& self, auto&& visit) {
    visit("learning_rate", self.learning_rate, "step size", at_least(0));
    visit("momentum", self.momentum, "share of the last update kept in the next", between(0, 1));
    visit("nesterov", self.nesterov, "look ahead along the momentum");
  }
};

/// Adadelta, Zeiler (2012), arXiv:1212.5701, algorithm 1. It has no learning rate: the ratio of the
/// sizes of past updates and gradients takes its place. `learning_rate` multiplies its updates, so
/// that schedules apply; what it remembers of its updates is without that factor.
struct AdadeltaOptions {
  static constexpr std::string_view kName = "adadelta";
  double learning_rate = 1;
  double rho = 0.95;
  double epsilon = 1e-6;

  static void fields(auto& self, auto&& visit) {
    visit("learning_rate", self.learning_rate, "factor of the updates; 1: as in the paper",
          at_least(0));
    visit("rho", self.rho, "decay of the running means of squared gradients and updates",
          between(0, 1));
    visit("epsilon", self.epsilon, "added to both means inside the roots", above(0));
  }
};

using OptimizerOptions = std::variant<RmspropOptions, AdamOptions, SgdOptions, AdadeltaOptions>;

}  // namespace zoo
