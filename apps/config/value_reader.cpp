#include "zoo/apps/config/value_reader.h"

#include <fmt/format.h>

#include "zoo/apps/config/scalars.h"

namespace zoo {
namespace {

bool is_plain_scalar(const ConfigNode& node) {
  return node.kind == ConfigNode::Kind::kScalar && !node.quoted;
}

/// For a value that would be right without its quotes.
std::string quotes_advice(const ConfigNode& node, bool right_without) {
  return node.quoted && right_without ? "; leave out the quotes" : "";
}

std::string truth_advice(const std::string& text) {
  if (!looks_like_truth(text)) return "";
  const bool truth =
      text.find_first_of("tTyY") == 0 || text == "on" || text == "On" || text == "ON";
  return truth ? "; write true" : "; write false";
}

}  // namespace

void add_wrong_value(const ConfigNode& node, const std::string& name, const std::string& wanted,
                     const std::string& advice, ProblemList& problems) {
  if (node.kind == ConfigNode::Kind::kFaulty) return;
  if (node.kind == ConfigNode::Kind::kNull) {
    problems.add(node.origin, fmt::format("{} has no value; it must be {}", name, wanted));
  } else {
    problems.add(node.origin,
                 fmt::format("{} must be {}, got {}{}", name, wanted, shown(node), advice));
  }
}

std::optional<bool> read_truth(const ConfigNode& node, const std::string& name,
                               ProblemList& problems) {
  const bool known = node.text == "true" || node.text == "false";
  if (is_plain_scalar(node) && known) return node.text == "true";
  add_wrong_value(node, name, "true or false",
                  node.quoted ? quotes_advice(node, known) : truth_advice(node.text), problems);
  return std::nullopt;
}

std::optional<int64_t> read_integer(const ConfigNode& node, const std::string& name,
                                    ProblemList& problems) {
  const auto value = strict_integer(node.text);
  if (is_plain_scalar(node) && value) return value;
  const bool digits = node.text.find_first_not_of("-0123456789") == std::string::npos;
  const bool too_large = digits && strict_number(node.text) && !value;
  const bool number = is_plain_scalar(node) && looks_like_number(node.text);
  const std::string form = too_large && number ? " that fits in 64 bits"
                           : number            ? " in decimal digits"
                                               : "";
  add_wrong_value(node, name, "an integer" + form, quotes_advice(node, value.has_value()),
                  problems);
  return std::nullopt;
}

std::optional<double> read_number(const ConfigNode& node, const std::string& name,
                                  ProblemList& problems) {
  const auto value = strict_number(node.text);
  if (is_plain_scalar(node) && value) return value;
  const bool number = is_plain_scalar(node) && looks_like_number(node.text);
  add_wrong_value(node, name, number ? "a finite decimal number" : "a number",
                  quotes_advice(node, value.has_value()), problems);
  return std::nullopt;
}

std::optional<std::string> read_text(const ConfigNode& node, const std::string& name,
                                     ProblemList& problems) {
  const bool number = is_plain_scalar(node) && looks_like_number(node.text);
  const bool truth = is_plain_scalar(node) && (node.text == "true" || node.text == "false");
  if (node.kind == ConfigNode::Kind::kScalar && !number && !truth) return node.text;
  std::string advice;
  if (number || truth) advice = fmt::format("; write it in quotes: \"{}\"", shown(node.text));
  // 1410.5400 read as a number is 1410.54, another paper.
  if (number) advice += ", since a number loses its last zeros";
  add_wrong_value(node, name, "text", advice, problems);
  return std::nullopt;
}

}  // namespace zoo
