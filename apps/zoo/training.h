// What the commands share that train: run, resume, reproduce.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/apps/zoo/session.h"

namespace zoo {

/// What the command line says of a run beside the configuration.
RunInfo info_of(const Arguments& arguments, const std::string& experiment);

/// What a run that was begun has recorded, with what the command line now says instead.
RunInfo resumed_info(const RunFolder& folder, const Arguments& arguments);

/// Trains in `folder`, or goes on there, and returns the result; or nothing after an interruption,
/// which is told with the `command` that goes on.
std::optional<nlohmann::ordered_json> train_run(Session& session, const RunFolder& folder,
                                                const RunInfo& info, const std::string& command);

/// "interrupted; the state is saved: `zoo resume runs/x` goes on".
void tell_interruption(const std::string& command);

}  // namespace zoo
