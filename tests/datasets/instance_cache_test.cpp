#include "zoo/datasets/instance_cache.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <torch/types.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "support/file_limit.h"
#include "support/pointing.h"
#include "support/temporary_folder.h"
#include "zoo/models/safetensors/safetensors.h"

namespace zoo {
namespace {

InstanceKey some_key() { return {.dataset = "halves", .solver = "1", .plan = {50, 4, 6}}; }

InstanceStore made(const InstancePlan& plan, int64_t threads = 2) {
  return make_instances(RightHalf(), plan, threads, {}).value();
}

bool same(const InstanceStore& a, const InstanceStore& b) {
  return std::ranges::equal(a.groups(), b.groups(), [](const auto& x, const auto& y) {
    return torch::equal(x.points, y.points) && torch::equal(x.answers, y.answers) &&
           torch::equal(x.begins, y.begins);
  });
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// A variable of the environment as long as it lives; a null pointer: none.
class Variable {
 public:
  Variable(std::string name, const char* value) : name_(std::move(name)) {
    if (const char* before = ::getenv(name_.c_str())) before_ = before;
    set(value);
  }
  ~Variable() { set(before_ ? before_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) {
    if (value) {
      ::setenv(name_.c_str(), value, 1);
    } else {
      ::unsetenv(name_.c_str());
    }
  }
  std::string name_;
  std::optional<std::string> before_;
};

TEST(InstanceStore, NumberOfThreadsChangesNothing) {
  const InstancePlan plan = {1000, 4, 9};
  const auto one = made(plan, 1);
  EXPECT_TRUE(same(one, made(plan, 4)));
  EXPECT_TRUE(same(one, made(plan, 40)));
}

TEST(InstanceStore, HoldsWhatDrawInstanceGives) {
  const InstancePlan plan = {200, 1, 3};
  const auto store = made(plan);
  const RightHalf problem;
  EXPECT_TRUE(fits(plan, store.groups()));
  std::set<double> seen;
  for (int64_t points = 1; points <= 3; ++points) {
    EXPECT_EQ(plan.count(points), points < 3 ? 67 : 66);
    for (int64_t number = 0; number < plan.count(points); ++number) {
      const auto stored = store.instance(points, number);
      const auto drawn = draw_instance(problem, points, number);
      EXPECT_EQ(stored.answer, drawn.answer);
      ASSERT_EQ(static_cast<int64_t>(stored.points.size()), points);
      for (size_t i = 0; i < drawn.points.size(); ++i) {
        EXPECT_EQ(stored.points[i].x, drawn.points[i].x);
        EXPECT_EQ(stored.points[i].y, drawn.points[i].y);
        seen.insert(drawn.points[i].x);
      }
    }
  }
  EXPECT_EQ(seen.size(), 67U * 1 + 67 * 2 + 66 * 3);
}

TEST(InstanceStore, MakesNothingIfToldToStop) {
  std::stop_source source;
  source.request_stop();
  EXPECT_FALSE(make_instances(RightHalf(), {100, 5, 5}, 2, source.get_token()));
}

TEST(InstanceStore, RefusesWhatDoesNotFit) {
  const InstancePlan plan = {10, 4, 4};
  const auto sound = made(plan).groups().front();
  const auto fit = [&](const torch::Tensor& points, const torch::Tensor& answers,
                       const torch::Tensor& begins) {
    return fits(plan, {{points, answers, begins}});
  };
  const auto with = [](torch::Tensor tensor, int64_t place, int64_t value) {
    tensor = tensor.clone();
    tensor[place] = value;
    return tensor;
  };
  EXPECT_TRUE(fit(sound.points, sound.answers, sound.begins));
  EXPECT_FALSE(fit(sound.points.narrow(0, 0, 9), sound.answers, sound.begins));
  EXPECT_FALSE(fit(sound.points.to(torch::kDouble), sound.answers, sound.begins));
  EXPECT_FALSE(fit(sound.points, sound.answers.to(torch::kLong), sound.begins));
  EXPECT_FALSE(fit(sound.points, with(sound.answers, 0, 4), sound.begins));
  EXPECT_FALSE(fit(sound.points, with(sound.answers, 0, -1), sound.begins));
  EXPECT_FALSE(fit(sound.points, sound.answers, with(sound.begins, 0, 1)));
  EXPECT_FALSE(fit(sound.points, sound.answers, with(sound.begins, 10, 1000)));
  EXPECT_FALSE(fit(sound.points, sound.answers, with(sound.begins, 5, 1000)));
  EXPECT_FALSE(fit(sound.points, sound.answers, sound.begins.narrow(0, 0, 10)));
  EXPECT_FALSE(fits({10, 4, 5}, {sound}));
}

TEST(InstanceCache, ReadsWhatItWrote) {
  const TemporaryFolder folder;
  const auto key = some_key();
  const auto file = instance_file(folder.path() / "made" / "for it", key);
  const auto store = made(key.plan);
  EXPECT_FALSE(read_instances(file, key));
  ASSERT_TRUE(write_instances(file, key, store));
  const auto read = read_instances(file, key);
  ASSERT_TRUE(read);
  EXPECT_TRUE(same(*read, store));
}

TEST(InstanceCache, NamesFilesAfterEverythingThatMatters) {
  const auto key = some_key();
  std::set<std::filesystem::path> files = {instance_file("/c", key)};
  EXPECT_EQ(files.begin()->string().rfind("/c/halves-", 0), 0U);
  auto other = key;
  other.dataset = "thirds";
  files.insert(instance_file("/c", other));
  other = key;
  other.solver = "2";
  files.insert(instance_file("/c", other));
  for (const auto& plan :
       {InstancePlan{51, 4, 6}, InstancePlan{50, 3, 6}, InstancePlan{50, 4, 7}}) {
    other = key;
    other.plan = plan;
    files.insert(instance_file("/c", other));
  }
  EXPECT_EQ(files.size(), 6U);
}

TEST(InstanceCache, TakesNoFileOfAnotherKey) {
  const TemporaryFolder folder;
  const auto key = some_key();
  auto other = key;
  other.solver = "2";
  const auto file = instance_file(folder.path(), key);
  ASSERT_TRUE(write_instances(file, other, made(key.plan)));
  EXPECT_FALSE(read_instances(file, key));
  write(file, "something else");
  EXPECT_FALSE(read_instances(file, key));
  write_safetensors(file, {{"points.4", torch::zeros({3})}}, {{"key", "x"}});
  EXPECT_FALSE(read_instances(file, key));
}

TEST(InstanceCache, NoticesEveryChangedByteAndEveryMissingOne) {
  const TemporaryFolder folder;
  auto key = some_key();
  key.plan = {4, 4, 5};
  const auto file = instance_file(folder.path(), key);
  ASSERT_TRUE(write_instances(file, key, made(key.plan)));
  const auto sound = content_of(file);
  for (size_t i = 0; i < sound.size(); ++i) {
    auto damaged = sound;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    write(file, damaged);
    EXPECT_FALSE(read_instances(file, key)) << "byte " << i << " of " << sound.size();
    if (i % 7 == 0) {
      write(file, sound.substr(0, i));
      EXPECT_FALSE(read_instances(file, key)) << "the first " << i << " of " << sound.size();
    }
  }
  write(file, sound);
  EXPECT_TRUE(read_instances(file, key));
}

TEST(InstanceCache, SaysWhenItCannotWrite) {
  const TemporaryFolder folder;
  const auto key = some_key();
  const auto store = made(key.plan);
  EXPECT_FALSE(write_instances(instance_file("/dev/null/cache", key), key, store));
  const FileLimit full(100);
  EXPECT_FALSE(write_instances(instance_file(folder.path(), key), key, store));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(InstanceCache, LiesWhereTheEnvironmentSays) {
  const Variable home("HOME", "/home/ada"), xdg("XDG_CACHE_HOME", "/tmp/xdg"),
      own("ZOO_CACHE", "here/zoo");
  EXPECT_EQ(cache_folder(), "here/zoo");
  const Variable not_own("ZOO_CACHE", "");
  EXPECT_EQ(cache_folder(), "/tmp/xdg/attention-zoo");
  const Variable relative("XDG_CACHE_HOME", "not/absolute");
  EXPECT_EQ(cache_folder(), "/home/ada/.cache/attention-zoo");
  const Variable homeless("HOME", nullptr);
  EXPECT_EQ(cache_folder(), "");
}

}  // namespace
}  // namespace zoo
