#include "zoo/models/safetensors/header.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "zoo/models/safetensors/json.h"
#include "zoo/models/safetensors/safetensors.h"

namespace zoo::detail {
namespace {

constexpr size_t kMaxDimensions = 64;  // more than LibTorch computes with

constexpr std::array<std::pair<std::string_view, c10::ScalarType>, 10> kDtypes = {{
    {"F64", c10::ScalarType::Double},
    {"F32", c10::ScalarType::Float},
    {"F16", c10::ScalarType::Half},
    {"BF16", c10::ScalarType::BFloat16},
    {"I64", c10::ScalarType::Long},
    {"I32", c10::ScalarType::Int},
    {"I16", c10::ScalarType::Short},
    {"I8", c10::ScalarType::Char},
    {"U8", c10::ScalarType::Byte},
    {"BOOL", c10::ScalarType::Bool},
}};

constexpr std::array<std::string_view, 11> kOtherDtypes = {
    "U16",         "U32",         "U64",     "F8_E4M3", "F8_E5M2", "F8_E8M0",
    "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F6_E2M3", "F6_E3M2", "F4"};

std::string about(const TensorEntry& entry) { return "tensor " + in_quotes(entry.name); }

c10::ScalarType dtype_of(const TensorEntry& entry, const std::string& name) {
  for (const auto& [known, dtype] : kDtypes) {
    if (known == name) return dtype;
  }
  const bool other = std::ranges::find(kOtherDtypes, name) != kOtherDtypes.end();
  throw SafetensorsError(about(entry) + " has " + (other ? "" : "the unknown ") + "dtype " +
                         in_quotes(name) + (other ? ", which is not supported" : "") +
                         "; expected one of " + dtype_names());
}

std::vector<int64_t> parse_numbers(JsonReader& json, const TensorEntry& entry,
                                   const std::string& key, size_t most) {
  std::vector<int64_t> numbers;
  json.array([&] {
    if (numbers.size() == most) {
      throw SafetensorsError(about(entry) + " has more than " + std::to_string(most) +
                             " numbers in '" + key + "'");
    }
    numbers.push_back(json.natural());
  });
  return numbers;
}

TensorEntry parse_entry(JsonReader& json, const std::string& name) {
  TensorEntry entry;
  entry.name = name;
  std::optional<std::string> dtype;
  std::optional<std::vector<int64_t>> shape;
  std::optional<std::vector<int64_t>> offsets;
  json.object([&](const std::string& key) {
    if (key == "dtype") {
      dtype = json.string();
    } else if (key == "shape") {
      shape = parse_numbers(json, entry, key, kMaxDimensions);
    } else if (key == "data_offsets") {
      offsets = parse_numbers(json, entry, key, 2);
    } else {
      throw SafetensorsError(about(entry) + " has the unknown key " + in_quotes(key) +
                             "; expected 'dtype', 'shape' and 'data_offsets'");
    }
  });
  const std::string missing = !dtype ? "dtype" : !shape ? "shape" : !offsets ? "data_offsets" : "";
  if (!missing.empty()) throw SafetensorsError(about(entry) + " has no '" + missing + "'");
  if (offsets->size() != 2) {
    throw SafetensorsError(about(entry) + " has " + std::to_string(offsets->size()) +
                           " numbers in 'data_offsets', expected 2");
  }
  entry.dtype = dtype_of(entry, *dtype);
  entry.shape = std::move(*shape);
  entry.begin = offsets->front();
  entry.end = offsets->back();
  return entry;
}

void check_entry(const TensorEntry& entry, int64_t data_bytes) {
  const auto bytes = tensor_bytes(entry.dtype, entry.shape);
  const auto described = [&entry] {
    return about(entry) + " of dtype " + std::string(dtype_name(entry.dtype)) + " and shape " +
           shape_text(entry.shape);
  };
  if (!bytes) throw SafetensorsError(described() + " is larger than any memory");
  if (entry.begin > entry.end) {
    throw SafetensorsError(about(entry) + " ends at byte " + std::to_string(entry.end) +
                           ", before it begins at byte " + std::to_string(entry.begin));
  }
  if (*bytes != entry.end - entry.begin) {
    throw SafetensorsError(described() + " needs " + std::to_string(*bytes) +
                           " bytes, but its data_offsets span " +
                           std::to_string(entry.end - entry.begin));
  }
  if (entry.end > data_bytes) {
    throw SafetensorsError(about(entry) + " ends at byte " + std::to_string(entry.end) +
                           ", but the file holds " + std::to_string(data_bytes) +
                           " bytes of data; it is truncated");
  }
}

// Every byte of the data belongs to exactly one tensor.
void check_cover(const std::vector<TensorEntry>& entries, int64_t data_bytes) {
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&entries](size_t index) {
    return std::pair(entries[index].begin, entries[index].end);
  });
  const TensorEntry* previous = nullptr;
  int64_t covered = 0;
  const auto refuse_hole = [&covered](int64_t end) {
    throw SafetensorsError("bytes " + std::to_string(covered) + " to " + std::to_string(end) +
                           " of the data belong to no tensor");
  };
  for (const size_t index : order) {
    const auto& entry = entries[index];
    if (entry.begin > covered) refuse_hole(entry.begin);
    if (entry.begin < covered) {
      throw SafetensorsError(about(entry) + " begins at byte " + std::to_string(entry.begin) +
                             ", but " + about(*previous) + " ends at byte " +
                             std::to_string(covered) + "; they overlap");
    }
    covered = entry.end;
    previous = &entry;
  }
  if (covered < data_bytes) refuse_hole(data_bytes);
}

Header parse_entries(std::string_view text) {
  Header header;
  JsonReader json(text);
  json.object([&](const std::string& key) {
    if (key == "__metadata__") {
      json.object([&](const std::string& name) { header.metadata[name] = json.string(); });
    } else {
      header.tensors.push_back(parse_entry(json, key));
    }
  });
  json.end();
  return header;
}

std::string entry_text(const TensorEntry& entry) {
  return json_string(entry.name) + ":{\"dtype\":\"" + std::string(dtype_name(entry.dtype)) +
         "\",\"shape\":" + shape_text(entry.shape) +
         ",\"data_offsets\":" + shape_text({entry.begin, entry.end}) + "}";
}

}  // namespace

Header parse_header(std::string_view text, int64_t data_bytes) {
  if (const auto at = invalid_utf8(text)) {
    throw SafetensorsError("header, byte " + std::to_string(*at) + ": not valid UTF-8");
  }
  if (!text.starts_with('{')) {
    throw SafetensorsError("header does not begin with '{'; this is not a safetensors file");
  }
  try {
    Header header = parse_entries(text);
    for (const auto& entry : header.tensors) check_entry(entry, data_bytes);
    check_cover(header.tensors, data_bytes);
    return header;
  } catch (const JsonError& error) {
    throw SafetensorsError(std::string("header, ") + error.what());
  }
}

std::string header_text(const Header& header) {
  std::string text;
  const auto separator = [&text] { return text.empty() ? "" : ","; };
  for (const auto& [key, value] : header.metadata) {
    text += separator();
    text += json_string(key) + ":" + json_string(value);
  }
  if (!text.empty()) text = "\"__metadata__\":{" + text + "}";
  for (const auto& entry : header.tensors) {
    text += separator();
    text += entry_text(entry);
  }
  text = "{" + text + "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

std::string_view dtype_name(c10::ScalarType dtype) {
  for (const auto& [name, known] : kDtypes) {
    if (known == dtype) return name;
  }
  return {};
}

std::string dtype_names() {
  std::string names;
  for (const auto& [name, dtype] : kDtypes) {
    names += (names.empty() ? "" : name == kDtypes.back().first ? " and " : ", ");
    names += name;
  }
  return names;
}

std::optional<int64_t> tensor_bytes(c10::ScalarType dtype, const std::vector<int64_t>& shape) {
  // Strides count a dimension of size 0 as 1, and they may not overflow either.
  auto bytes = static_cast<int64_t>(c10::elementSize(dtype));
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(bytes, std::max<int64_t>(size, 1), &bytes)) return std::nullopt;
  }
  return std::ranges::find(shape, 0) == shape.end() ? bytes : 0;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

}  // namespace zoo::detail
