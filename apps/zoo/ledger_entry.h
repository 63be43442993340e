// What a ledger entry derives from its seeds, and the checksums that betray a change by hand.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "zoo/trainers/experiment.h"
#include "zoo/trainers/metrics.h"

namespace zoo {

/// The value of one metric, seed by seed; `seeds` is the list of a ledger entry. JSON knows neither
/// NaN nor infinity: null is NaN, but for a metric "milestones.…", which counts the examples until
/// something was reached, it is infinity: that never happened.
std::vector<double> values_over(const nlohmann::ordered_json& seeds, const std::string& metric);

/// Of an even number of values the mean of the two in the middle; NaN if any is.
double median_of(std::vector<double> values);

/// The median of every metric that the first seed has.
Metrics medians_over(const nlohmann::ordered_json& seeds);

/// The field `summary`: mean, standard deviation and median of each metric.
nlohmann::ordered_json summary_over(const nlohmann::ordered_json& seeds);

/// The field `expect`: each expectation with the median that it got and whether that passes.
nlohmann::ordered_json judged(const std::vector<Expectation>& expect, const Metrics& medians);

/// A recorded value; JSON has no NaN and no infinity and says null: of a milestone that is never
/// reached infinity, of any other metric NaN.
double metric_value(const std::string& metric, const nlohmann::ordered_json& value);

/// The expectations that the field `expect` holds.
std::vector<Expectation> expectations_in(const nlohmann::ordered_json& expect);

/// The field `checksums`: of every other field but `stale`, which people write; of the field
/// `seeds` one for each seed, "seeds[0]".
nlohmann::ordered_json checksums_of(const nlohmann::ordered_json& entry);

/// "crc32c:0a1b2c3d".
std::string checksum_text(std::string_view bytes);

}  // namespace zoo
