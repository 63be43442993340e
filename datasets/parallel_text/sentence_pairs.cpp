#include "zoo/datasets/parallel_text/sentence_pairs.h"

#include <algorithm>
#include <stdexcept>

#include "zoo/datasets/fnv.h"

namespace zoo {
namespace {

// Nothing if there are fewer columns.
constexpr size_t kNone = std::string_view::npos;

size_t begin_of_column(std::string_view line, size_t column) {
  size_t begin = 0;
  for (; column > 0; --column) {
    const auto tab = line.find('\t', begin);
    if (tab == kNone) return kNone;
    begin = tab + 1;
  }
  return begin;
}

}  // namespace

SentencePairs::SentencePairs(const ParallelTextOptions& options) : split_by_(options.split_by) {
  if (options.source_file.empty()) {
    name_ = options.pairs_file;
    files_.push_back(read_lines(name_));
    source_ = {0, static_cast<size_t>(options.source_column)};
    target_ = {0, static_cast<size_t>(options.target_column)};
    tabs_ = true;
    check_columns();
    return;
  }
  name_ = options.source_file + " and " + options.target_file;
  files_.push_back(read_lines(options.source_file));
  files_.push_back(read_lines(options.target_file));
  target_.file = 1;
  if (files_[0].size() != files_[1].size()) {
    throw std::runtime_error(options.source_file + " has " + std::to_string(files_[0].size()) +
                             " lines, " + options.target_file + " has " +
                             std::to_string(files_[1].size()) +
                             "; line by line they must be translations of each other");
  }
}

void SentencePairs::check_columns() const {
  const size_t last = std::max(source_.column, target_.column);
  for (size_t pair = 0; pair < size(); ++pair) {
    const auto line = files_.front()[pair];
    if (line.empty() || begin_of_column(line, last) != kNone) continue;
    throw std::runtime_error(at_line(name_, static_cast<int64_t>(pair) + 1,
                                     "must have a column " + std::to_string(last) +
                                         ", counted from 0, with tabs between columns, got '" +
                                         std::string(line.substr(0, begin_of_column(line, 1))) +
                                         "'" +
                                         " and no more; see source_column and target_column"));
  }
}

std::string_view SentencePairs::sentence(size_t pair, const Place& place) const {
  const auto line = files_[place.file][pair];
  if (!tabs_) return line;
  const auto begin = begin_of_column(line, place.column);
  if (begin == kNone) return {};  // an empty line has no columns
  return line.substr(begin, std::min(line.find('\t', begin), line.size()) - begin);
}

Split SentencePairs::split(size_t pair) const {
  return split_of(split_by_ == PairSide::kSource ? source(pair) : target(pair));
}

Split split_of(std::string_view sentence) {
  const auto begin = std::min(sentence.find_first_not_of(" \t"), sentence.size());
  const auto end = sentence.find_last_not_of(" \t") + 1;
  const uint64_t part = fnv1a(sentence.substr(begin, end - begin)) % 100;
  return part == 0 ? Split::kTest : part == 1 ? Split::kValidation : Split::kTraining;
}

}  // namespace zoo
