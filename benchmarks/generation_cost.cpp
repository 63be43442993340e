// Times a symbol of a continuation: reads the length of a text per line, answers with the
// microseconds of the next symbol from the cache, and from the text read anew.
#include <ATen/Parallel.h>
#include <torch/types.h>

#include <chrono>
#include <cstdio>
#include <iostream>

#include "zoo/models/transformer_language_model/transformer_language_model.h"

namespace {

constexpr int64_t kSymbols = 69, kContext = 2048, kRepeats = 20;

double microseconds(const auto& work) {
  work();  // warm
  const auto start = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < kRepeats; ++i) work();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return 1e6 * seconds.count() / kRepeats;
}

}  // namespace

int main() {
  at::set_num_threads(1);
  torch::NoGradGuard no_gradients;
  torch::manual_seed(1);
  zoo::TransformerLanguageModel model(zoo::TransformerLanguageModelOptions{
      .vocabulary = kSymbols, .model_size = 128, .heads = 4, .layers = 4, .context = kContext});
  model->eval();
  for (int64_t length = 0; std::cin >> length;) {
    const auto text = torch::randint(kSymbols, {1, length}),
               next = torch::randint(kSymbols, {1, 1});
    const auto state = model->run(text, model->initial_state(1)).state;
    const auto whole = torch::cat({text, next}, 1);
    std::printf("%.3f %.3f\n", microseconds([&] { model->run(next, state); }),
                microseconds([&] { model->features(whole); }));
    std::fflush(stdout);
  }
}
