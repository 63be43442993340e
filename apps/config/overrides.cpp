#include "zoo/apps/config/overrides.h"

#include <span>
#include <utility>

#include "zoo/apps/config/parse.h"

namespace zoo {
namespace {

using PathParts = std::span<const std::string>;

std::vector<std::string> split_at_dots(const std::string& path) {
  std::vector<std::string> parts(1);
  for (const char letter : path) {
    if (letter == '.') {
      parts.emplace_back();
    } else {
      parts.back() += letter;
    }
  }
  return parts;
}

std::string join_with_dots(PathParts parts) {
  std::string result;
  for (const auto& part : parts) result += (result.empty() ? "" : ".") + part;
  return result;
}

/// Whether the node is a mapping now, into which an override can go.
bool turn_into_mapping(ConfigNode& node, const Origin& origin, ProblemList& problems) {
  using Kind = ConfigNode::Kind;
  switch (node.kind) {
    case Kind::kMapping:
      return true;
    case Kind::kScalar: {
      ConfigEntry bare{.key = node.text,
                       .origin = node.origin,
                       .value = ConfigNode::make(Kind::kNull, node.origin),
                       .overridden = node.origin.is_override};
      node = ConfigNode::make(Kind::kMapping, origin);
      node.entries.push_back(std::move(bare));
      return true;
    }
    case Kind::kNull:
      node = ConfigNode::make(Kind::kMapping, origin);
      return true;
    case Kind::kSequence:
      problems.add(origin, "cannot change one item of a list; give the whole list");
      return false;
    case Kind::kFaulty:
      return false;
  }
  return false;
}

void set_at_path(ConfigNode& node, PathParts path, ConfigNode value, ProblemList& problems) {
  if (!turn_into_mapping(node, value.origin, problems)) return;
  size_t used = path.size();
  while (used > 1 && !node.find(join_with_dots(path.first(used)))) --used;
  const std::string key = join_with_dots(path.first(used));
  if (!node.find(key)) {
    auto nothing = ConfigNode::make(ConfigNode::Kind::kNull, value.origin);
    node.entries.push_back({.key = key, .origin = value.origin, .value = std::move(nothing)});
  }
  ConfigEntry& entry = *node.find(key);
  entry.overridden = true;
  if (used == path.size()) {
    entry.value = std::move(value);
  } else {
    set_at_path(entry.value, path.subspan(used), std::move(value), problems);
  }
}

void apply_override(ConfigNode& root, const std::string& text, ProblemList& problems) {
  const Origin origin{.source = "--set " + shown(text), .is_override = true};
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    problems.add(origin, "needs a value; write --set " + shown(text) + "=VALUE");
    return;
  }
  const auto path = split_at_dots(text.substr(0, equals));
  for (const auto& part : path) {
    if (part.empty() || part.find_first_of(" \t\r\n") != std::string::npos) {
      problems.add(origin, "needs a name such as trainer.steps before the '=', got '" +
                               shown(text.substr(0, equals)) + "'");
      return;
    }
  }
  set_at_path(root, path, parse_override_value(text.substr(equals + 1), origin, problems),
              problems);
}

}  // namespace

void apply_overrides(ConfigNode& root, const std::vector<std::string>& overrides,
                     ProblemList& problems) {
  for (const auto& text : overrides) apply_override(root, text, problems);
}

}  // namespace zoo
