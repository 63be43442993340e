#include "zoo/apps/zoo/ledger_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "zoo/apps/zoo/cell_text.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/trainers/storage/crc32c.h"

namespace zoo {
namespace {

using Json = nlohmann::ordered_json;

Json optional_number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

std::optional<double> number_if_any(const Json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

}  // namespace

std::vector<double> values_over(const Json& seeds, const std::string& metric) {
  std::vector<double> values;
  for (const auto& seed : seeds) {
    values.push_back(metric_value(metric, seed["metrics"].value(metric, Json())));
  }
  return values;
}

double metric_value(const std::string& metric, const Json& value) {
  const double otherwise =
      is_milestone(metric) ? std::numeric_limits<double>::infinity() : std::nan("");
  return number_if_any(value).value_or(otherwise);
}

double median_of(std::vector<double> values) {
  for (const double value : values) {
    if (std::isnan(value)) return value;
  }
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Metrics medians_over(const Json& seeds) {
  Metrics medians;
  for (const auto& [name, value] : seeds.front()["metrics"].items()) {
    medians.push_back({name, median_of(values_over(seeds, name))});
  }
  return medians;
}

Json summary_over(const Json& seeds) {
  Json summary = Json::object();
  for (const auto& [name, median] : medians_over(seeds)) {
    const auto values = values_over(seeds, name);
    double sum = 0, squares = 0;
    for (const double value : values) sum += value;
    const double mean = sum / static_cast<double>(values.size());
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double spread =
        values.size() > 1 ? std::sqrt(squares / static_cast<double>(values.size() - 1)) : 0;
    summary[name] = {{"mean", mean}, {"standard_deviation", spread}, {"median", median}};
  }
  return summary;
}

Json judged(const std::vector<Expectation>& expect, const Metrics& medians) {
  Json list = Json::array();
  const auto verdicts = judge(expect, medians);
  for (size_t i = 0; i < verdicts.size(); ++i) {
    list.push_back({{"metric", expect[i].metric},
                    {"paper", optional_number(expect[i].paper)},
                    {"at_most", optional_number(expect[i].at_most)},
                    {"at_least", optional_number(expect[i].at_least)},
                    {"median", verdicts[i].value},
                    {"pass", verdicts[i].pass}});
  }
  return list;
}

std::vector<Expectation> expectations_in(const Json& expect) {
  std::vector<Expectation> expectations;
  for (const auto& each : expect) {
    expectations.push_back({.metric = each.at("metric"),
                            .paper = number_if_any(each.at("paper")),
                            .at_most = number_if_any(each.at("at_most")),
                            .at_least = number_if_any(each.at("at_least"))});
  }
  return expectations;
}

Json checksums_of(const Json& entry) {
  Json checksums = Json::object();
  for (const auto& [field, value] : entry.items()) {
    if (field == "checksums" || field == "stale") continue;
    if (field != "seeds") {
      checksums[field] = checksum_text(value.dump());
      continue;
    }
    for (size_t i = 0; i < value.size(); ++i) {
      checksums[fmt::format("seeds[{}]", i)] = checksum_text(value[i].dump());
    }
  }
  return checksums;
}

std::string checksum_text(std::string_view bytes) {
  return fmt::format("crc32c:{:08x}", crc32c(bytes));
}

}  // namespace zoo
