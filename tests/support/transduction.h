// What tests of datasets of sequences share: batches as they are drawn in the READMEs, questions
// that do not fit, options that `fields` must name.
#pragma once

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "support/message_of.h"
#include "zoo/datasets/transduction.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// One line for each channel, time to the right, "." is 0: [T, channels] float32.
inline torch::Tensor drawn(const std::vector<std::string>& channels) {
  std::vector<torch::Tensor> rows;
  for (const auto& channel : channels) {
    std::istringstream words(channel);
    std::vector<float> values;
    for (std::string word; words >> word;) values.push_back(word == "." ? 0 : std::stof(word));
    rows.push_back(torch::tensor(values, torch::kFloat32));
  }
  return torch::stack(rows, 1);
}

/// A batch of one example; its mask is one line.
inline TransductionBatch drawn(const std::vector<std::string>& inputs,
                               const std::vector<std::string>& targets, const std::string& mask) {
  return {.inputs = drawn(inputs).unsqueeze(0),
          .targets = drawn(targets).unsqueeze(0),
          .mask = drawn({mask}).transpose(0, 1)};
}

inline TransductionBatch joined(const TransductionBatch& a, const TransductionBatch& b) {
  return {.inputs = torch::cat({a.inputs, b.inputs}),
          .targets = torch::cat({a.targets, b.targets}),
          .mask = torch::cat({a.mask, b.mask})};
}

inline bool same(const TransductionBatch& a, const TransductionBatch& b) {
  return torch::equal(a.inputs, b.inputs) && torch::equal(a.targets, b.targets) &&
         torch::equal(a.mask, b.mask);
}

/// Printed when two batches differ.
inline std::string text_of(const TransductionBatch& batch) {
  std::ostringstream text;
  text << "inputs " << batch.inputs.transpose(1, 2) << "\ntargets " << batch.targets.transpose(1, 2)
       << "\nmask " << batch.mask;
  return text.str();
}

inline void expect_same(const TransductionBatch& batch, const TransductionBatch& expected) {
  EXPECT_TRUE(same(batch, expected)) << text_of(batch) << "\nexpected " << text_of(expected);
}

/// Some steps of all examples, as the bits that a question has: [example][step][channel].
inline std::vector<std::vector<std::vector<int>>> bits_at(const torch::Tensor& tensor,
                                                          int64_t first, int64_t steps,
                                                          int64_t bits) {
  const auto part = tensor.narrow(1, first, steps).narrow(2, 0, bits).to(torch::kInt32);
  const auto values = part.accessor<int, 3>();
  std::vector<std::vector<std::vector<int>>> examples(static_cast<size_t>(part.size(0)));
  for (int64_t i = 0; i < part.size(0); ++i) {
    for (int64_t step = 0; step < steps; ++step) {
      auto& vector = examples[static_cast<size_t>(i)].emplace_back();
      for (int64_t bit = 0; bit < bits; ++bit) vector.push_back(values[i][step][bit]);
    }
  }
  return examples;
}

/// What a question that does not fit earns.
struct Complaint {
  std::string question;
  std::string message;
};

inline void expect_complaints(const TransductionDataset& dataset,
                              const std::vector<Complaint>& complaints) {
  for (const auto& [question, message] : complaints) {
    EXPECT_EQ(
        message_of<std::invalid_argument>([&] { dataset.prompt(nlohmann::json::parse(question)); }),
        message);
  }
}

/// `fields` names these members and no member is missing: side by side they fill the struct.
template <class Options>
void expect_fields(const std::vector<std::string>& names) {
  Options options;
  std::vector<std::string> found;
  const auto* place = reinterpret_cast<const char*>(&options);
  for (const auto& field : fields_of(options)) {
    found.push_back(field.name);
    if (const auto* number = std::get_if<double*>(&field.value)) {
      EXPECT_EQ(reinterpret_cast<const char*>(*number), place) << field.name;
    } else {
      EXPECT_EQ(reinterpret_cast<const char*>(std::get<int64_t*>(field.value)), place)
          << field.name;
    }
    place += sizeof(int64_t);
  }
  static_assert(sizeof(double) == sizeof(int64_t));
  EXPECT_EQ(place, reinterpret_cast<const char*>(&options + 1));
  EXPECT_EQ(found, names);
}

}  // namespace zoo
