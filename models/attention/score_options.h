// Which score an attention compares queries and keys by, as configurations say it.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "zoo/models/options/options.h"

namespace zoo {

/// No attention at all.
struct NoScoreOptions {
  static constexpr std::string_view kName = "none";
  static void fields(auto& /*self*/, auto&& /*visit*/) {}
};

/// q . k; Luong et al. (2015), arXiv:1508.04025.
struct DotScoreOptions {
  static constexpr std::string_view kName = "dot";
  static void fields(auto& /*self*/, auto&& /*visit*/) {}
};

/// q . W k; the same paper.
struct GeneralScoreOptions {
  static constexpr std::string_view kName = "general";
  static void fields(auto& /*self*/, auto&& /*visit*/) {}
};

/// v . tanh(W [q; k]), also called additive; Bahdanau et al. (2015), arXiv:1409.0473.
struct ConcatScoreOptions {
  static constexpr std::string_view kName = "concat";

  int64_t units = 0;  ///< hidden units; 0: as many as a key has features

  static void fields(auto& self, auto&& visit) {
    visit("units", self.units, "hidden units; 0: as many as a key has features", at_least(0));
  }
};

/// Row s of W q: what the query says of place s, whatever stands there; Luong et al. (2015).
struct LocationScoreOptions {
  static constexpr std::string_view kName = "location";

  int64_t max_source_length = 51;  ///< rows of W; the paper has 50 words, here the end comes too

  static void fields(auto& self, auto&& visit) {
    visit("max_source_length", self.max_source_length,
          "symbols of the longest source, the end included", at_least(1));
  }
};

/// q . k / sqrt(features of a query); Vaswani et al. (2017), arXiv:1706.03762.
struct ScaledDotScoreOptions {
  static constexpr std::string_view kName = "scaled_dot";
  static void fields(auto& /*self*/, auto&& /*visit*/) {}
};

/// The cosine of the angle between q and k; Graves et al. (2014), arXiv:1410.5401, without the
/// strength that sharpens it there.
struct ContentScoreOptions {
  static constexpr std::string_view kName = "content";
  static void fields(auto& /*self*/, auto&& /*visit*/) {}
};

using ScoreOptions =
    std::variant<NoScoreOptions, DotScoreOptions, GeneralScoreOptions, ConcatScoreOptions,
                 LocationScoreOptions, ScaledDotScoreOptions, ContentScoreOptions>;

/// Whether there is attention.
inline bool attends(const ScoreOptions& score) {
  return !std::holds_alternative<NoScoreOptions>(score);
}

}  // namespace zoo
