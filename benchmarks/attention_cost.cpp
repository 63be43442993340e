// Times one step of decoding by global and by local attention: reads the length of a source per
// line, answers with the microseconds of a step for each window, one after the other.
#include <torch/types.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <vector>

#include <ATen/Parallel.h>

#include "zoo/models/attention/attention.h"

namespace {

constexpr int64_t kBatch = 16, kUnits = 256, kSteps = 100;

double microseconds_of_a_step(zoo::Attention& attention, int64_t places) {
  const auto lengths = torch::full({kBatch}, places, torch::kLong);
  const auto source = attention->prepare(torch::randn({kBatch, places, kUnits}), lengths);
  const auto query = torch::randn({kBatch, 1, kUnits});
  attention->forward(source, query, 0);  // warm
  const auto start = std::chrono::steady_clock::now();
  for (int64_t step = 0; step < kSteps; ++step) attention->forward(source, query, step);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return 1e6 * seconds.count() / kSteps;
}

}  // namespace

int main() {
  at::set_num_threads(1);
  torch::NoGradGuard no_gradients;
  torch::manual_seed(1);
  std::vector<zoo::Attention> attentions;
  for (const zoo::WindowOptions& window : {zoo::WindowOptions(zoo::GlobalWindowOptions{}),
                                           zoo::WindowOptions(zoo::MonotonicWindowOptions{}),
                                           zoo::WindowOptions(zoo::PredictiveWindowOptions{})}) {
    attentions.push_back(zoo::Attention(
        zoo::AttentionOptions{.query_size = kUnits, .key_size = kUnits, .window = window}));
  }
  for (int64_t places = 0; std::cin >> places;) {
    for (auto& attention : attentions) {
      std::printf("%.3f ", microseconds_of_a_step(attention, places));
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}
