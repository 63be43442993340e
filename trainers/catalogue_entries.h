// How a class becomes an entry of the catalogue; included by the generated file alone.
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "zoo/datasets/dataset.h"
#include "zoo/datasets/random.h"
#include "zoo/trainers/catalogue.h"
#include "zoo/trainers/tasks/supervised.h"

namespace zoo {

/// `Data` derives from `Dataset<Batch>` and names its `Options`.
template <class Data>
void add_dataset(Catalogue& catalogue, const std::string& name) {
  catalogue.datasets.push_back(
      {.name = name,
       .defaults = AnyOptions(typename Data::Options()),
       .batch = std::string(Data::BatchType::kName),
       .make = [](const AnyOptions& options, const KeptFiles& kept) -> std::shared_ptr<AnyDataset> {
         const auto& own = *options.as<typename Data::Options>();
         if constexpr (std::is_constructible_v<Data, decltype(own), KeptFiles>) {
           if (!kept.empty()) return std::make_shared<Data>(own, kept);
         }
         return std::make_shared<Data>(own);
       }});
}

/// `Kind` names the `Options`, the `Batch` and the `metrics()` of a task, and binds it to models
/// by `complete` and `make`. It may have a `check(options, dataset)` that throws
/// `std::invalid_argument` for options that do not go with the data.
template <class Kind>
void add_task(Catalogue& catalogue, const std::string& name) {
  catalogue.tasks.push_back({.name = name,
                             .defaults = AnyOptions(typename Kind::Options()),
                             .batch = std::string(Kind::Batch::kName),
                             .metrics = Kind::metrics(),
                             .complete = {},
                             .make = {}});
}

/// `Model` is a module holder whose module has its options in `options`.
template <class Model>
using OptionsOf = decltype(Model::ContainedType::options);

template <class Model>
void add_model(Catalogue& catalogue, const std::string& name) {
  catalogue.models.push_back(
      {.name = name, .defaults = AnyOptions(OptionsOf<Model>()), .tasks = {}});
}

template <class Batch>
std::shared_ptr<const Dataset<Batch>> make_dataset(const Component& component,
                                                   const KeptFiles& kept = {}) {
  static const Catalogue catalogue = make_catalogue();
  const auto* entry = catalogue.dataset(component.name);
  auto dataset =
      std::dynamic_pointer_cast<const Dataset<Batch>>(entry->make(component.options, kept));
  if (!dataset) {
    throw std::invalid_argument("dataset '" + component.name + "' does not give batches for " +
                                std::string(Batch::kName));
  }
  return dataset;
}

/// The data side of a task with one loss.
template <class Batch>
typename SupervisedTask<Batch>::Setup supervised_setup(const Experiment& experiment,
                                                       const std::string& device) {
  typename SupervisedTask<Batch>::Setup setup;
  setup.dataset = make_dataset<Batch>(experiment.dataset, experiment.kept_files);
  for (const auto& evaluation : experiment.evaluate) {
    // What was learned of the training data, such as a vocabulary, holds for all data.
    const auto dataset = make_dataset<Batch>(evaluation.dataset, setup.dataset->kept_files());
    setup.evaluations.push_back(
        {evaluation.name, dataset, Split::kTest, evaluation.batches, evaluation.batch_size});
  }
  setup.trainer = experiment.trainer;
  setup.seed = static_cast<uint64_t>(experiment.seed);
  setup.device = torch::Device(device);
  return setup;
}

/// Binds a task to a model that can learn it.
template <class Kind, class Model>
void add_pairing(Catalogue& catalogue, const std::string& task_name,
                 const std::string& model_name) {
  const auto by_name = [](const std::string& name) {
    return [&name](const auto& entry) { return entry.name == name; };
  };
  auto& task = *std::ranges::find_if(catalogue.tasks, by_name(task_name));
  std::ranges::find_if(catalogue.models, by_name(model_name))->tasks.push_back(task_name);
  task.complete[model_name] = [](Experiment& experiment) {
    const auto dataset = make_dataset<typename Kind::Batch>(experiment.dataset);
    const auto& options = *experiment.task.options.as<typename Kind::Options>();
    if constexpr (requires { Kind::check(options, *dataset); }) Kind::check(options, *dataset);
    Kind::complete(*experiment.model.options.as<OptionsOf<Model>>(), *dataset);
  };
  task.make[model_name] = [](const Experiment& experiment, const std::string& device) {
    auto setup = supervised_setup<typename Kind::Batch>(experiment, device);
    torch::manual_seed(mix({setup.seed, 0x696e6974}));  // "init": other numbers than any step's
    Model model(*experiment.model.options.as<OptionsOf<Model>>());
    return Kind::make(model, *experiment.task.options.as<typename Kind::Options>(),
                      std::move(setup));
  };
}

}  // namespace zoo
