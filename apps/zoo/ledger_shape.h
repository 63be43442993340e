// Whether a JSON value has the shape of a ledger entry.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace zoo {

/// What is missing or of another type, each with its path: "seeds[1].metrics.wrong_bits must be a
/// number or null, got \"0\"". Whatever has no such problem can be read without looking again.
std::vector<std::string> shape_problems(const nlohmann::ordered_json& entry);

}  // namespace zoo
