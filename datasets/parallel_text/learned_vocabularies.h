// The vocabularies of both languages: learned, kept from an earlier run, or given.
#pragma once

#include <memory>

#include "zoo/datasets/parallel_text/parallel_text_options.h"
#include "zoo/datasets/parallel_text/sentence_pairs.h"

namespace zoo {

/// One and the same if they are joint.
struct LearnedVocabularies {
  std::shared_ptr<const Vocabulary> source;
  std::shared_ptr<const Vocabulary> target;
  KeptFiles files;  ///< what they can be made of again
};

/// Learns them from the training pairs.
LearnedVocabularies learn_vocabularies(const ParallelTextOptions& options,
                                       const SentencePairs& pairs);

/// From files that were kept. Throws `std::runtime_error` if one is missing, is no vocabulary or
/// has another size than the options say.
LearnedVocabularies kept_vocabularies(const ParallelTextOptions& options, const KeptFiles& files);

/// The files that the options name instead of learning; empty if they name none.
KeptFiles given_files(const ParallelTextOptions& options);

}  // namespace zoo
