// Numbers as tables show them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zoo {

/// "20,000".
std::string group_digits(int64_t number);

/// Three significant digits without needless zeros: "0.00097", "83.6", "1.5"; from a thousand on a
/// whole number with commas: "20,000"; exponents for what is below 1e-6 or above 1e15.
std::string significant_text(double value);

/// The value of a metric for people, four digits: "0.4126", "nan". A milestone is a number of
/// examples, "30,000", or "never" if it is not finite.
std::string metric_text(const std::string& metric, double value);

/// Whether a metric counts the examples until a milestone: "milestones.solved".
bool is_milestone(const std::string& metric);

/// A share as a percentage: 0.4889 is "48.9 %".
std::string share_text(double value);

/// Whether the cell of a table is a number, perhaps with a sign, a unit or emphasis: "**48.9 %**".
bool is_number_cell(std::string_view cell);

}  // namespace zoo
