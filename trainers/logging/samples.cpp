#include "zoo/trainers/logging/samples.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

using Json = nlohmann::ordered_json;
using torch::Tensor;

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](size_t at) {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
    };
    const uint32_t word = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (size_t digit = 0; digit < 4; ++digit) {
      const bool padding = i + digit > bytes.size();
      text += padding ? '=' : kAlphabet[word >> (18 - 6 * digit) & 63];
    }
  }
  return text;
}

Json json_of(const AttentionMap& map) {
  check_attention_map(map);
  const Tensor values = map.values.to(torch::kCPU, torch::kDouble).nan_to_num(0, 0, 0);
  const double size = values.abs().max().item<double>();
  const double high = size == 0 ? 1 : size;
  const double low = (values < 0).any().item<bool>() ? -high : 0;
  const Tensor bytes = ((values - low) / (high - low) * 255).round().to(torch::kUInt8).contiguous();
  const std::string_view raw(reinterpret_cast<const char*>(bytes.data_ptr<uint8_t>()),
                             static_cast<size_t>(bytes.numel()));
  Json json = {{"name", map.name},
               {"rows", map.rows},
               {"columns", map.columns},
               {"row_labels", map.row_labels},
               {"column_labels", map.column_labels},
               {"shape", {values.size(0), values.size(1)}},
               {"low", low},
               {"high", high},
               {"values", base64(raw)}};
  if (!map.variant.empty()) json["variant"] = map.variant;
  return json;
}

void check_step_weights(const Drawing& drawing, const std::vector<AttentionMap>& maps) {
  if (drawing.step_weights.empty()) return;
  const auto map = std::ranges::find(maps, drawing.step_weights, &AttentionMap::name);
  TORCH_CHECK(map != maps.end(), "Drawing '", drawing.name, "': there is no map '",
              drawing.step_weights, "' with the weights of its steps");
  const auto rows = static_cast<int64_t>(drawing.steps.size());
  const auto columns = static_cast<int64_t>(drawing.points.size()) + 1;
  TORCH_CHECK(map->values.size(0) == rows && map->values.size(1) == columns, "Drawing '",
              drawing.name, "': map '", map->name, "' must be [", rows, ", ", columns, "], got ",
              map->values.sizes());
}

Json json_of(const Drawing::Layer& layer) {
  Json lines = Json::array();
  for (const auto& [indices, closed] : layer.lines) {
    lines.push_back({{"indices", indices}, {"closed", closed}});
  }
  return {{"name", layer.name}, {"lines", lines}};
}

Json json_of(const Drawing& drawing) {
  Json points = Json::array(), layers = Json::array();
  for (const auto& [x, y] : drawing.points) points.push_back(Json::array({x, y}));
  for (const auto& layer : drawing.layers) layers.push_back(json_of(layer));
  return {{"name", drawing.name},
          {"points", points},
          {"layers", layers},
          {"steps", drawing.steps},
          {"step_weights", drawing.step_weights}};
}

Json json_of(const Sample& sample) {
  Json texts = Json::array(), maps = Json::array(), drawings = Json::array();
  for (const auto& [name, text] : sample.texts) texts.push_back({{"name", name}, {"text", text}});
  for (const auto& map : sample.maps) maps.push_back(json_of(map));
  for (const auto& drawing : sample.drawings) {
    check_drawing(drawing);
    check_step_weights(drawing, sample.maps);
    drawings.push_back(json_of(drawing));
  }
  return {{"title", sample.title}, {"texts", texts}, {"maps", maps}, {"drawings", drawings}};
}

}  // namespace

void write_samples(const std::filesystem::path& folder, int64_t step,
                   const std::vector<Sample>& samples) {
  Json list = Json::array();
  for (const auto& sample : samples) list.push_back(json_of(sample));
  const Json file = {{"step", step}, {"samples", list}};
  // Text of users' data may be no UTF-8.
  write_file(folder / "samples.json",
             file.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace zoo
