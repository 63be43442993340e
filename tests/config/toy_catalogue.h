// A catalogue of toys that has every kind of option.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "zoo/trainers/catalogue.h"

namespace zoo::toys {

enum class Controller { kFeedforward, kLstm };
constexpr auto names_of(Controller) {
  return std::array<std::string_view, 2>{"feedforward", "lstm"};
}

struct NoMemory {
  static constexpr std::string_view kName = "none";
  static void fields(auto&, auto&&) {}
};

struct BankMemory {
  static constexpr std::string_view kName = "bank";
  int64_t rows = 16;
  double sharpness = 2.5;

  static void fields(auto& self, auto&& visit) {
    visit("rows", self.rows, "of the memory", at_least(1));
    visit("sharpness", self.sharpness, "of the focus", above(1));
  }
};

struct ModelOptions {
  int64_t input_size = 0;
  int64_t hidden_size = 100;
  double dropout = 0.1;
  bool gated = true;
  std::string label = "plain";
  std::vector<int64_t> sizes = {2, 3};
  Controller controller = Controller::kLstm;
  std::variant<NoMemory, BankMemory> memory = BankMemory{.rows = 7};

  static void fields(auto& self, auto&& visit) {
    visit("input_size", self.input_size, "filled in from the data", at_least(0));
    visit("hidden_size", self.hidden_size, "units", at_least(1));
    visit("dropout", self.dropout, "share of units", between(0, 1));
    visit("gated", self.gated, "with gates");
    visit("label", self.label, "free text");
    visit("sizes", self.sizes, "of the layers", at_least(1));
    visit("controller", self.controller, "what steers");
    visit("memory", self.memory, "what remembers");
  }
};

struct CopyOptions {
  int64_t min_length = 1;
  int64_t max_length = 20;
  int64_t repeats = 1;  // came later

  static void fields(auto& self, auto&& visit) {
    visit("min_length", self.min_length, "fewest vectors", at_least(1));
    visit("max_length", self.max_length, "most vectors", at_least(1));
    visit("repeats", self.repeats, "times that they come", at_least(1), 1);
  }
};

struct NoOptions {
  static void fields(auto&, auto&&) {}
};

/// The input size is max_length; another one that is stated is refused.
inline void complete(Experiment& experiment) {
  auto* model = experiment.model.options.as<ModelOptions>();
  const auto length = experiment.dataset.options.as<CopyOptions>()->max_length;
  if (model->input_size != 0 && model->input_size != length) {
    throw std::invalid_argument("input_size must be " + std::to_string(length) + ", got " +
                                std::to_string(model->input_size));
  }
  model->input_size = length;
}

inline std::shared_ptr<AnyDataset> make_copy(const AnyOptions& options, const KeptFiles& = {}) {
  const auto* copy = options.as<CopyOptions>();
  if (copy->min_length > copy->max_length) throw std::invalid_argument("min is above max");
  return nullptr;
}

inline Catalogue catalogue() {
  Catalogue all;
  all.models = {{"mute", AnyOptions(NoOptions()), {"pointing"}},
                {"toy", AnyOptions(ModelOptions()), {"transduction"}}};
  all.datasets = {{"copy", AnyOptions(CopyOptions()), "transduction", make_copy},
                  {"points", AnyOptions(NoOptions()), "pointing", {}},
                  {"repeat", AnyOptions(CopyOptions()), "transduction", {}}};
  const auto checked = [](Experiment& experiment) {
    make_copy(experiment.dataset.options);
    complete(experiment);
  };
  all.tasks = {{"pointing", AnyOptions(NoOptions()), "pointing", {"tour_length"}, {}, {}},
               {"transduction",
                AnyOptions(NoOptions()),
                "transduction",
                {"bits_per_sequence", "wrong_bits"},
                {{"toy", checked}},
                {}}};
  return all;
}

}  // namespace zoo::toys
