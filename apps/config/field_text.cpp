#include "zoo/apps/config/field_text.h"

#include <variant>

#include <fmt/format.h>

#include "zoo/apps/config/scalars.h"

namespace zoo {
namespace {

/// One overload for each kind of member.
struct FieldText {
  std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
  std::string operator()(const int64_t* value) const { return std::to_string(*value); }
  std::string operator()(const double* value) const { return shortest_text(*value); }
  std::string operator()(const std::string* value) const { return yaml_text(*value); }
  std::string operator()(const std::vector<int64_t>* value) const {
    return fmt::format("[{}]", fmt::join(*value, ", "));
  }
  std::string operator()(const EnumReference& value) const {
    return yaml_text(value.names[value.get()]);
  }
  std::string operator()(const ChoiceReference& value) const {
    return yaml_text(value.names[value.get()]);
  }
};

}  // namespace

std::string field_text(const Field& field) { return std::visit(FieldText(), field.value); }

}  // namespace zoo
