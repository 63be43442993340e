// doctor: what this machine and build have.
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <filesystem>
#include <thread>

#include "zoo/apps/config/experiment_files.h"
#include "zoo/apps/config/experiment_reader.h"
#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/result.h"
#include "zoo/apps/zoo/session.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

struct Finding {
  std::string what;
  std::string value;
  std::string advice;  ///< what to do; empty if all is well
};

Finding build_finding() {
  const std::string type = ZOO_BUILD_TYPE;
  return {"build", type.empty() ? "not optimised" : type, build_advice()};
}

Finding cuda_finding() {
  const auto count = torch::cuda::device_count();
  if (count > 0) return {"CUDA", fmt::format("{} devices", count), ""};
  const bool built = at::globalContext().hasCUDA();
  return {"CUDA", built ? "no device" : "none: LibTorch for the CPU", ""};
}

Finding blas_finding() {
  const auto config = at::show_config();
  const bool mkl = config.find("MKL") != std::string::npos;
  return {"BLAS", mkl ? "MKL" : "not MKL", ""};
}

Finding configs_finding() {
  const auto files = find_experiments(home() / "configs");
  if (files.empty()) {
    return {"experiments", "none",
            fmt::format("{} has no experiments; set ZOO_HOME to the folder that holds configs/",
                        (home() / "configs").string())};
  }
  size_t broken = 0;
  for (const auto& file : files) {
    try {
      read_experiment(file.path, file.name, {}, catalogue());
    } catch (const std::exception&) {
      ++broken;
    }
  }
  return {"experiments", fmt::format("{} in {}", files.size(), (home() / "configs").string()),
          broken == 0 ? "" : fmt::format("{} cannot be read; `zoo describe` says why", broken)};
}

Finding disk_finding() {
  std::error_code error;
  const auto space = fs::space(home(), error);
  if (error) return {"disk", "unknown", error.message()};
  const double gigabytes = static_cast<double>(space.available) / 1e9;
  return {"disk", fmt::format("{:.1f} GB free", gigabytes),
          gigabytes < 1 ? "free some space: checkpoints need it" : ""};
}

}  // namespace

int doctor_command(const Arguments&) {
  const std::vector<Finding> findings = {
      {"attention-zoo", ZOO_VERSION, ""},
      build_finding(),
      {"LibTorch", TORCH_VERSION, ""},
      {"C++ ABI", _GLIBCXX_USE_CXX11_ABI ? "C++11 strings" : "old strings", ""},
      {"processor",
       fmt::format("{}, {} threads", describe_machine("cpu", 1)["processor"].get<std::string>(),
                   std::thread::hardware_concurrency()),
       ""},
      {"threads of one operator", "1 unless --threads says more", ""},
      blas_finding(),
      cuda_finding(),
      configs_finding(),
      disk_finding()};
  std::vector<std::vector<std::string>> rows;
  bool well = true;
  for (const auto& [what, value, advice] : findings) {
    rows.push_back({advice.empty() ? "ok" : "problem", what, value, advice});
    well = well && advice.empty();
  }
  fmt::print("{}", format_table(rows));
  return well ? kDone : kFailure;
}

}  // namespace zoo
