#include "zoo/datasets/sentencepiece_vocabulary.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace zoo {
namespace {

class Sentences final : public sentencepiece::SentenceIterator {
 public:
  explicit Sentences(std::span<const std::string_view> sentences) : left_(sentences) { take(); }

  bool done() const override { return left_.empty(); }
  void Next() override {
    left_ = left_.subspan(1);
    take();
  }
  const std::string& value() const override { return value_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  void take() {
    if (!left_.empty()) value_ = left_.front();
  }

  std::span<const std::string_view> left_;
  std::string value_;
};

// "Internal: ./src/trainer_interface.cc(660) [condition] What is wrong." without the place.
std::string reason_of(const sentencepiece::util::Status& status) {
  const std::string text = status.ToString();
  const auto end = text.rfind("] ");
  const std::string reason = end == std::string::npos ? text : text.substr(end + 2);
  return reason.find_first_not_of(' ') == std::string::npos ? "there is no text" : reason;
}

// Only what differs from the library's defaults.
std::unordered_map<std::string, std::string> settings_of(const SentencePieceTraining& training) {
  const auto kind = names_of(training.kind)[static_cast<size_t>(training.kind)];
  return {{"model_type", std::string(kind)},
          {"vocab_size", std::to_string(training.size)},
          {"character_coverage", std::to_string(training.character_coverage)},
          {"pad_id", std::to_string(kPadding)},
          {"unk_id", std::to_string(kUnknown)},
          {"bos_id", std::to_string(kBegin)},
          {"eos_id", std::to_string(kEnd)},
          {"num_threads", "1"},   // sums of several threads depend on who comes first
          {"minloglevel", "3"}};  // only apps print
}

void check_symbol(int64_t symbol, int64_t size) {
  if (symbol >= 0 && symbol < size) return;
  throw std::out_of_range("SentencePieceVocabulary: a symbol must be one of 0 to " +
                          std::to_string(size - 1) + ", got " + std::to_string(symbol));
}

}  // namespace

SentencePieceVocabulary SentencePieceVocabulary::train(std::span<const std::string_view> sentences,
                                                       const SentencePieceTraining& training) {
  Sentences each(sentences);
  std::string model;
  const auto status =
      sentencepiece::SentencePieceTrainer::Train(settings_of(training), &each, &model);
  if (!status.ok()) {
    throw std::runtime_error(
        "SentencePieceVocabulary: " + std::to_string(sentences.size()) +
        " sentences give no vocabulary of " + std::to_string(training.size) +
        " symbols; choose another size. SentencePiece says: " + reason_of(status));
  }
  return SentencePieceVocabulary(std::move(model));
}

SentencePieceVocabulary::SentencePieceVocabulary(std::string model, const std::string& name)
    : model_(std::move(model)) {
  auto processor = std::make_unique<sentencepiece::SentencePieceProcessor>();
  if (!processor->LoadFromSerializedProto(model_).ok()) {
    throw std::runtime_error(name + ": is no model of SentencePiece");
  }
  if (processor->pad_id() != kPadding || processor->unk_id() != kUnknown ||
      processor->bos_id() != kBegin || processor->eos_id() != kEnd) {
    throw std::runtime_error(
        name +
        ": the model's symbols of padding, unknown, begin and end must be 0, 1, 2 and 3, got " +
        std::to_string(processor->pad_id()) + ", " + std::to_string(processor->unk_id()) + ", " +
        std::to_string(processor->bos_id()) + " and " + std::to_string(processor->eos_id()) +
        "; train it with --pad_id=0 --unk_id=1 --bos_id=2 --eos_id=3");
  }
  processor_ = std::move(processor);
}

SentencePieceVocabulary::SentencePieceVocabulary(SentencePieceVocabulary&&) noexcept = default;
SentencePieceVocabulary::~SentencePieceVocabulary() = default;

int64_t SentencePieceVocabulary::size() const { return processor_->GetPieceSize(); }

std::vector<int64_t> SentencePieceVocabulary::encode(const std::string& text) const {
  std::vector<int> symbols;
  const auto status = processor_->Encode(text, &symbols);
  if (!status.ok()) throw std::runtime_error("SentencePieceVocabulary: " + reason_of(status));
  return {symbols.begin(), symbols.end()};
}

std::string SentencePieceVocabulary::decode(std::span<const int64_t> symbols) const {
  std::vector<int> shown;
  for (const int64_t symbol : symbols) {
    check_symbol(symbol, size());
    if (symbol == kPadding || symbol == kBegin || symbol == kEnd) continue;
    shown.push_back(static_cast<int>(symbol));
  }
  std::string text;
  const auto status = processor_->Decode(shown, &text);
  if (!status.ok()) throw std::runtime_error("SentencePieceVocabulary: " + reason_of(status));
  return text;
}

std::string SentencePieceVocabulary::name(int64_t symbol) const {
  check_symbol(symbol, size());
  return processor_->IdToPiece(static_cast<int>(symbol));
}

}  // namespace zoo
