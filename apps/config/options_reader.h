// Strict reading of a tree into options: every mistake becomes a problem with its position.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "zoo/apps/config/node.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// The alternative that a choice names: `sgd` or `{sgd: {…}}`.
struct Alternative {
  size_t index = 0;
  Origin origin;                        ///< of the name
  const ConfigNode* options = nullptr;  ///< a null pointer: none are given
};

/// Which of `names` the node chooses; nothing after adding a problem. Where one key comes from the
/// file and another from an override, the override's is meant.
std::optional<Alternative> read_alternative(const ConfigNode& node, const std::string& owner,
                                            const std::vector<std::string>& names,
                                            ProblemList& problems);

/// Sets the members that the mapping gives and leaves the others as they are. `owner` is the name
/// for messages: "trainer has no 'stps'". A missing value is an empty mapping.
void read_options(const ConfigNode& node, const std::string& owner, const Fields& fields,
                  ProblemList& problems);

/// Sets one member; false after adding a problem.
bool read_field(const ConfigNode& node, const Field& field, ProblemList& problems);

/// Whether the node is a mapping or nothing; otherwise adds "<owner> must be <wanted>, got …".
bool check_mapping(const ConfigNode& node, const std::string& owner, const std::string& wanted,
                   ProblemList& problems);

/// Adds a problem for every key that is not one of `names`; returns what these keys were probably
/// meant to be.
std::vector<std::string> check_keys(const ConfigNode& node, const std::string& owner,
                                    const std::vector<std::string>& names, ProblemList& problems);

/// "a, b, c".
std::string joined(const std::vector<std::string>& names);

}  // namespace zoo
