// What every source of training data promises.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace zoo {

/// The part of the data that a batch is drawn from: no stored example stands in two of them, and
/// generated ones come from independent streams.
enum class Split : uint8_t { kTraining, kValidation, kTest };

/// Where a batch stands. A batch is a pure function of this: no dataset keeps a position, so the
/// position in the data is the step number and a resumed run sees what an undisturbed one sees.
struct BatchIndex {
  uint64_t seed = 1;
  Split split = Split::kTraining;
  int64_t step = 0;        ///< 0, 1, ...
  int64_t batch_size = 1;  ///< examples in the batch
  int64_t rank = 0;        ///< process of a data-parallel run
};

/// Files by name, with their contents.
using KeptFiles = std::map<std::string, std::string>;

/// Any dataset, whatever its batches are.
class AnyDataset {
 public:
  virtual ~AnyDataset() = default;

  /// What was learned from the data before training and belongs to the weights, e.g. a vocabulary:
  /// it is kept in the run folder, and a dataset that is made of such files learns nothing anew.
  /// Its class has a constructor that takes them after the options. May read the data.
  virtual KeptFiles kept_files() const { return {}; }
};

/// A source of batches of one kind. `Batch` is a plain struct of tensors with a
/// `static constexpr std::string_view kName`, e.g. "transduction".
template <class Batch>
class Dataset : public AnyDataset {
 public:
  using BatchType = Batch;
  /// Called from several threads at once. Throws `std::runtime_error` for unusable stored data.
  virtual Batch batch(const BatchIndex& index) const = 0;

  /// In how many batches of that size each example of a side has come once; nothing if examples are
  /// made as they are asked for. May read the data.
  virtual std::optional<int64_t> batches_of(Split /*split*/, int64_t /*batch_size*/) const {
    return {};
  }
};

}  // namespace zoo
