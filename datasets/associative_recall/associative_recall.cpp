#include "zoo/datasets/associative_recall/associative_recall.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "zoo/datasets/bits.h"
#include "zoo/datasets/checks.h"

namespace zoo {
namespace {

using Item = std::vector<BitVector>;

struct Episode {
  std::vector<Item> items;
  size_t query = 0;  // index of the item that is shown again; not the last
};

// The steps of one example, one after the other.
class EpisodeWriter {
 public:
  EpisodeWriter(BatchWriter& writer, size_t example) : writer_(writer), example_(example) {}

  void delimit(int64_t channel) { writer_.show(example_, step_++, channel, 1); }
  void show(const Item& item) {
    for (const auto& vector : item) writer_.show(example_, step_++, vector);
  }
  void ask(const Item& item) {
    for (const auto& vector : item) writer_.ask(example_, step_++, vector);
  }

 private:
  BatchWriter& writer_;
  size_t example_;
  int64_t step_ = 0;
};

// episodes: each of the same number of items.
TransductionBatch encode(const std::vector<Episode>& episodes,
                         const AssociativeRecallOptions& options) {
  const auto items = static_cast<int64_t>(episodes.front().items.size());
  const int64_t steps = items * (options.item_length + 1) + 2 * options.item_length + 2;
  const int64_t item_delimiter = options.bits, query_delimiter = options.bits + 1;
  BatchWriter writer(episodes.size(), steps, options.bits + 2, options.bits);
  for (size_t example = 0; example < episodes.size(); ++example) {
    const auto& episode = episodes[example];
    EpisodeWriter out(writer, example);
    for (const auto& item : episode.items) {
      out.delimit(item_delimiter);
      out.show(item);
    }
    out.delimit(query_delimiter);
    out.show(episode.items[episode.query]);
    out.delimit(query_delimiter);
    out.ask(episode.items[episode.query + 1]);
  }
  return writer.batch();
}

}  // namespace

AssociativeRecall::AssociativeRecall(AssociativeRecallOptions options) : options_(options) {
  check_options("AssociativeRecall", options);
  check_order("AssociativeRecall", "min_items", options.min_items, "max_items", options.max_items);
}

TransductionBatch AssociativeRecall::batch(const BatchIndex& index) const {
  check_batch_size("AssociativeRecall", index);
  Random random = random_of(index);
  const int64_t items = random.integer(options_.min_items, options_.max_items);
  std::vector<Episode> episodes(static_cast<size_t>(index.batch_size));
  for (auto& episode : episodes) {
    for (int64_t i = 0; i < items; ++i) {
      episode.items.push_back(random_vectors(random, options_.item_length, options_.bits));
    }
    episode.query = static_cast<size_t>(random.integer(0, items - 2));
  }
  return encode(episodes, options_);
}

TransductionBatch AssociativeRecall::prompt(const nlohmann::json& question) const {
  const auto& items = member(question, "items");
  if (!items.is_array() || items.size() < 2) {
    throw std::invalid_argument("\"items\" must be a list of at least 2 items, got " +
                                items.dump());
  }
  Episode episode;
  for (const auto& item : items) {
    const std::string name = "item " + std::to_string(episode.items.size() + 1);
    episode.items.push_back(vectors_of(item, options_.bits, name));
    if (static_cast<int64_t>(episode.items.back().size()) != options_.item_length) {
      throw std::invalid_argument(name + " must have " + std::to_string(options_.item_length) +
                                  " vectors, got " + std::to_string(episode.items.back().size()));
    }
  }
  const auto last = static_cast<int64_t>(items.size()) - 1;  // has no item after it
  episode.query =
      static_cast<size_t>(number_of(member(question, "query"), 1, last, "\"query\"")) - 1;
  return encode({episode}, options_);
}

}  // namespace zoo
