// How text becomes symbols, and symbols text again.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/models/padded_sequences/symbols.h"

namespace zoo {

/// The names of the symbols before `kFirstSymbol`.
inline constexpr std::array<std::string_view, kFirstSymbol> kSpecialNames = {"<pad>", "<unk>",
                                                                             "<s>", "</s>"};

/// The symbols 0..size - 1 of a language. The first four are those of `symbols.h`.
class Vocabulary {
 public:
  virtual ~Vocabulary() = default;

  virtual int64_t size() const = 0;

  /// The symbols of one line of UTF-8 text, without begin and end; empty for a line of blanks.
  /// Called from several threads at once.
  virtual std::vector<int64_t> encode(const std::string& text) const = 0;

  /// Text for people. Padding, begin and end are left out. Throws `std::out_of_range` for numbers
  /// that are no symbols.
  virtual std::string decode(std::span<const int64_t> symbols) const = 0;

  /// How one symbol is shown beside a map: a piece such as "▁house", a word, "</s>".
  virtual std::string name(int64_t symbol) const = 0;
};

/// How each of these is shown beside a map.
inline std::vector<std::string> names_of_symbols(const Vocabulary& vocabulary,
                                                 std::span<const int64_t> symbols) {
  std::vector<std::string> names;
  for (const int64_t symbol : symbols) names.push_back(vocabulary.name(symbol));
  return names;
}

}  // namespace zoo
