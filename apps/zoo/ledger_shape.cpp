#include "zoo/apps/zoo/ledger_shape.h"

#include <fmt/format.h>

#include "zoo/apps/config/problems.h"

namespace zoo {
namespace {

using Json = nlohmann::ordered_json;

enum class Shape { kText, kTruth, kWhole, kNumber, kNumberOrNull, kList, kMapping };

struct FieldShape {
  const char* name;
  Shape shape;
};

bool has_shape(const Json& value, Shape shape) {
  switch (shape) {
    case Shape::kText:
      return value.is_string();
    case Shape::kTruth:
      return value.is_boolean();
    case Shape::kWhole:
      return value.is_number_integer();
    case Shape::kNumber:
      return value.is_number();
    case Shape::kNumberOrNull:
      return value.is_number() || value.is_null();
    case Shape::kList:
      return value.is_array();
    case Shape::kMapping:
      return value.is_object();
  }
  return false;
}

std::string shape_text(Shape shape) {
  switch (shape) {
    case Shape::kText:
      return "text";
    case Shape::kTruth:
      return "true or false";
    case Shape::kWhole:
      return "a whole number";
    case Shape::kNumber:
      return "a number";
    case Shape::kNumberOrNull:
      return "a number or null";
    case Shape::kList:
      return "a list";
    case Shape::kMapping:
      return "an object";
  }
  return "";
}

class ShapeReader {
 public:
  std::vector<std::string> problems;

  bool check(const Json& value, const std::string& path, Shape shape) {
    if (has_shape(value, shape)) return true;
    problems.push_back(
        fmt::format("{} must be {}, got {}", path, shape_text(shape), shown(value.dump(), 40)));
    return false;
  }

  // The fields that `object` must have; others may be there.
  void check_fields(const Json& object, const std::string& path,
                    const std::vector<FieldShape>& fields) {
    if (!check(object, path, Shape::kMapping)) return;
    for (const auto& [name, shape] : fields) {
      const std::string below = path.empty() ? name : path + "." + name;
      if (!object.contains(name)) {
        problems.push_back(below + " is missing");
      } else {
        check(object[name], below, shape);
      }
    }
  }

  // Every value of an object has the same shape, whatever its name.
  void check_values(const Json& object, const std::string& path, Shape shape) {
    for (const auto& [name, value] : object.items()) check(value, path + "." + name, shape);
  }

  void check_entry(const Json& entry) {
    check_fields(entry, "",
                 {{"experiment", Shape::kText},
                  {"paper", Shape::kMapping},
                  {"rule", Shape::kText},
                  {"pass", Shape::kTruth},
                  {"expect", Shape::kList},
                  {"summary", Shape::kMapping},
                  {"seeds", Shape::kList},
                  {"command", Shape::kText},
                  {"config_hash", Shape::kText},
                  {"date", Shape::kText},
                  {"checksums", Shape::kMapping}});
    if (entry.contains("stale")) check(entry["stale"], "stale", Shape::kText);
    if (entry.contains("signatures")) check(entry["signatures"], "signatures", Shape::kMapping);
    if (entry.contains("shipped")) {
      check_fields(entry["shipped"], "shipped", {{"file", Shape::kText}, {"seed", Shape::kWhole}});
    }
  }

  // What stands in the fields other than `seeds`.
  void check_parts(const Json& entry) {
    check_fields(entry["paper"], "paper", {{"arxiv", Shape::kText}, {"where", Shape::kText}});
    for (size_t i = 0; i < entry["expect"].size(); ++i) {
      check_fields(entry["expect"][i], fmt::format("expect[{}]", i),
                   {{"metric", Shape::kText},
                    {"paper", Shape::kNumberOrNull},
                    {"at_most", Shape::kNumberOrNull},
                    {"at_least", Shape::kNumberOrNull},
                    {"median", Shape::kNumberOrNull},
                    {"pass", Shape::kTruth}});
    }
    for (const auto& [name, values] : entry["summary"].items()) {
      check_fields(values, "summary." + name,
                   {{"mean", Shape::kNumberOrNull},
                    {"standard_deviation", Shape::kNumberOrNull},
                    {"median", Shape::kNumberOrNull}});
    }
    check_values(entry["checksums"], "checksums", Shape::kText);
    if (entry.contains("signatures")) {
      check_values(entry["signatures"], "signatures", Shape::kText);
    }
  }

  void check_seed(const Json& seed, const std::string& path) {
    const size_t before = problems.size();
    check_fields(seed, path,
                 {{"seed", Shape::kWhole},
                  {"metrics", Shape::kMapping},
                  {"steps", Shape::kWhole},
                  {"examples", Shape::kWhole},
                  {"seconds", Shape::kNumber},
                  {"weights", Shape::kText},
                  {"source", Shape::kText},
                  {"machine", Shape::kMapping}});
    if (problems.size() > before) return;
    check_values(seed["metrics"], path + ".metrics", Shape::kNumberOrNull);
    check_fields(seed["machine"], path + ".machine",
                 {{"libtorch", Shape::kText},
                  {"processor", Shape::kText},
                  {"device", Shape::kText},
                  {"threads", Shape::kWhole}});
  }

  // Medians are taken metric by metric: a seed without one would spoil it.
  void check_same_metrics(const Json& seeds) {
    for (size_t i = 1; i < seeds.size(); ++i) {
      for (const auto& [name, value] : seeds[0]["metrics"].items()) {
        if (!seeds[i]["metrics"].contains(name)) {
          problems.push_back(fmt::format("seeds[{}].metrics.{} is missing", i, name));
        }
      }
    }
  }
};

}  // namespace

std::vector<std::string> shape_problems(const Json& entry) {
  if (!entry.is_object()) return {"a ledger entry must be an object"};
  ShapeReader reader;
  reader.check_entry(entry);
  if (!reader.problems.empty()) return reader.problems;
  reader.check_parts(entry);
  for (size_t i = 0; i < entry["seeds"].size(); ++i) {
    reader.check_seed(entry["seeds"][i], fmt::format("seeds[{}]", i));
  }
  if (entry["seeds"].empty()) reader.problems.push_back("seeds is empty");
  if (reader.problems.empty()) reader.check_same_metrics(entry["seeds"]);
  return reader.problems;
}

}  // namespace zoo
