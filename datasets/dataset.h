// What every source of training data promises.
#pragma once

#include <cstdint>
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

/// Any dataset, whatever its batches are.
class AnyDataset {
 public:
  virtual ~AnyDataset() = default;
};

/// A source of batches of one kind. `Batch` is a plain struct of tensors with a
/// `static constexpr std::string_view kName`, e.g. "transduction".
template <class Batch>
class Dataset : public AnyDataset {
 public:
  using BatchType = Batch;
  /// Called from several threads at once. Throws `std::runtime_error` for unusable stored data.
  virtual Batch batch(const BatchIndex& index) const = 0;
};

}  // namespace zoo
