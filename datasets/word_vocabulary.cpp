#include "zoo/datasets/word_vocabulary.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "zoo/datasets/text_files.h"

namespace zoo {
namespace {

using Count = std::pair<std::string, int64_t>;

bool comes_first(const Count& a, const Count& b) {
  return a.second != b.second ? a.second > b.second : a.first < b.first;
}

}  // namespace

WordVocabulary WordVocabulary::learn(std::span<const std::string_view> sentences, int64_t size) {
  std::unordered_map<std::string, int64_t> counts;
  for (const auto sentence : sentences) {
    for (auto& word : words_of(sentence)) ++counts[std::move(word)];
  }
  std::vector<Count> sorted(counts.begin(), counts.end());
  std::ranges::sort(sorted, comes_first);
  const auto most = static_cast<size_t>(std::max<int64_t>(size - kFirstSymbol, 0));
  if (sorted.size() > most) sorted.resize(most);
  std::vector<std::string> words;
  for (auto& [word, count] : sorted) words.push_back(std::move(word));
  return WordVocabulary(std::move(words));
}

WordVocabulary::WordVocabulary(const std::string& text, const std::string& name) {
  const TextLines lines(name, text);
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto number = static_cast<int64_t>(i) + 1;
    const auto words = words_of(lines[i]);
    if (words.size() != 1 || words.front() != lines[i]) {
      throw std::runtime_error(
          at_line(name, number, "must be one word, got '" + std::string(lines[i]) + "'"));
    }
    if (!symbols_.emplace(words.front(), number - 1 + kFirstSymbol).second) {
      throw std::runtime_error(at_line(name, number, "has a word again: " + words.front()));
    }
    words_.push_back(words.front());
  }
}

WordVocabulary::WordVocabulary(std::vector<std::string> words) : words_(std::move(words)) {
  for (const auto& word : words_) {
    symbols_.emplace(word, static_cast<int64_t>(symbols_.size()) + kFirstSymbol);
  }
}

std::string WordVocabulary::text() const {
  std::string text;
  for (const auto& word : words_) text += word + "\n";
  return text;
}

int64_t WordVocabulary::size() const { return static_cast<int64_t>(words_.size()) + kFirstSymbol; }

std::vector<int64_t> WordVocabulary::encode(const std::string& text) const {
  std::vector<int64_t> symbols;
  for (const auto& word : words_of(text)) {
    const auto found = symbols_.find(word);
    symbols.push_back(found == symbols_.end() ? kUnknown : found->second);
  }
  return symbols;
}

std::string WordVocabulary::decode(std::span<const int64_t> symbols) const {
  std::vector<std::string> words;
  for (const int64_t symbol : symbols) {
    if (symbol != kPadding && symbol != kBegin && symbol != kEnd) words.push_back(name(symbol));
  }
  return join_words(words);
}

std::string WordVocabulary::name(int64_t symbol) const {
  if (symbol < 0 || symbol >= size()) {
    throw std::out_of_range("WordVocabulary: a symbol must be one of 0 to " +
                            std::to_string(size() - 1) + ", got " + std::to_string(symbol));
  }
  const auto place = static_cast<size_t>(symbol);
  return symbol < kFirstSymbol ? std::string(kSpecialNames[place]) : words_[place - kFirstSymbol];
}

}  // namespace zoo
