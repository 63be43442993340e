#include "zoo/apps/config/describe.h"

#include <iterator>
#include <utility>
#include <variant>

#include "zoo/apps/config/field_text.h"
#include "zoo/apps/config/options_reader.h"

namespace zoo {
namespace {

struct TypeText {
  std::string operator()(const bool*) const { return "true or false"; }
  std::string operator()(const int64_t*) const { return "integer"; }
  std::string operator()(const double*) const { return "number"; }
  std::string operator()(const std::string*) const { return "text"; }
  std::string operator()(const std::vector<int64_t>*) const { return "list of integers"; }
  std::string operator()(const EnumReference& value) const {
    return "one of " + joined(value.names);
  }
  std::string operator()(const ChoiceReference& value) const {
    return "one of " + joined(value.names);
  }
};

void append_lines(std::vector<OptionLine>& lines, std::vector<OptionLine> more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

std::vector<OptionLine> describe_fields(const Fields& fields, const std::string& prefix);

std::vector<OptionLine> describe_alternatives(const ChoiceReference& choice,
                                              const std::string& prefix) {
  std::vector<std::vector<OptionLine>> alternatives(choice.names.size());
  const auto describe_one = [&](size_t index) {
    alternatives[index] = describe_fields(choice.fields(), prefix + choice.names[index] + ".");
  };
  // The chosen one first: selecting another and coming back would lose its values.
  const size_t chosen = choice.get();
  describe_one(chosen);
  for (size_t index = 0; index < choice.names.size(); ++index) {
    if (index == chosen) continue;
    choice.select(index);
    describe_one(index);
  }
  std::vector<OptionLine> lines;
  for (auto& alternative : alternatives) append_lines(lines, std::move(alternative));
  return lines;
}

std::vector<OptionLine> describe_fields(const Fields& fields, const std::string& prefix) {
  std::vector<OptionLine> lines;
  for (const auto& field : fields) {
    lines.push_back({.name = prefix + field.name,
                     .type = std::visit(TypeText(), field.value),
                     .default_value = field_text(field),
                     .range = field.range.text(),
                     .meaning = field.meaning});
    if (const auto* choice = std::get_if<ChoiceReference>(&field.value)) {
      append_lines(lines, describe_alternatives(*choice, prefix + field.name + "."));
    }
  }
  return lines;
}

}  // namespace

std::vector<OptionLine> describe(const AnyOptions& options) {
  // A copy, since showing every alternative of a choice means selecting it.
  const AnyOptions copy = options;
  return describe_fields(copy.fields(), "");
}

}  // namespace zoo
