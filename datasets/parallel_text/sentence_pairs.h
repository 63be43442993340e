// Pairs of sentences as they stand in files.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/datasets/dataset.h"
#include "zoo/datasets/parallel_text/parallel_text_options.h"
#include "zoo/datasets/text_files.h"

namespace zoo {

/// The lines of one file with a pair each, or of two files.
class SentencePairs {
 public:
  /// Throws `std::runtime_error` for people: which file, which line, what to do.
  explicit SentencePairs(const ParallelTextOptions& options);

  size_t size() const { return files_.front().size(); }
  std::string_view source(size_t pair) const { return sentence(pair, source_); }
  std::string_view target(size_t pair) const { return sentence(pair, target_); }

  /// The part of the data of a pair, `split_of` one of its sentences.
  Split split(size_t pair) const;

  /// The files.
  const std::string& name() const { return name_; }

 private:
  struct Place {
    size_t file = 0;
    size_t column = 0;
  };

  std::string_view sentence(size_t pair, const Place& place) const;
  void check_columns() const;

  std::string name_;
  std::vector<TextLines> files_;
  Place source_, target_;
  bool tabs_ = false;  // between columns
  PairSide split_by_;
};

/// Where a sentence belongs: with blanks around it left out, the 64-bit FNV-1a of its UTF-8 bytes
/// modulo 100 is 0 for test, 1 for validation. So equal sentences stay together, and neither more
/// pairs nor another order changes where one belongs.
Split split_of(std::string_view sentence);

}  // namespace zoo
