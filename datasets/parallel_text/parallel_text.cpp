#include "zoo/datasets/parallel_text/parallel_text.h"

#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "zoo/datasets/checks.h"
#include "zoo/datasets/parallel_text/batch_plans.h"
#include "zoo/datasets/parallel_text/encoded_pairs.h"
#include "zoo/datasets/parallel_text/learned_vocabularies.h"
#include "zoo/datasets/parallel_text/sentence_pairs.h"

namespace zoo {
namespace {

[[noreturn]] void refuse_options(const std::string& problem) {
  throw std::invalid_argument("ParallelText: " + problem);
}

void check_pairs_options(const ParallelTextOptions& options) {
  check_options("ParallelText", options);
  if (options.source_file.empty() != options.target_file.empty()) {
    refuse_options("source_file and target_file must both be given or neither");
  }
  if (options.source_file.empty() && options.pairs_file.empty()) {
    refuse_options("pairs_file must name a file, or source_file and target_file must");
  }
  if (options.source_column == options.target_column) {
    refuse_options("source_column and target_column must differ, both are " +
                   std::to_string(options.source_column));
  }
  if (options.batch_tokens > 0 && options.batch_tokens <= options.max_length) {
    refuse_options(
        "batch_tokens must be 0 or hold a sentence of max_length and its end, at least " +
        std::to_string(options.max_length + 1) + ", got " + std::to_string(options.batch_tokens));
  }
  const auto* pieces = std::get_if<SentencePieceOptions>(&options.vocabulary);
  if (pieces && !pieces->joint && !pieces->model_file.empty()) {
    refuse_options("vocabulary.model_file must go with joint: true");
  }
}

std::string_view name_of_part(Split split) {
  constexpr std::array<std::string_view, 3> kNames = {"training", "validation", "the test"};
  return kNames[static_cast<size_t>(split)];
}

}  // namespace

struct ParallelText::Data {
  Data(const ParallelTextOptions& options, const SentencePairs& pairs,
       const LearnedVocabularies& vocabularies)
      : corpus(pairs, *vocabularies.source, *vocabularies.target, options.max_length) {
    for (const Split split : {Split::kTraining, Split::kValidation, Split::kTest}) {
      const auto& part = corpus.part(split);
      auto& plan = plans[static_cast<size_t>(split)];
      if (part.size() == 0) continue;
      if (split != Split::kTraining) {
        plan = std::make_unique<SortedPlan>(part);
      } else if (options.batch_tokens > 0) {
        plan = std::make_unique<BudgetPlan>(part, options.batch_tokens);
      } else {
        plan = std::make_unique<BucketPlan>(part, options.sort_batches);
      }
    }
  }

  const BatchPlan& plan(Split split) const {
    const auto& plan = plans[static_cast<size_t>(split)];
    if (plan) return *plan;
    throw std::runtime_error("there is no pair of sentences for " +
                             std::string(name_of_part(split)) + ". " + corpus.summary());
  }

  EncodedCorpus corpus;
  std::array<std::unique_ptr<const BatchPlan>, 3> plans;  // none where there is no pair
};

// What is made when it is needed first.
struct ParallelText::State {
  std::once_flag read, loaded;
  std::optional<LearnedVocabularies> vocabularies;
  std::unique_ptr<const Data> data;
};

ParallelText::ParallelText(const ParallelTextOptions& options) : ParallelText(options, {}) {}

ParallelText::ParallelText(const ParallelTextOptions& options, KeptFiles kept)
    : options_(options), kept_(std::move(kept)), state_(std::make_unique<State>()) {
  check_pairs_options(options_);
}

ParallelText::~ParallelText() = default;

const LearnedVocabularies& ParallelText::vocabularies() const {
  const auto* pieces = std::get_if<SentencePieceOptions>(&options_.vocabulary);
  if (kept_.empty() && (!pieces || pieces->model_file.empty())) {
    data();
  } else {
    std::call_once(state_->loaded, [this] {
      state_->vocabularies =
          kept_vocabularies(options_, kept_.empty() ? given_files(options_) : kept_);
    });
  }
  return *state_->vocabularies;
}

const ParallelText::Data& ParallelText::data() const {
  std::call_once(state_->read, [this] {
    const auto* pieces = std::get_if<SentencePieceOptions>(&options_.vocabulary);
    const bool learns = kept_.empty() && (!pieces || pieces->model_file.empty());
    if (!learns) vocabularies();
    const SentencePairs pairs(options_);
    if (learns) state_->vocabularies = learn_vocabularies(options_, pairs);
    state_->data = std::make_unique<const Data>(options_, pairs, *state_->vocabularies);
  });
  return *state_->data;
}

TranslationBatch ParallelText::batch(const BatchIndex& index) const {
  check_batch_size("ParallelText", index);
  const auto& part = data().corpus.part(index.split);
  std::vector<TranslationExample> examples;
  for (const auto pair : data().plan(index.split).batch(index)) {
    examples.push_back(part.example(pair));
  }
  return encode_translation(examples);
}

std::optional<int64_t> ParallelText::batches_of(Split split, int64_t batch_size) const {
  check_batch_size("ParallelText", {.batch_size = batch_size});
  return data().plan(split).batches(batch_size);
}

KeptFiles ParallelText::kept_files() const { return vocabularies().files; }

int64_t ParallelText::source_vocabulary_size() const {
  return std::visit([](const auto& kind) { return kind.size; }, options_.vocabulary);
}

int64_t ParallelText::target_vocabulary_size() const { return source_vocabulary_size(); }

bool ParallelText::has_words() const {
  return std::holds_alternative<WordsOptions>(options_.vocabulary);
}

const Vocabulary& ParallelText::source_vocabulary() const { return *vocabularies().source; }
const Vocabulary& ParallelText::target_vocabulary() const { return *vocabularies().target; }

std::string ParallelText::summary() const { return data().corpus.summary(); }

}  // namespace zoo
