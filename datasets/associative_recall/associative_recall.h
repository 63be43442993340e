// The associative recall task: which item came after this one?
#pragma once

#include <cstdint>
#include <string>

#include "zoo/datasets/transduction.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// Options of `AssociativeRecall`; the defaults are those of the paper, section 4.3.
struct AssociativeRecallOptions {
  int64_t bits = 6;
  int64_t item_length = 3;
  int64_t min_items = 2;
  int64_t max_items = 6;

  static void fields(auto& self, auto&& visit) {
    visit("bits", self.bits, "width of one vector", between(1, 1024));
    visit("item_length", self.item_length, "vectors of an item", between(1, 1e5));
    visit("min_items", self.min_items, "fewest items of a sequence", between(2, 1e5));
    visit("max_items", self.max_items, "most items of a sequence", between(2, 1e5));
  }
};

/// Items of a few vectors of bits are shown one after the other, then one of them again: the model
/// has to answer with the item that came after it.
///
/// Graves, Wayne and Danihelka (2014), "Neural Turing Machines", arXiv:1410.5401, section 4.3.
/// With n items of v = `item_length` vectors a batch has T = n (v + 1) + (v + 2) + v steps:
///
/// inputs   [B, T, bits + 2]  each item: a 1 in channel `bits`, then its vectors; the query: a 1
///                            in channel `bits` + 1, the vectors of the item, and such a 1 again;
///                            then silence
/// targets  [B, T, bits]      the vectors of the item after it in the last v steps
/// mask     [B, T]            1 in the last v steps
///
/// n is drawn for each batch, the item that is queried for each example, uniformly from all but
/// the last. Two items of an example may be equal, which is unlikely from 18 bits on.
class AssociativeRecall final : public TransductionDataset {
 public:
  using Options = AssociativeRecallOptions;

  /// Throws `std::invalid_argument` for options out of range or order.
  explicit AssociativeRecall(AssociativeRecallOptions options = {});

  /// Throws `std::invalid_argument` if the batch size is below 1.
  TransductionBatch batch(const BatchIndex& index) const override;
  int64_t input_size() const override { return options_.bits + 2; }
  int64_t output_size() const override { return options_.bits; }
  std::string question_format() const override {
    return R"({"items": [[[0, 1, ...], ...], ...], "query": 2})";
  }
  /// {"items": [[[0, 1, ...], ...], ...], "query": 2}: two items or more, and which of
  /// them is shown again, counted from 1; not the last.
  TransductionBatch prompt(const nlohmann::json& question) const override;

 private:
  AssociativeRecallOptions options_;
};

}  // namespace zoo
