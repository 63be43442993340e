#include "zoo/apps/config/node.h"

namespace zoo {

ConfigNode ConfigNode::make(Kind kind, const Origin& origin, const std::string& text) {
  ConfigNode node;
  node.kind = kind;
  node.origin = origin;
  node.text = text;
  return node;
}

const ConfigEntry* ConfigNode::find(const std::string& key) const {
  for (const auto& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

ConfigEntry* ConfigNode::find(const std::string& key) {
  return const_cast<ConfigEntry*>(static_cast<const ConfigNode*>(this)->find(key));
}

std::string shown(const ConfigNode& node) {
  switch (node.kind) {
    case ConfigNode::Kind::kScalar:
      return node.quoted ? "the text \"" + shown(node.text) + "\"" : "'" + shown(node.text) + "'";
    case ConfigNode::Kind::kSequence:
      return "a list";
    case ConfigNode::Kind::kMapping:
      return node.entries.empty() ? "an empty mapping" : "a mapping";
    default:
      return "nothing";
  }
}

}  // namespace zoo
