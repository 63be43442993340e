#include "zoo/trainers/tasks/language_modelling/language_modelling.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <stdexcept>
#include <utility>

#include "zoo/datasets/character_vocabulary.h"
#include "zoo/datasets/random.h"
#include "zoo/datasets/text_files.h"
#include "zoo/trainers/sampling.h"
#include "zoo/trainers/tasks/sequence_nats.h"

namespace zoo {
namespace {

using torch::Tensor;

const LanguageDataset& language_of(const Dataset<LanguageBatch>& dataset) {
  return dynamic_cast<const LanguageDataset&>(dataset);
}

// What a line asks: a text as it stands there, or in JSON, where it may have several lines.
struct Question {
  std::string prompt;
  bool in_json = false;
};

Question question_of(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {.prompt = line};
  if (json.size() != 1 || !json.contains("prompt") || !json["prompt"].is_string()) {
    throw std::invalid_argument(R"(expected a text or {"prompt": "a text"})");
  }
  return {.prompt = json["prompt"], .in_json = true};
}

// Nothing is continued that the model cannot read.
std::vector<int64_t> symbols_of_prompt(const Vocabulary& vocabulary, const std::string& prompt) {
  if (const auto problem = utf8_problem(prompt); !problem.empty()) {
    throw std::invalid_argument(problem);
  }
  int64_t place = 0;
  for (const auto character : split_characters(prompt)) {
    ++place;
    const auto symbols = vocabulary.encode(std::string(character));
    if (std::ranges::find(symbols, kUnknown) == symbols.end()) continue;
    throw std::invalid_argument("character " + std::to_string(place) + " of the prompt, '" +
                                std::string(character) +
                                "', has no symbol: the model has never read it");
  }
  auto symbols = vocabulary.encode(prompt);
  if (symbols.empty()) throw std::invalid_argument("the prompt has no symbol");
  return symbols;
}

}  // namespace

LanguageModellingTask::LanguageModellingTask(Setup setup, Model model,
                                             LanguageModellingOptions options)
    : SupervisedTask(std::move(setup)), model_(std::move(model)), options_(options) {}

// Of all symbols of the windows: 0-d.
Tensor LanguageModellingTask::nats(const LanguageBatch& batch) {
  return sequence_nats(model_.features(batch.tokens), *model_.output, batch.targets, batch.lengths);
}

Tensor LanguageModellingTask::loss(const LanguageBatch& batch) {
  return nats(batch) / static_cast<double>(batch.lengths.sum().item<int64_t>());
}

Metrics LanguageModellingTask::measure(const Dataset<LanguageBatch>& /*dataset*/,
                                       const MakeBatch& batch, int64_t count) {
  double total = 0, symbols = 0, characters = 0;
  for (int64_t i = 0; i < count; ++i) {
    const LanguageBatch data = batch(i);
    total += nats(data).item<double>();
    symbols += data.lengths.sum().item<double>();
    characters += data.characters.sum().item<double>();
  }
  return {{"cross_entropy", total / symbols},
          {"perplexity", std::exp(total / symbols)},
          {"bits_per_character", total / std::numbers::ln2 / characters}};
}

// The text that the model says after `prompt` [1, P], told piece by piece if anybody listens.
std::string LanguageModellingTask::continuation(
    const Vocabulary& vocabulary, const Tensor& prompt,
    const std::function<void(const std::string&)>& tell) {
  constexpr std::array<int64_t, 3> kNever = {kPadding, kUnknown, kBegin};
  Random random({static_cast<uint64_t>(options_.seed)});
  const auto decoder = model_.decoder(prompt);
  size_t told = 0;
  const auto tell_more = [&](std::span<const int64_t> symbols) {
    if (!tell) return;
    const std::string said = vocabulary.decode(symbols);
    tell(said.substr(std::min(told, said.size())));
    told = said.size();
  };
  const auto symbols =
      sample_continuation(*decoder, options_.length, options_.sampling, random, kNever, tell_more);
  return vocabulary.decode(symbols);
}

Sample LanguageModellingTask::sample(const std::string& title,
                                     const Dataset<LanguageBatch>& dataset,
                                     const LanguageBatch& example) {
  const Vocabulary& vocabulary = language_of(dataset).vocabulary();
  const Tensor tokens = example.tokens.narrow(1, 0, example.lengths[0].item<int64_t>());  // [1, T]
  const Tensor read = tokens[0].cpu().contiguous();
  const std::span symbols(read.const_data_ptr<int64_t>(), static_cast<size_t>(read.numel()));
  Sample sample{.title = title,
                .texts = {{"text", vocabulary.decode(symbols)},
                          {"continuation", continuation(vocabulary, tokens)}},
                .maps = model_.maps ? model_.maps(tokens) : std::vector<AttentionMap>()};
  for (auto& map : sample.maps) {
    map.row_labels = names_of_symbols(vocabulary, symbols);
    map.column_labels = map.row_labels;
  }
  return sample;
}

std::string LanguageModellingTask::answer(const std::string& prompt,
                                          const std::function<void(const std::string&)>& tell) {
  const Vocabulary& vocabulary = language_of(*setup().dataset).vocabulary();
  const auto symbols = symbols_of_prompt(vocabulary, prompt);
  c10::InferenceMode inference;
  setup().module->eval();
  return continuation(vocabulary,
                      torch::tensor(symbols, torch::kLong).unsqueeze(0).to(setup().device), tell);
}

Prediction LanguageModellingTask::predict(const std::string& line) {
  const Question question = question_of(line);
  const std::string said = answer(question.prompt);
  if (!question.in_json) return {.line = said};
  return {.line = nlohmann::json({{"continuation", said}}).dump()};
}

void LanguageModellingTask::predict_aloud(const std::string& line,
                                          const std::function<void(const std::string&)>& tell) {
  answer(question_of(line).prompt, tell);
}

}  // namespace zoo
