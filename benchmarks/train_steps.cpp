// Trains on demand: reads a number of steps per line, answers with the seconds that they took. So
// a driver can time this program and another one in turn, each warm, while the other waits.
//
//     zoo_train_steps EXPERIMENT [NAME=VALUE …]
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/session.h"

namespace {

double seconds_of(zoo::Task& task, int64_t first, int64_t count) {
  const auto start = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < count; ++i) task.train_step(first + i);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int serve(int argc, char** argv) {
  zoo::Arguments arguments;
  arguments.target = argv[1];
  arguments.set.assign(argv + 2, argv + argc);
  auto session = zoo::start_session(zoo::find_experiment(arguments), "cpu", 1);
  int64_t step = 0;
  for (int64_t count = 0; std::cin >> count; step += count) {
    std::printf("%.9f\n", seconds_of(*session.task, step, count));
    std::fflush(stdout);
  }
  return zoo::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  if (std::string(ZOO_BUILD_TYPE) != "Release") {
    std::fprintf(stderr,
                 "zoo_train_steps: this is a %s build; only a Release build tells how fast "
                 "the code is: configure the preset `release`\n",
                 ZOO_BUILD_TYPE);
    return zoo::kUsage;
  }
  if (argc < 2) {
    std::fprintf(stderr, "usage: zoo_train_steps EXPERIMENT [NAME=VALUE ...]\n");
    return zoo::kUsage;
  }
  try {
    return serve(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zoo_train_steps: %s\n", error.what());
    return zoo::kFailure;
  }
}
