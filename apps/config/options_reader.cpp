#include "zoo/apps/config/options_reader.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "zoo/apps/config/suggest.h"
#include "zoo/apps/config/value_reader.h"

namespace zoo {
namespace {

std::string quoted_keys(const std::vector<const ConfigEntry*>& entries) {
  std::string result;
  for (const auto* entry : entries) {
    result += (result.empty() ? "'" : ", '") + shown(entry->key) + "'";
  }
  return result;
}

std::optional<size_t> find_alternative(const std::string& name, const Origin& origin,
                                       const std::string& owner,
                                       const std::vector<std::string>& names,
                                       ProblemList& problems) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  problems.add(origin, fmt::format("there is no {} '{}'{}", owner, shown(name),
                                   suggestion(name, names, "; there are: " + joined(names))));
  return std::nullopt;
}

/// The one entry of a choice; a null pointer after adding a problem.
const ConfigEntry* only_entry(const ConfigNode& node, const std::string& owner,
                              const std::vector<std::string>& names, ProblemList& problems) {
  std::vector<const ConfigEntry*> meant;
  for (const auto& entry : node.entries) meant.push_back(&entry);
  if (std::any_of(meant.begin(), meant.end(), [](auto* entry) { return entry->overridden; })) {
    std::erase_if(meant, [](auto* entry) { return !entry->overridden; });
  }
  if (meant.size() == 1) return meant.front();
  const auto& place = meant.size() > 1 ? meant[1]->origin : node.origin;
  problems.add(place, fmt::format("{} must name one of {}, got {}", owner, joined(names),
                                  meant.empty() ? shown(node) : quoted_keys(meant)));
  return nullptr;
}

bool read_choice(const ConfigNode& node, const Field& field, const ChoiceReference& choice,
                 ProblemList& problems) {
  const auto alternative = read_alternative(node, field.name, choice.names, problems);
  if (!alternative) return false;
  // The alternative that is chosen already may hold values of its own (an inherited dataset's).
  if (choice.get() != alternative->index) choice.select(alternative->index);
  if (alternative->options != nullptr) {
    read_options(*alternative->options, choice.names[alternative->index], choice.fields(),
                 problems);
  }
  return true;
}

bool read_enum(const ConfigNode& node, const Field& field, const EnumReference& reference,
               ProblemList& problems) {
  if (node.kind == ConfigNode::Kind::kScalar) {
    const auto& names = reference.names;
    const auto found = std::find(names.begin(), names.end(), node.text);
    if (found != names.end()) {
      reference.set(static_cast<size_t>(found - names.begin()));
      return true;
    }
  }
  add_wrong_value(node, field.name, "one of " + joined(reference.names),
                  suggestion(node.text, reference.names), problems);
  return false;
}

template <class Number>
bool check_range(const ConfigNode& node, const Field& field, std::optional<Number> value,
                 ProblemList& problems) {
  if (!value) return false;
  if (field.range.holds(static_cast<double>(*value))) return true;
  problems.add(node.origin, fmt::format("{} must be {}, got {}", field.name, field.range.text(),
                                        shown(node.text)));
  return false;
}

bool read_integers(const ConfigNode& node, const Field& field, std::vector<int64_t>& result,
                   ProblemList& problems) {
  if (node.kind != ConfigNode::Kind::kSequence) {
    const bool bare = node.kind == ConfigNode::Kind::kScalar && !node.quoted;
    add_wrong_value(node, field.name, "a list of integers",
                    bare ? "; write [" + shown(node.text) + "]" : "", problems);
    return false;
  }
  std::vector<int64_t> values;
  for (const auto& item : node.items) {
    Field element = field;
    element.name = fmt::format("{}[{}]", field.name, values.size());
    const auto value = read_integer(item, element.name, problems);
    if (!check_range(item, element, value, problems)) return false;
    values.push_back(*value);
  }
  result = values;
  return true;
}

}  // namespace

std::optional<Alternative> read_alternative(const ConfigNode& node, const std::string& owner,
                                            const std::vector<std::string>& names,
                                            ProblemList& problems) {
  if (node.kind == ConfigNode::Kind::kFaulty) return std::nullopt;
  if (node.kind == ConfigNode::Kind::kScalar) {
    const auto index = find_alternative(node.text, node.origin, owner, names, problems);
    return index ? std::optional(Alternative{*index, node.origin, nullptr}) : std::nullopt;
  }
  if (node.kind == ConfigNode::Kind::kMapping) {
    const auto* entry = only_entry(node, owner, names, problems);
    if (entry == nullptr) return std::nullopt;
    const auto index = find_alternative(entry->key, entry->origin, owner, names, problems);
    return index ? std::optional(Alternative{*index, entry->origin, &entry->value}) : std::nullopt;
  }
  add_wrong_value(node, owner, "one of " + joined(names), "", problems);
  return std::nullopt;
}

bool check_mapping(const ConfigNode& node, const std::string& owner, const std::string& wanted,
                   ProblemList& problems) {
  using Kind = ConfigNode::Kind;
  if (node.kind == Kind::kMapping || node.kind == Kind::kNull) return true;
  add_wrong_value(node, owner, wanted, "", problems);
  return false;
}

std::vector<std::string> check_keys(const ConfigNode& node, const std::string& owner,
                                    const std::vector<std::string>& names, ProblemList& problems) {
  std::vector<std::string> meant;
  const std::string all = names.empty() ? "; it has no options" : "; it has: " + joined(names);
  for (const auto& entry : node.entries) {
    if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
    problems.add(entry.origin, fmt::format("{} has no '{}'{}", owner, shown(entry.key),
                                           suggestion(entry.key, names, all)));
    if (auto similar = nearest(entry.key, names)) meant.push_back(*similar);
  }
  return meant;
}

void read_options(const ConfigNode& node, const std::string& owner, const Fields& fields,
                  ProblemList& problems) {
  if (!check_mapping(node, owner, "a mapping of its options", problems)) return;
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(field.name);
  check_keys(node, owner, names, problems);
  for (const auto& field : fields) {
    if (const auto* entry = node.find(field.name)) read_field(entry->value, field, problems);
  }
}

bool read_field(const ConfigNode& node, const Field& field, ProblemList& problems) {
  if (auto* const* truth = std::get_if<bool*>(&field.value)) {
    const auto value = read_truth(node, field.name, problems);
    if (value) **truth = *value;
    return value.has_value();
  }
  if (auto* const* integer = std::get_if<int64_t*>(&field.value)) {
    const auto value = read_integer(node, field.name, problems);
    if (!check_range(node, field, value, problems)) return false;
    **integer = *value;
    return true;
  }
  if (auto* const* number = std::get_if<double*>(&field.value)) {
    const auto value = read_number(node, field.name, problems);
    if (!check_range(node, field, value, problems)) return false;
    **number = *value;
    return true;
  }
  if (auto* const* text = std::get_if<std::string*>(&field.value)) {
    const auto value = read_text(node, field.name, problems);
    if (value) **text = *value;
    return value.has_value();
  }
  if (auto* const* integers = std::get_if<std::vector<int64_t>*>(&field.value)) {
    return read_integers(node, field, **integers, problems);
  }
  if (const auto* reference = std::get_if<EnumReference>(&field.value)) {
    return read_enum(node, field, *reference, problems);
  }
  return read_choice(node, field, std::get<ChoiceReference>(field.value), problems);
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace zoo
