#include "zoo/apps/report/samples.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

using SamplesJson = nlohmann::ordered_json;

// What is wrong with a part of the file; the place is added on the way out.
class SamplesProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

void require_sample(bool condition, const std::string& what) {
  if (!condition) throw SamplesProblem(what);
}

const SamplesJson& list_of(const SamplesJson& json, const char* key) {
  const auto& list = json.at(key);
  require_sample(list.is_array(), fmt::format("{} is not a list", key));
  return list;
}

void require_text(const SamplesJson& json, const char* key) {
  require_sample(json.at(key).is_string(), fmt::format("{} is not a text", key));
}

void check_labels(const SamplesJson& map, const char* key, size_t count) {
  const auto& labels = list_of(map, key);
  require_sample(labels.empty() || labels.size() == count,
                 fmt::format("{} has {} entries for {}", key, labels.size(), count));
  for (const auto& label : labels) {
    require_sample(label.is_string(), fmt::format("{} has one that is not a text", key));
  }
}

// A positive number that leaves room for the product of two.
size_t extent_of(const SamplesJson& json) {
  constexpr int64_t kLargest = 1'000'000;
  const bool sound = json.is_number_integer() && json > 0 && json <= kLargest;
  require_sample(sound, "shape is not two positive numbers");
  return json.get<size_t>();
}

void check_values(const std::string& text, size_t count) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t padding = (3 - count % 3) % 3;
  const size_t letters = (count + 2) / 3 * 4 - padding;
  const auto first_other = text.find_first_not_of(kLetters);
  const auto end = first_other == std::string::npos ? text.size() : first_other;
  require_sample(end == letters && text.substr(end) == std::string(padding, '='),
                 fmt::format("values are not the {} bytes of its shape in base64", count));
}

void check_map(const SamplesJson& map) {
  for (const char* key : {"name", "rows", "columns", "values"}) require_text(map, key);
  if (map.contains("variant")) require_text(map, "variant");
  const auto& shape = list_of(map, "shape");
  require_sample(shape.size() == 2, "shape is not two positive numbers");
  const size_t rows = extent_of(shape[0]);
  const size_t columns = extent_of(shape[1]);
  check_labels(map, "row_labels", rows);
  check_labels(map, "column_labels", columns);
  const auto& low = map.at("low");
  const auto& high = map.at("high");
  require_sample(low.is_number() && high.is_number() && low <= high,
                 "low and high are not a range");
  check_values(map.at("values").get_ref<const std::string&>(), rows * columns);
}

// Calls `check` with each entry; a complaint names the entry, counted from 1.
template <class Check>
void check_each(const SamplesJson& list, const char* what, Check check) {
  for (size_t i = 0; i < list.size(); ++i) {
    try {
      check(list[i]);
    } catch (const SamplesJson::exception& error) {
      throw SamplesProblem(fmt::format("{} {}: something is missing", what, i + 1));
    } catch (const SamplesProblem& problem) {
      throw SamplesProblem(fmt::format("{} {}: {}", what, i + 1, problem.what()));
    }
  }
}

void check_point(const SamplesJson& point) {
  const auto is_coordinate = [](const SamplesJson& value) {
    return value.is_number() && std::isfinite(value.get<double>());
  };
  require_sample(
      point.is_array() && point.size() == 2 && is_coordinate(point[0]) && is_coordinate(point[1]),
      "not two finite numbers");
}

// Which points are meant, from `least` on.
void check_indices(const SamplesJson& drawing_part, const char* key, int64_t least, size_t count) {
  const auto last = static_cast<int64_t>(count) - 1;
  for (const auto& index : list_of(drawing_part, key)) {
    require_sample(index.is_number_integer() && index >= least && index <= last,
                   fmt::format("{} has one that is not from {} to {}", key, least, last));
  }
}

void check_layer(const SamplesJson& layer, size_t count) {
  require_text(layer, "name");
  check_each(list_of(layer, "lines"), "line", [&](const SamplesJson& line) {
    check_indices(line, "indices", 0, count);
    require_sample(line.at("closed").is_boolean(), "closed is neither true nor false");
  });
}

// `maps` are checked already.
void check_step_weights(const std::string& name, const SamplesJson& maps, size_t steps,
                        size_t points) {
  if (name.empty()) return;
  for (const auto& map : maps) {
    if (map.at("name") != name) continue;
    const auto rows = map.at("shape")[0].get<size_t>();
    const auto columns = map.at("shape")[1].get<size_t>();
    require_sample(rows == steps && columns == points + 1,
                   fmt::format("the map of step_weights is {} by {} for {} steps and {} points "
                               "with the end",
                               rows, columns, steps, points));
    return;
  }
  throw SamplesProblem("step_weights names no map of the sample");
}

void check_drawing(const SamplesJson& drawing, const SamplesJson& maps) {
  for (const char* key : {"name", "step_weights"}) require_text(drawing, key);
  const auto& points = list_of(drawing, "points");
  require_sample(!points.empty(), "points is empty");
  check_each(points, "point", check_point);
  check_each(list_of(drawing, "layers"), "layer",
             [&](const SamplesJson& layer) { check_layer(layer, points.size()); });
  check_indices(drawing, "steps", -1, points.size());
  check_step_weights(drawing.at("step_weights").get_ref<const std::string&>(), maps,
                     drawing.at("steps").size(), points.size());
}

void check_sample(const SamplesJson& sample) {
  require_text(sample, "title");
  check_each(list_of(sample, "texts"), "text", [](const SamplesJson& text) {
    require_text(text, "name");
    require_text(text, "text");
  });
  check_each(list_of(sample, "maps"), "map", check_map);
  if (!sample.contains("drawings")) return;
  check_each(list_of(sample, "drawings"), "drawing",
             [&](const SamplesJson& drawing) { check_drawing(drawing, sample.at("maps")); });
}

}  // namespace

SamplesJson read_samples(const std::filesystem::path& folder) {
  const auto path = folder / "samples.json";
  if (!std::filesystem::exists(path)) return nullptr;
  auto json = SamplesJson::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
  try {
    require_sample(json.is_object() && json.contains("step") && json.contains("samples") &&
                       json["step"].is_number_integer(),
                   "not JSON with a step and samples");
    check_each(list_of(json, "samples"), "sample", check_sample);
  } catch (const SamplesProblem& problem) {
    throw StorageError(
        fmt::format("{}: these are not the samples of a run: {}", path.string(), problem.what()));
  }
  return json;
}

}  // namespace zoo
