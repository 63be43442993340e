// Numbers and text as the configuration spells them, the same for reading and writing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zoo {

/// A whole number in decimal digits: "-5", but not "010", "0x10", "1e3", "1.0" or "1_000".
std::optional<int64_t> strict_integer(std::string_view text);

/// A finite decimal number, "0.1" or "1e-3"; no leading zeros.
std::optional<double> strict_number(std::string_view text);

/// Whether some YAML reader could take the text for a number, so that text must be quoted.
bool looks_like_number(std::string_view text);

/// Whether some YAML reader takes the text for a truth value: "true", "Yes", "off".
bool looks_like_truth(std::string_view text);

/// The shortest digits that read back as the same number.
std::string shortest_text(double value);

/// A string as YAML: plain where no reader can mistake it, otherwise in double quotes.
std::string yaml_text(std::string_view text);

}  // namespace zoo
