// The parts of a report that are plain HTML, so that they can be read without JavaScript.
#pragma once

#include <string>
#include <vector>

#include "zoo/apps/report/reported_run.h"

namespace zoo {

/// What all runs are of: one experiment's name, else their task's.
std::string report_title(const std::vector<ReportedRun>& runs);

/// The line below the title: paper, seed, state; of several runs a table.
std::string summary_section(const std::vector<ReportedRun>& runs);

/// Metrics beside what was expected.
std::string result_section(const std::vector<ReportedRun>& runs);

/// Where each run was trained, the command that repeats it, its configuration.
std::string repeat_section(const std::vector<ReportedRun>& runs);

}  // namespace zoo
