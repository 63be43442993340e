#include "zoo/apps/config/experiment_writer.h"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "zoo/apps/config/field_text.h"
#include "zoo/apps/config/scalars.h"
#include "zoo/datasets/fnv.h"

namespace zoo {
namespace {

/// Lines of nested mappings, two spaces a level.
class YamlWriter {
 public:
  explicit YamlWriter(bool for_hash) : for_hash_(for_hash) {}

  void line(const std::string& key, const std::string& value) {
    text_ += fmt::format("{:{}}{}: {}\n", "", indent_, yaml_text(key), value);
  }

  /// `write` writes what is inside.
  template <class Write>
  void mapping(const std::string& key, Write&& write) {
    text_ += fmt::format("{:{}}{}:\n", "", indent_, yaml_text(key));
    indent_ += 2;
    write();
    indent_ -= 2;
  }

  void fields(const Fields& fields) {
    for (const auto& field : fields) {
      if (for_hash_ && field.is_as_before) continue;
      if (const auto* choice = std::get_if<ChoiceReference>(&field.value)) {
        alternative(field.name, choice->names[choice->get()], choice->fields());
      } else {
        line(field.name, field_text(field));
      }
    }
  }

  /// One of several, by its bare name if it has no options.
  void alternative(const std::string& key, const std::string& name, const Fields& options) {
    if (options.empty()) {
      line(key, yaml_text(name));
    } else {
      mapping(key, [&] { mapping(name, [&] { fields(options); }); });
    }
  }

  void component(const std::string& key, const Component& component) {
    alternative(key, component.name, component.options.fields());
  }

  std::string take() { return std::move(text_); }

 private:
  bool for_hash_;
  std::string text_;
  int indent_ = 0;
};

void write_evaluation(YamlWriter& out, const Evaluation& evaluation) {
  out.mapping(evaluation.name, [&] {
    out.component("dataset", evaluation.dataset);
    out.line("batches", std::to_string(evaluation.batches));
    out.line("batch_size", std::to_string(evaluation.batch_size));
  });
}

using NamedNumbers = std::vector<std::pair<std::string, std::optional<double>>>;

// "{paper: 0, at_most: 0.05}" of those that there are.
std::string bounds_text(const NamedNumbers& numbers) {
  std::string bounds;
  for (const auto& [name, value] : numbers) {
    if (!value) continue;
    bounds += (bounds.empty() ? "" : ", ") + name + ": " + shortest_text(*value);
  }
  return "{" + bounds + "}";
}

void write_milestone(YamlWriter& out, const Milestone& milestone) {
  const auto bounds =
      bounds_text({{"at_most", milestone.at_most}, {"at_least", milestone.at_least}});
  out.line(milestone.name, "{" + milestone.metric + ": " + bounds + "}");
}

void write_expectation(YamlWriter& out, const Expectation& expectation) {
  out.line(expectation.metric, bounds_text({{"paper", expectation.paper},
                                            {"at_most", expectation.at_most},
                                            {"at_least", expectation.at_least}}));
}

// For a hash, what makes no difference is left out: the seed, and options as they were before.
std::string resolved_text(Experiment experiment, bool for_hash) {
  YamlWriter out(for_hash);
  if (!experiment.paper.arxiv.empty() || !experiment.paper.where.empty()) {
    out.mapping("paper", [&] { out.fields(fields_of(experiment.paper)); });
  }
  out.component("model", experiment.model);
  out.component("dataset", experiment.dataset);
  out.component("task", experiment.task);
  out.mapping("trainer", [&] { out.fields(fields_of(experiment.trainer)); });
  if (!for_hash) out.line("seed", std::to_string(experiment.seed));
  if (!experiment.evaluate.empty()) {
    out.mapping("evaluate", [&] {
      for (const auto& evaluation : experiment.evaluate) write_evaluation(out, evaluation);
    });
  }
  if (!experiment.milestones.empty()) {
    out.mapping("milestones", [&] {
      for (const auto& milestone : experiment.milestones) write_milestone(out, milestone);
    });
  }
  if (!experiment.expect.empty()) {
    out.mapping("expect", [&] {
      for (const auto& expectation : experiment.expect) write_expectation(out, expectation);
    });
  }
  return out.take();
}

}  // namespace

std::string write_experiment(const Experiment& experiment) {
  return resolved_text(experiment, /*for_hash=*/false);
}

std::string hash_experiment(const Experiment& experiment) {
  return fmt::format("{:016x}", fnv1a(resolved_text(experiment, /*for_hash=*/true)));
}

}  // namespace zoo
