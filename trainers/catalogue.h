// Everything that an experiment can name. The build writes one function that fills it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "zoo/datasets/dataset.h"
#include "zoo/trainers/experiment.h"

namespace zoo {

class Task;

struct ModelEntry {
  std::string name;
  AnyOptions defaults;
  std::vector<std::string> tasks;  ///< the names of the tasks that it can learn
};

struct DatasetEntry {
  std::string name;
  AnyOptions defaults;
  std::string batch;  ///< the kind of its batches, e.g. "transduction"
  /// Datasets that keep no files take no notice of them.
  std::function<std::shared_ptr<AnyDataset>(const AnyOptions&, const KeptFiles&)> make;
};

struct TaskEntry {
  std::string name;
  AnyOptions defaults;
  std::string batch;                 ///< the kind of batches that it needs
  std::vector<std::string> metrics;  ///< the names of the metrics that it reports
  /// For each model by name: fills in the sizes that the data determine (throws
  /// `std::invalid_argument` where a stated size differs), then builds the task.
  std::map<std::string, std::function<void(Experiment&)>> complete;
  /// Throws `c10::Error` for an unknown device.
  std::map<std::string,
           std::function<std::unique_ptr<Task>(const Experiment&, const std::string& device)>>
      make;
};

/// In alphabetical order.
struct Catalogue {
  std::vector<ModelEntry> models;
  std::vector<DatasetEntry> datasets;
  std::vector<TaskEntry> tasks;

  /// A null pointer if there is none of that name.
  const ModelEntry* model(const std::string& name) const;
  const DatasetEntry* dataset(const std::string& name) const;
  const TaskEntry* task(const std::string& name) const;
};

/// Everything in this build; written by CMake from the folders that it finds.
Catalogue make_catalogue();

}  // namespace zoo
