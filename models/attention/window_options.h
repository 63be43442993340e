// Which part of a source an attention looks at, as configurations say it.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "zoo/models/options/options.h"

namespace zoo {

/// All of it.
struct GlobalWindowOptions {
  static constexpr std::string_view kName = "global";
  static void fields(auto& /*self*/, auto&& /*visit*/) {}
};

/// Places around p_t = t: the target goes along with the source.
struct MonotonicWindowOptions {
  static constexpr std::string_view kName = "local_m";

  int64_t half_width = 10;  ///< D: the window is p_t - D to p_t + D

  static void fields(auto& self, auto&& visit) {
    visit("half_width", self.half_width, "places to either side of the middle", at_least(1));
  }
};

/// Places around a p_t that the query predicts, those in the middle preferred.
struct PredictiveWindowOptions {
  static constexpr std::string_view kName = "local_p";

  int64_t half_width = 10;  ///< D: the window is p_t - D to p_t + D

  static void fields(auto& self, auto&& visit) {
    visit("half_width", self.half_width, "places to either side of the middle", at_least(1));
  }
};

/// Luong, Pham and Manning (2015), arXiv:1508.04025, sections 3.1 and 3.2.
using WindowOptions =
    std::variant<GlobalWindowOptions, MonotonicWindowOptions, PredictiveWindowOptions>;

/// D of a local window; 0: global.
inline int64_t half_width_of(const WindowOptions& window) {
  if (const auto* local = std::get_if<MonotonicWindowOptions>(&window)) return local->half_width;
  const auto* local = std::get_if<PredictiveWindowOptions>(&window);
  return local == nullptr ? 0 : local->half_width;
}

}  // namespace zoo
