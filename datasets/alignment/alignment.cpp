#include "zoo/datasets/alignment/alignment.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>

#include "zoo/datasets/checks.h"

namespace zoo {
namespace {

AlignmentOptions checked(const AlignmentOptions& options) {
  check_options("Alignment", options);
  check_order("Alignment", "min_length", options.min_length, "max_length", options.max_length);
  return options;
}

bool ends_phrase(int64_t word) { return word % 2 == 0; }

// Phrase by phrase, each from its last word to its first.
std::vector<int64_t> mirrored_phrases(std::span<const int64_t> words) {
  std::vector<int64_t> places(words.size());
  std::iota(places.begin(), places.end(), 0);
  auto begin = places.begin();
  for (auto at = places.begin(); at != places.end(); ++at) {
    if (!ends_phrase(words[static_cast<size_t>(at - places.begin())])) continue;
    std::reverse(begin, at + 1);
    begin = at + 1;
  }
  std::reverse(begin, places.end());
  return places;
}

// The words w0, w1, ..., one in a line.
std::string numbered_words(int64_t count) {
  std::string text;
  for (int64_t word = 0; word < count; ++word) text += "w" + std::to_string(word) + "\n";
  return text;
}

std::vector<int64_t> dictionary_of(const AlignmentOptions& options) {
  constexpr uint64_t kStream = 0x64696374;  // "dict": other numbers than any batch's
  std::vector<int64_t> order(static_cast<size_t>(options.symbols));
  std::iota(order.begin(), order.end(), 0);
  if (options.dictionary == AlignmentDictionary::kIdentity) return order;
  Random random({kStream, static_cast<uint64_t>(options.symbols)});
  random.shuffle(std::span(order));
  // The translation of a word is the next one of a random cycle, and so never the word itself.
  std::vector<int64_t> dictionary(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    dictionary[static_cast<size_t>(order[i])] = order[(i + 1) % order.size()];
  }
  return dictionary;
}

}  // namespace

std::vector<int64_t> aligned_places(const AlignmentOptions& options,
                                    std::span<const int64_t> words) {
  if (options.kind == AlignmentKind::kPermutation) return mirrored_phrases(words);
  std::vector<int64_t> places;
  for (size_t place = 0; place < words.size(); ++place) {
    const int64_t times =
        options.kind == AlignmentKind::kFertility ? words[place] % (options.max_fertility + 1) : 1;
    places.insert(places.end(), static_cast<size_t>(times), static_cast<int64_t>(place));
  }
  if (options.kind == AlignmentKind::kReverse) std::ranges::reverse(places);
  if (options.kind == AlignmentKind::kSort) {
    std::ranges::stable_sort(places, {},
                             [&](int64_t at) { return words[static_cast<size_t>(at)]; });
  }
  return places;
}

Alignment::Alignment(AlignmentOptions options)
    : options_(checked(options)),
      vocabulary_(numbered_words(options.symbols)),
      dictionary_(dictionary_of(options)) {}

std::vector<int64_t> Alignment::draw(Random& random, int64_t length) const {
  std::vector<int64_t> words(static_cast<size_t>(length));
  do {
    for (auto& word : words) word = random.integer(0, options_.symbols - 1);
  } while (aligned_places(options_, words).empty());
  return words;
}

TranslationExample Alignment::example(std::span<const int64_t> words) const {
  TranslationExample example{
      .source = {}, .target = {}, .alignment = aligned_places(options_, words)};
  for (const int64_t word : words) example.source.push_back(kFirstSymbol + word);
  for (const int64_t place : example.alignment) {
    const auto word = static_cast<size_t>(words[static_cast<size_t>(place)]);
    example.target.push_back(kFirstSymbol + dictionary_[word]);
  }
  example.alignment.push_back(static_cast<int64_t>(words.size()));
  example.source.push_back(kEnd);
  example.target.push_back(kEnd);
  return example;
}

TranslationBatch Alignment::batch(const BatchIndex& index) const {
  check_batch_size("Alignment", index);
  Random random = random_of(index);
  const int64_t length = random.integer(options_.min_length, options_.max_length);
  std::vector<TranslationExample> examples;
  for (int64_t i = 0; i < index.batch_size; ++i) {
    auto& pair = examples.emplace_back(example(draw(random, length)));
    if (index.split == Split::kTraining) continue;
    pair.source_text = vocabulary_.decode(pair.source);
    pair.target_text = vocabulary_.decode(pair.target);
  }
  return encode_translation(examples);
}

}  // namespace zoo
