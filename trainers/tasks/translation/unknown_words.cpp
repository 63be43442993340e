#include "zoo/trainers/tasks/translation/unknown_words.h"

#include "zoo/datasets/word_vocabulary.h"

namespace zoo {

std::string copy_unknown_words(const Vocabulary& vocabulary, std::span<const int64_t> translation,
                               const torch::Tensor& weights,
                               const std::vector<std::string>& words) {
  const auto of_words = weights.narrow(1, 0, static_cast<int64_t>(words.size()));
  const auto most = of_words.argmax(1).cpu();  // [>= T]
  std::vector<std::string> said;
  for (size_t step = 0; step < translation.size(); ++step) {
    const auto place = most[static_cast<int64_t>(step)].item<int64_t>();
    said.push_back(translation[step] == kUnknown ? words[static_cast<size_t>(place)]
                                                 : vocabulary.name(translation[step]));
  }
  return join_words(said);
}

}  // namespace zoo
