#include "zoo/models/attention_map/attention_map.h"

namespace zoo {
namespace {

void check_labels(const AttentionMap& map, const std::vector<std::string>& labels, int64_t count,
                  const std::string& axis) {
  TORCH_CHECK(labels.empty() || static_cast<int64_t>(labels.size()) == count, "AttentionMap '",
              map.name, "': ", labels.size(), " labels for ", count, " ", axis);
}

}  // namespace

void check_attention_map(const AttentionMap& map) {
  TORCH_CHECK(map.values.defined() && map.values.dim() == 2 && map.values.numel() > 0 &&
                  map.values.is_floating_point(),
              "AttentionMap '", map.name, "': values must be a matrix of floating point, got ",
              map.values.defined() ? c10::str(map.values.toString(), map.values.sizes()) : "none");
  check_labels(map, map.row_labels, map.values.size(0), "rows");
  check_labels(map, map.column_labels, map.values.size(1), "columns");
}

}  // namespace zoo
