#include "zoo/apps/zoo/attention_text.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "zoo/apps/config/utf8.h"

namespace zoo {
namespace {

// Columns of the terminal that each column of a map takes.
constexpr size_t kMapColumnWidth = 2;

size_t widest_label(const std::vector<std::string>& labels) {
  size_t widest = 0;
  for (const auto& label : labels) widest = std::max(widest, count_characters(label));
  return widest;
}

char cell_of_weight(double weight) {
  const auto tenths = std::lround(10 * weight);
  if (tenths < 1) return '.';
  return tenths < 10 ? static_cast<char>('0' + tenths) : '#';
}

std::string without_blanks_at_end(const std::string& line) {
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

// The columns begin, ..., end - 1 of a map, behind so much room for the labels of its rows.
std::string text_of_columns(const AttentionMap& map, size_t room, int64_t begin, int64_t end) {
  const auto weights = map.values.to(torch::kCPU, torch::kDouble).contiguous();
  const auto* weight = weights.const_data_ptr<double>();
  std::string text;
  for (auto column = begin; column < end; ++column) {
    std::string line(room, ' ');
    for (auto before = begin; before < column; ++before) line += "| ";
    text += line + map.column_labels[static_cast<size_t>(column)] + "\n";
  }
  for (int64_t row = 0; row < weights.size(0); ++row) {
    const auto& label = map.row_labels[static_cast<size_t>(row)];
    std::string line = label + std::string(room - count_characters(label), ' ');
    for (auto column = begin; column < end; ++column) {
      line += {cell_of_weight(weight[row * weights.size(1) + column]), ' '};
    }
    text += without_blanks_at_end(line) + "\n";
  }
  return text;
}

}  // namespace

std::string attention_text(const AttentionMap& map, int columns) {
  if (!map.values.defined()) return {};
  const size_t room = widest_label(map.row_labels) + 1;
  // The last label stands to the right of its column.
  const size_t taken = room + widest_label(map.column_labels);
  const auto width = static_cast<size_t>(std::max(columns, 0));
  constexpr size_t kFewest = 10;  // of a narrow terminal: it breaks the lines
  const auto step = static_cast<int64_t>(
      std::max(kFewest, width > taken ? (width - taken) / kMapColumnWidth : 0));
  std::string text;
  for (int64_t begin = 0; begin < map.values.size(1); begin += step) {
    text += text_of_columns(map, room, begin, std::min(begin + step, map.values.size(1)));
  }
  return text;
}

std::string attention_json(const std::string& text, const AttentionMap& map) {
  using Json = nlohmann::ordered_json;
  Json weights = Json::array();
  if (map.values.defined()) {
    const auto values = map.values.to(torch::kCPU, torch::kDouble).contiguous();
    for (const auto& row : values.unbind()) {
      auto& list = weights.emplace_back(Json::array());
      const auto* weight = row.const_data_ptr<double>();
      for (int64_t i = 0; i < row.size(0); ++i) list.push_back(std::round(weight[i] * 1e6) / 1e6);
    }
  }
  const Json json = {{"text", text},
                     {"source", map.column_labels},
                     {"translation", map.row_labels},
                     {"weights", weights}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace zoo
