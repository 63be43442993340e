#include "zoo/datasets/bits.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace zoo {
namespace {

using Json = nlohmann::json;

int bit_of(const Json& value, const std::string& what) {
  // As a double: beyond 32 bits a number would be cut to one that may look like a bit.
  if (value.is_number_integer() && (value.get<double>() == 0 || value.get<double>() == 1)) {
    return value.get<int>();
  }
  throw std::invalid_argument(what + " must be of 0 and 1, got " + value.dump());
}

}  // namespace

BitVector random_bits(Random& random, int64_t count) {
  BitVector bits(static_cast<size_t>(count));
  uint64_t coins = 0;
  for (size_t i = 0; i < bits.size(); ++i) {
    if (i % 64 == 0) coins = random.bits();
    bits[i] = static_cast<int>((coins >> (i % 64)) & 1);
  }
  return bits;
}

std::vector<BitVector> random_vectors(Random& random, int64_t count, int64_t bits) {
  std::vector<BitVector> vectors;
  for (int64_t i = 0; i < count; ++i) vectors.push_back(random_bits(random, bits));
  return vectors;
}

const Json& member(const Json& question, const std::string& name) {
  if (!question.is_object()) {
    throw std::invalid_argument("this is no JSON object but " + question.dump());
  }
  const auto found = question.find(name);
  if (found == question.end()) throw std::invalid_argument("there is no \"" + name + "\"");
  return *found;
}

BitVector bits_of(const Json& list, const std::string& what) {
  if (!list.is_array()) throw std::invalid_argument(what + " must be a list, got " + list.dump());
  BitVector bits;
  for (const auto& bit : list) bits.push_back(bit_of(bit, what));
  return bits;
}

std::vector<BitVector> vectors_of(const Json& list, int64_t bits, const std::string& what) {
  if (!list.is_array() || list.empty()) {
    throw std::invalid_argument(what + " must be a list of vectors of " + std::to_string(bits) +
                                " bits, got " + list.dump());
  }
  std::vector<BitVector> vectors;
  for (const auto& each : list) {
    const std::string name = "vector " + std::to_string(vectors.size() + 1) + " of " + what;
    vectors.push_back(bits_of(each, name));
    if (vectors.back().size() != static_cast<size_t>(bits)) {
      throw std::invalid_argument(name + " must have " + std::to_string(bits) + " bits, got " +
                                  std::to_string(vectors.back().size()));
    }
  }
  return vectors;
}

int64_t number_of(const Json& number, int64_t low, int64_t high, const std::string& what) {
  // As a double first: what does not fit into 64 bits is out of bounds, not cut.
  if (number.is_number_integer() && number.get<double>() >= static_cast<double>(low) &&
      number.get<double>() <= static_cast<double>(high)) {
    return number.get<int64_t>();
  }
  throw std::invalid_argument(what + " must be a whole number from " + std::to_string(low) +
                              " to " + std::to_string(high) + ", got " + number.dump());
}

BatchWriter::BatchWriter(size_t examples, int64_t steps, int64_t inputs, int64_t outputs)
    : steps_(steps), inputs_(inputs), outputs_(outputs) {
  const auto count = static_cast<int64_t>(examples);
  batch_ = {.inputs = torch::zeros({count, steps, inputs}, torch::kFloat32),
            .targets = torch::zeros({count, steps, outputs}, torch::kFloat32),
            .mask = torch::zeros({count, steps}, torch::kFloat32)};
  shown_ = batch_.inputs.mutable_data_ptr<float>();
  asked_ = batch_.targets.mutable_data_ptr<float>();
  mask_ = batch_.mask.mutable_data_ptr<float>();
}

void BatchWriter::show(size_t example, int64_t step, int64_t channel, double value) {
  shown_[(static_cast<int64_t>(example) * steps_ + step) * inputs_ + channel] =
      static_cast<float>(value);
}

void BatchWriter::show(size_t example, int64_t step, const BitVector& bits) {
  for (size_t i = 0; i < bits.size(); ++i) show(example, step, static_cast<int64_t>(i), bits[i]);
}

void BatchWriter::ask(size_t example, int64_t step, const BitVector& bits) {
  const int64_t place = static_cast<int64_t>(example) * steps_ + step;
  for (size_t i = 0; i < bits.size(); ++i) {
    asked_[place * outputs_ + static_cast<int64_t>(i)] = static_cast<float>(bits[i]);
  }
  mask_[place] = 1;
}

}  // namespace zoo
