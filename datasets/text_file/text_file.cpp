#include "zoo/datasets/text_file/text_file.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "zoo/datasets/checks.h"
#include "zoo/datasets/random.h"
#include "zoo/datasets/text_file/text_parts.h"
#include "zoo/datasets/text_file/text_vocabulary.h"
#include "zoo/datasets/text_files.h"

namespace zoo {
namespace {

constexpr std::array<const char*, 3> kPartNames = {"training", "validation", "the test"};

// The lines of a file with "\n" after each.
std::string read_text(const std::string& file) {
  const TextLines lines = read_lines(file);
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) text.append(lines[i]) += '\n';
  return text;
}

// Windows by where they begin, of equal length but for the last.
LanguageBatch windows_of(const EncodedText& text, const std::vector<int64_t>& begins,
                         int64_t context) {
  const auto count = static_cast<int64_t>(begins.size());
  const auto length_at = [&](int64_t begin) { return std::min(context, text.size() - 1 - begin); };
  int64_t longest = 0;
  for (const int64_t begin : begins) longest = std::max(longest, length_at(begin));
  LanguageBatch batch{.tokens = torch::full({count, longest}, kPadding, torch::kLong),
                      .targets = torch::full({count, longest}, kPadding, torch::kLong),
                      .lengths = torch::empty(count, torch::kLong),
                      .characters = torch::empty(count, torch::kLong)};
  for (int64_t i = 0; i < count; ++i) {
    const int64_t begin = begins[static_cast<size_t>(i)], length = length_at(begin);
    const auto first = text.symbols.begin() + begin;
    std::copy(first, first + length, batch.tokens.data_ptr<int64_t>() + i * longest);
    std::copy(first + 1, first + 1 + length, batch.targets.data_ptr<int64_t>() + i * longest);
    const auto told = text.characters.begin() + begin + 1;
    batch.lengths.data_ptr<int64_t>()[i] = length;
    batch.characters.data_ptr<int64_t>()[i] = std::accumulate(told, told + length, int64_t{0});
  }
  return batch;
}

}  // namespace

struct TextFile::Data {
  Data(const TextFileOptions& options, const TextParts& text, const Vocabulary& vocabulary)
      : file(options.file),
        parts{EncodedText(text.training, vocabulary), EncodedText(text.validation, vocabulary),
              EncodedText(text.test, vocabulary)} {}

  // Throws if it has less than so many symbols.
  const EncodedText& part(Split split, int64_t least) const {
    const auto at = static_cast<size_t>(split);
    if (parts[at].size() >= least) return parts[at];
    throw std::runtime_error(file + ": the part for " + kPartNames[at] + " has " +
                             std::to_string(parts[at].size()) + " symbols, but a window needs " +
                             std::to_string(least) +
                             "; choose a smaller context, other shares, or a longer text");
  }

  std::string file;
  std::array<EncodedText, 3> parts;
};

// What is made when it is needed first.
struct TextFile::State {
  std::once_flag read, loaded;
  TextVocabulary vocabulary;
  std::unique_ptr<const Data> data;
};

TextFile::TextFile(const TextFileOptions& options) : TextFile(options, {}) {}

TextFile::TextFile(const TextFileOptions& options, KeptFiles kept)
    : options_(options), kept_(std::move(kept)), state_(std::make_unique<State>()) {
  check_options("TextFile", options_);
  const double measured = options_.validation + options_.test;
  if (options_.file.empty()) throw std::invalid_argument("TextFile: file must name a file");
  if (measured > 0 && measured < 1) return;
  throw std::invalid_argument(
      "TextFile: validation and test together must be above 0 and below 1, got " +
      std::to_string(measured));
}

TextFile::~TextFile() = default;

const TextVocabulary& TextFile::text_vocabulary() const {
  if (kept_.empty()) {
    data();
  } else {
    std::call_once(state_->loaded,
                   [this] { state_->vocabulary = kept_text_vocabulary(options_, kept_); });
  }
  return state_->vocabulary;
}

const TextFile::Data& TextFile::data() const {
  std::call_once(state_->read, [this] {
    if (!kept_.empty()) text_vocabulary();
    const std::string text = read_text(options_.file);
    const TextParts parts(text, options_.validation, options_.test);
    if (kept_.empty()) {
      state_->vocabulary = learn_text_vocabulary(options_, parts.training, options_.file);
    }
    state_->data = std::make_unique<const Data>(options_, parts, *state_->vocabulary.vocabulary);
  });
  return *state_->data;
}

LanguageBatch TextFile::batch(const BatchIndex& index) const {
  check_batch_size("TextFile", index);
  std::vector<int64_t> begins;
  if (index.split == Split::kTraining) {
    const auto& text = data().part(index.split, options_.context + 1);
    Random random = random_of(index);
    for (int64_t i = 0; i < index.batch_size; ++i) {
      begins.push_back(random.integer(0, text.size() - options_.context - 1));
    }
    return windows_of(text, begins, options_.context);
  }
  const int64_t batches = *batches_of(index.split, index.batch_size);
  const auto& text = data().part(index.split, 2);
  const int64_t first = index.step % batches * index.batch_size * options_.context;
  for (int64_t i = 0; i < index.batch_size; ++i) {
    const int64_t begin = first + i * options_.context;
    if (begin < text.size() - 1) begins.push_back(begin);
  }
  return windows_of(text, begins, options_.context);
}

std::optional<int64_t> TextFile::batches_of(Split split, int64_t batch_size) const {
  check_batch_size("TextFile", {.batch_size = batch_size});
  if (split == Split::kTraining) return {};
  const int64_t targets = data().part(split, 2).size() - 1;
  const int64_t in_batch = options_.context * batch_size;
  return (targets + in_batch - 1) / in_batch;
}

KeptFiles TextFile::kept_files() const { return text_vocabulary().files; }

int64_t TextFile::vocabulary_size() const {
  return std::visit([](const auto& kind) { return kind.size; }, options_.vocabulary);
}

const Vocabulary& TextFile::vocabulary() const { return *text_vocabulary().vocabulary; }

}  // namespace zoo
