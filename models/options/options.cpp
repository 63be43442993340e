#include "zoo/models/options/options.h"

#include <cmath>
#include <cstdio>

namespace zoo {
namespace {

std::string number_text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.9g", value);
  return buffer;
}

void check_number(const Field& field, double value, std::vector<std::string>& problems) {
  if (!field.range.holds(value)) {
    const std::string allowed = field.range.text();
    problems.push_back(field.name + " must be " + (allowed.empty() ? "a number" : allowed) +
                       ", got " + number_text(value));
  }
}

void check_field(const Field& field, std::vector<std::string>& problems) {
  if (const auto* integer = std::get_if<int64_t*>(&field.value)) {
    check_number(field, static_cast<double>(**integer), problems);
  } else if (const auto* number = std::get_if<double*>(&field.value)) {
    check_number(field, **number, problems);
  } else if (const auto* integers = std::get_if<std::vector<int64_t>*>(&field.value)) {
    for (const int64_t each : **integers) check_number(field, static_cast<double>(each), problems);
  } else if (const auto* choice = std::get_if<ChoiceReference>(&field.value)) {
    for (const auto& problem : problems_of(choice->fields())) {
      problems.push_back(field.name + "." + problem);
    }
  }
}

}  // namespace

bool Range::holds(double value) const {
  return !std::isnan(value) && (open_minimum ? value > minimum : value >= minimum) &&
         value <= maximum;
}

std::string Range::text() const {
  const bool low = std::isfinite(minimum);
  const bool high = std::isfinite(maximum);
  if (low && high) {
    return (open_minimum ? "above " + number_text(minimum) + " and at most "
                         : "between " + number_text(minimum) + " and ") +
           number_text(maximum);
  }
  if (low) return (open_minimum ? "above " : "at least ") + number_text(minimum);
  if (high) return "at most " + number_text(maximum);
  return "";
}

std::vector<std::string> problems_of(const Fields& fields) {
  std::vector<std::string> problems;
  for (const auto& field : fields) check_field(field, problems);
  return problems;
}

}  // namespace zoo
