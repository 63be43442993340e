#include "zoo/datasets/parallel_text/learned_vocabularies.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include "zoo/datasets/word_vocabulary.h"

namespace zoo {
namespace {

constexpr auto kJointModel = "sentencepiece.model";
constexpr auto kSourceModel = "source.model", kTargetModel = "target.model";
constexpr auto kSourceWords = "source_words.txt", kTargetWords = "target_words.txt";

std::vector<std::string_view> training_sentences(const SentencePairs& pairs, bool source,
                                                 bool target) {
  std::vector<std::string_view> sentences;
  for (size_t pair = 0; pair < pairs.size(); ++pair) {
    if (pairs.split(pair) != Split::kTraining) continue;
    if (source) sentences.push_back(pairs.source(pair));
    if (target) sentences.push_back(pairs.target(pair));
  }
  return sentences;
}

const std::string& file_of(const KeptFiles& files, const std::string& name) {
  const auto found = files.find(name);
  if (found != files.end()) return found->second;
  throw std::runtime_error("ParallelText: among the files that were kept there must be " + name +
                           " for such a vocabulary");
}

[[noreturn]] void refuse_size(const std::string& name, int64_t size, int64_t stated,
                              const std::string& relation) {
  throw std::runtime_error(name + ": has " + std::to_string(size) + " symbols, but the option " +
                           "vocabulary.size says " + relation + std::to_string(stated) +
                           "; state the size that it has");
}

std::shared_ptr<const SentencePieceVocabulary> pieces_of(const KeptFiles& files,
                                                         const std::string& name, int64_t size) {
  auto vocabulary = std::make_shared<const SentencePieceVocabulary>(file_of(files, name), name);
  if (vocabulary->size() != size) refuse_size(name, vocabulary->size(), size, "");
  return vocabulary;
}

std::shared_ptr<const WordVocabulary> words_of_file(const KeptFiles& files, const std::string& name,
                                                    int64_t size) {
  auto vocabulary = std::make_shared<const WordVocabulary>(file_of(files, name), name);
  if (vocabulary->size() > size) refuse_size(name, vocabulary->size(), size, "at most ");
  return vocabulary;
}

LearnedVocabularies kept(const SentencePieceOptions& options, const KeptFiles& files) {
  if (!options.joint) {
    return {pieces_of(files, kSourceModel, options.size),
            pieces_of(files, kTargetModel, options.size), files};
  }
  // A file that the options name goes by its own name, for errors.
  const std::string name =
      options.model_file.empty() || files.contains(kJointModel) ? kJointModel : options.model_file;
  const auto both = pieces_of(files, name, options.size);
  return {both, both, {{kJointModel, both->model()}}};
}

LearnedVocabularies kept(const WordsOptions& options, const KeptFiles& files) {
  return {words_of_file(files, kSourceWords, options.size),
          words_of_file(files, kTargetWords, options.size), files};
}

KeptFiles learned(const SentencePieceOptions& options, const SentencePairs& pairs) {
  const auto model_of = [&](bool source, bool target) {
    return SentencePieceVocabulary::train(training_sentences(pairs, source, target),
                                          {.size = options.size, .kind = options.kind})
        .model();
  };
  if (options.joint) return {{kJointModel, model_of(true, true)}};
  return {{kSourceModel, model_of(true, false)}, {kTargetModel, model_of(false, true)}};
}

KeptFiles learned(const WordsOptions& options, const SentencePairs& pairs) {
  const auto list_of = [&](bool source) {
    return WordVocabulary::learn(training_sentences(pairs, source, !source), options.size).text();
  };
  return {{kSourceWords, list_of(true)}, {kTargetWords, list_of(false)}};
}

}  // namespace

LearnedVocabularies learn_vocabularies(const ParallelTextOptions& options,
                                       const SentencePairs& pairs) {
  try {
    return kept_vocabularies(
        options,
        std::visit([&](const auto& kind) { return learned(kind, pairs); }, options.vocabulary));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(pairs.name() + ": " + error.what());
  }
}

LearnedVocabularies kept_vocabularies(const ParallelTextOptions& options, const KeptFiles& files) {
  return std::visit([&](const auto& kind) { return kept(kind, files); }, options.vocabulary);
}

KeptFiles given_files(const ParallelTextOptions& options) {
  const auto* pieces = std::get_if<SentencePieceOptions>(&options.vocabulary);
  if (!pieces || pieces->model_file.empty()) return {};
  return {{pieces->model_file, read_bytes(pieces->model_file)}};
}

}  // namespace zoo
