// A configuration as a tree that still knows where everything was written.
#pragma once

#include <string>
#include <vector>

#include "zoo/apps/config/problems.h"

namespace zoo {

struct ConfigEntry;

struct ConfigNode {
  enum class Kind {
    kNull,  ///< `key:` without a value, or null
    kScalar,
    kSequence,
    kMapping,
    kFaulty,  ///< already reported as a problem; readers pass over it
  };

  Kind kind = Kind::kNull;
  Origin origin;                     ///< of a value that is not there: that of its key
  std::string text;                  ///< of a scalar, as written
  bool quoted = false;               ///< a scalar in quotes (or a block scalar) is always text
  std::vector<ConfigNode> items;     ///< of a sequence
  std::vector<ConfigEntry> entries;  ///< of a mapping, in order, each key once

  static ConfigNode make(Kind kind, const Origin& origin, const std::string& text = "");

  /// The entry of that key; a null pointer if there is none.
  const ConfigEntry* find(const std::string& key) const;
  ConfigEntry* find(const std::string& key);
};

struct ConfigEntry {
  std::string key;
  Origin origin;  ///< of the key
  ConfigNode value;
  bool overridden = false;  ///< an override made it, or changed something inside
};

/// What stands there, for a message: "'1e3'", "the text \"5\"", "a list", "a mapping".
std::string shown(const ConfigNode& node);

}  // namespace zoo
