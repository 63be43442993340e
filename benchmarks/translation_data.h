// The sentences that an experiment of the benchmarks reads.
#pragma once

#include <memory>
#include <stdexcept>

#include "zoo/apps/zoo/session.h"
#include "zoo/datasets/translation.h"

namespace zoo {

/// Throws `std::invalid_argument` for an experiment on anything but pairs of sentences.
inline std::shared_ptr<const TranslationDataset> translation_dataset(const Experiment& experiment) {
  const auto& [name, options] = experiment.dataset;
  const auto any = catalogue().dataset(name)->make(options, experiment.kept_files);
  auto dataset = std::dynamic_pointer_cast<const TranslationDataset>(any);
  if (!dataset) throw std::invalid_argument(name + " has no sentences to translate");
  return dataset;
}

}  // namespace zoo
