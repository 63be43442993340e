// The symbols that every vocabulary of the zoo begins with.
#pragma once

#include <cstdint>

namespace zoo {

constexpr int64_t kPadding = 0;      ///< fills a sequence up; means nothing
constexpr int64_t kUnknown = 1;      ///< stands for whatever the vocabulary has no symbol for
constexpr int64_t kBegin = 2;        ///< what a decoder has read before it says its first symbol
constexpr int64_t kEnd = 3;          ///< the last symbol of every sequence
constexpr int64_t kFirstSymbol = 4;  ///< of those that stand for something in a text

}  // namespace zoo
