// Writes the training batches of a translation experiment, so that another program can train on the
// same: a line of JSON for each, {"source": [[symbols of a sentence], …], "target": [[…], …]}.
//
//     zoo_write_batches EXPERIMENT FIRST_STEP COUNT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "translation_data.h"
#include "zoo/apps/zoo/commands.h"

namespace {

std::string json_of(const torch::Tensor& sentences, const torch::Tensor& lengths) {
  std::vector<std::string> rows;
  for (int64_t row = 0; row < sentences.size(0); ++row) {
    const auto* symbols = sentences[row].const_data_ptr<int64_t>();
    const std::vector<int64_t> sentence(symbols, symbols + lengths[row].item<int64_t>());
    rows.push_back(fmt::format("{}", sentence));
  }
  return fmt::format("[{}]", fmt::join(rows, ", "));
}

void write(const std::string& name, int64_t first, int64_t count) {
  zoo::Arguments arguments;
  arguments.target = name;
  const auto experiment = zoo::find_experiment(arguments);
  const auto dataset = zoo::translation_dataset(experiment);
  for (int64_t step = first; step < first + count; ++step) {
    const auto batch = dataset->batch({.seed = static_cast<uint64_t>(experiment.seed),
                                       .split = zoo::Split::kTraining,
                                       .step = step,
                                       .batch_size = experiment.trainer.batch_size});
    fmt::print("{{\"source\": {}, \"target\": {}}}\n", json_of(batch.source, batch.source_lengths),
               json_of(batch.target, batch.target_lengths));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: zoo_write_batches EXPERIMENT FIRST_STEP COUNT\n");
    return zoo::kUsage;
  }
  try {
    write(argv[1], std::stoll(argv[2]), std::stoll(argv[3]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zoo_write_batches: %s\n", error.what());
    return zoo::kFailure;
  }
  return zoo::kDone;
}
