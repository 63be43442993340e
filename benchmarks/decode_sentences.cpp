// Translates on demand: reads a beam width per line, translates the longest sentences of the test
// side in batches and answers with sentences a second.
//
//     zoo_decode_sentences RUN BATCH_SIZE BATCHES
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "translation_data.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/run_folder.h"
#include "zoo/apps/zoo/session.h"
#include "zoo/trainers/tasks/translation/translation.h"

namespace {

// Spread evenly over the side, which is sorted by length.
std::vector<zoo::TranslationBatch> batches_of(const zoo::Session& session, int64_t batch_size,
                                              int64_t count) {
  const auto dataset = zoo::translation_dataset(session.experiment);
  const int64_t all = dataset->batches_of(zoo::Split::kTest, batch_size).value_or(count);
  std::vector<zoo::TranslationBatch> batches;
  for (int64_t i = 0; i < count; ++i) {
    batches.push_back(dataset->batch(
        {.split = zoo::Split::kTest, .step = i * all / count, .batch_size = batch_size}));
  }
  return batches;
}

double sentences_a_second(zoo::TranslationTask& task,
                          const std::vector<zoo::TranslationBatch>& batches, int64_t beam_width) {
  const auto start = std::chrono::steady_clock::now();
  size_t sentences = 0;
  for (const auto& batch : batches) sentences += task.translate(batch, beam_width).size();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return static_cast<double>(sentences) / seconds.count();
}

int serve(char** argv) {
  zoo::Arguments arguments;
  arguments.threads = 1;
  const auto session = zoo::open_run(zoo::find_run(argv[1]), arguments);
  const auto batches = batches_of(session, std::stoll(argv[2]), std::stoll(argv[3]));
  auto& task = dynamic_cast<zoo::TranslationTask&>(*session.task);
  for (int64_t beam_width = 0; std::cin >> beam_width;) {
    std::printf("%.3f\n", sentences_a_second(task, batches, beam_width));
    std::fflush(stdout);
  }
  return zoo::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: zoo_decode_sentences RUN BATCH_SIZE BATCHES\n");
    return zoo::kUsage;
  }
  try {
    return serve(argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zoo_decode_sentences: %s\n", error.what());
    return zoo::kFailure;
  }
}
