#include "zoo/datasets/text_file/text_vocabulary.h"

#include <algorithm>
#include <stdexcept>
#include <variant>

#include "zoo/datasets/character_vocabulary.h"

namespace zoo {
namespace {

constexpr auto kCharactersFile = "characters.json";
constexpr auto kPiecesFile = "sentencepiece.model";

const std::string& kept_file(const KeptFiles& files, const std::string& name) {
  const auto found = files.find(name);
  if (found != files.end()) return found->second;
  throw std::runtime_error("TextFile: among the files that were kept there must be " + name +
                           " for such a vocabulary");
}

[[noreturn]] void refuse_vocabulary_size(const std::string& name, int64_t size, int64_t stated) {
  throw std::runtime_error(name + ": has " + std::to_string(size) + " symbols, four special ones " +
                           "included, but the option vocabulary.size says " +
                           std::to_string(stated) + "; state the size that it has");
}

TextVocabulary kept_as(const CharactersOptions& options, const KeptFiles& files) {
  auto vocabulary = std::make_shared<const CharacterVocabulary>(kept_file(files, kCharactersFile),
                                                                kCharactersFile);
  if (vocabulary->size() > options.size) {
    refuse_vocabulary_size(kCharactersFile, vocabulary->size(), options.size);
  }
  return {vocabulary, files};
}

TextVocabulary kept_as(const TextPiecesOptions& options, const KeptFiles& files) {
  SentencePieceVocabulary pieces(kept_file(files, kPiecesFile), kPiecesFile);
  if (pieces.size() != options.size) {
    refuse_vocabulary_size(kPiecesFile, pieces.size(), options.size);
  }
  return {std::make_shared<const LinesOfPieces>(std::move(pieces)), files};
}

TextVocabulary learned_as(const CharactersOptions& options, std::string_view text,
                          const std::string& name) {
  auto vocabulary = std::make_shared<const CharacterVocabulary>(CharacterVocabulary::learn(text));
  if (vocabulary->size() > options.size) {
    refuse_vocabulary_size(name, vocabulary->size(), options.size);
  }
  return {vocabulary, {{kCharactersFile, vocabulary->text()}}};
}

TextVocabulary learned_as(const TextPiecesOptions& options, std::string_view text,
                          const std::string& name) {
  auto lines = lines_with_ends(text);
  for (auto& line : lines) line = line.substr(0, line.find('\n'));
  try {
    const auto pieces =
        SentencePieceVocabulary::train(lines, {.size = options.size, .kind = options.kind});
    return kept_as(options, {{kPiecesFile, pieces.model()}});
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(name + ": " + error.what());
  }
}

}  // namespace

TextVocabulary learn_text_vocabulary(const TextFileOptions& options, std::string_view text,
                                     const std::string& name) {
  return std::visit([&](const auto& kind) { return learned_as(kind, text, name); },
                    options.vocabulary);
}

TextVocabulary kept_text_vocabulary(const TextFileOptions& options, const KeptFiles& files) {
  return std::visit([&](const auto& kind) { return kept_as(kind, files); }, options.vocabulary);
}

std::vector<std::string_view> lines_with_ends(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const size_t size = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

std::vector<int64_t> LinesOfPieces::encode(const std::string& text) const {
  std::vector<int64_t> symbols;
  for (const auto line : lines_with_ends(text)) {
    const size_t end = line.find('\n');
    const auto pieces = pieces_.encode(std::string(line.substr(0, end)));
    symbols.insert(symbols.end(), pieces.begin(), pieces.end());
    if (end != std::string_view::npos) symbols.push_back(kEnd);
  }
  return symbols;
}

std::string LinesOfPieces::decode(std::span<const int64_t> symbols) const {
  std::string text;
  while (true) {
    const auto end = std::ranges::find(symbols, kEnd);
    const auto size = static_cast<size_t>(end - symbols.begin());
    text += pieces_.decode(symbols.first(size));
    if (end == symbols.end()) return text;
    text += '\n';
    symbols = symbols.subspan(size + 1);
  }
}

std::string LinesOfPieces::name(int64_t symbol) const {
  return symbol == kEnd ? "↵" : pieces_.name(symbol);
}

}  // namespace zoo
