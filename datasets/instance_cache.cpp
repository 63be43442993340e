#include "zoo/datasets/instance_cache.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "zoo/datasets/fnv.h"
#include "zoo/models/safetensors/safetensors.h"

namespace zoo {
namespace {

constexpr std::string_view kFormat = "attention-zoo instances 1";

// Against damage and for names.
class Checksum {
 public:
  void add(const void* bytes, size_t size) {
    sum_ = fnv1a({static_cast<const char*>(bytes), size}, sum_);
  }
  std::string text() const {
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(sum_));
    return digits.data();
  }

 private:
  uint64_t sum_ = fnv1a({});
};

std::string text_of(const InstanceKey& key) {
  return std::string(kFormat) + ", " + key.dataset + ", " + key.solver + ", " +
         std::to_string(key.plan.instances) + " instances of " +
         std::to_string(key.plan.min_points) + " to " + std::to_string(key.plan.max_points) +
         " points";
}

// An absolute path in the environment; empty if there is none.
std::filesystem::path path_of(const char* variable) {
  const char* value = std::getenv(variable);
  const std::filesystem::path path = value ? value : "";
  return path.is_absolute() ? path : std::filesystem::path();
}

NamedTensors tensors_of(const InstancePlan& plan, const std::vector<InstanceGroup>& groups) {
  NamedTensors tensors;
  int64_t points = plan.min_points;
  for (const auto& group : groups) {
    const std::string number = std::to_string(points++);
    tensors.emplace_back("points." + number, group.points);
    tensors.emplace_back("answers." + number, group.answers);
    tensors.emplace_back("begins." + number, group.begins);
  }
  return tensors;
}

std::string checksum_of(const NamedTensors& tensors) {
  Checksum sum;
  for (const auto& [name, tensor] : tensors) {
    sum.add(name.data(), name.size());
    sum.add(tensor.const_data_ptr(), tensor.nbytes());
  }
  return sum.text();
}

// Nothing if one is missing.
std::optional<std::vector<InstanceGroup>> groups_of(const Safetensors& content,
                                                    const InstancePlan& plan) {
  std::vector<InstanceGroup> groups;
  for (int64_t points = plan.min_points; points <= plan.max_points; ++points) {
    const std::string number = std::to_string(points);
    const auto* coordinates = content.find("points." + number);
    const auto* answers = content.find("answers." + number);
    const auto* begins = content.find("begins." + number);
    if (!coordinates || !answers || !begins) return std::nullopt;
    groups.push_back({*coordinates, *answers, *begins});
  }
  return groups;
}

}  // namespace

std::filesystem::path cache_folder() {
  if (const char* own = std::getenv("ZOO_CACHE"); own && *own != '\0') return own;
  if (const auto xdg = path_of("XDG_CACHE_HOME"); !xdg.empty()) return xdg / "attention-zoo";
  if (const auto home = path_of("HOME"); !home.empty()) return home / ".cache" / "attention-zoo";
  return {};
}

std::filesystem::path instance_file(const std::filesystem::path& folder, const InstanceKey& key) {
  Checksum sum;
  const std::string text = text_of(key);
  sum.add(text.data(), text.size());
  return folder / (key.dataset + "-" + sum.text() + ".safetensors");
}

std::optional<InstanceStore> read_instances(const std::filesystem::path& file,
                                            const InstanceKey& key) {
  try {
    const Safetensors content = read_safetensors(file);
    const std::map<std::string, std::string> expected = {
        {"key", text_of(key)}, {"checksum", checksum_of(content.tensors)}};
    auto groups = groups_of(content, key.plan);
    if (content.metadata != expected || !groups || !fits(key.plan, *groups)) return std::nullopt;
    return InstanceStore(key.plan, std::move(*groups));
  } catch (const SafetensorsError&) {
    return std::nullopt;
  }
}

bool write_instances(const std::filesystem::path& file, const InstanceKey& key,
                     const InstanceStore& instances) {
  try {
    std::filesystem::create_directories(file.parent_path());
    const auto tensors = tensors_of(key.plan, instances.groups());
    write_safetensors(file, tensors, {{"key", text_of(key)}, {"checksum", checksum_of(tensors)}});
    return true;
  } catch (const SafetensorsError&) {
    return false;
  } catch (const std::filesystem::filesystem_error&) {
    return false;
  }
}

}  // namespace zoo
