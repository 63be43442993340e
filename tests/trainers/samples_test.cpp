#include "zoo/trainers/logging/samples.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "support/file_limit.h"
#include "support/message_of.h"
#include "support/temporary_folder.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

AttentionMap map_of(torch::Tensor values) {
  return {.name = "m", .rows = "location", .columns = "step", .values = std::move(values)};
}

nlohmann::json written(const std::vector<Sample>& samples) {
  const TemporaryFolder folder;
  write_samples(folder.path(), 7, samples);
  return nlohmann::json::parse(read_file(folder.path() / "samples.json"));
}

nlohmann::json written_map(torch::Tensor values) {
  return written(
      {{.title = "t", .texts = {}, .maps = {map_of(std::move(values))}}})["samples"][0]["maps"][0];
}

TEST(Samples, WriteWhatTheFormatSays) {
  auto map = map_of(torch::tensor({{0.0, 0.5}, {1.0, 0.25}}));
  map.row_labels = {"der", "Hund"};
  const auto json =
      written({{.title = "length_120", .texts = {{"wrong bits", "3 of 960"}}, .maps = {map}}});
  EXPECT_EQ(json, nlohmann::json::parse(R"({"step": 7, "samples": [{"title": "length_120",
      "texts": [{"name": "wrong bits", "text": "3 of 960"}],
      "maps": [{"name": "m", "rows": "location", "columns": "step",
                "row_labels": ["der", "Hund"], "column_labels": [], "shape": [2, 2],
                "low": 0.0, "high": 1.0, "values": "AID/QA=="}]}]})"));
}

// The examples of RFC 4648, section 10: bytes as values between 0 and 255.
TEST(Samples, BytesAreBase64) {
  const auto encoded = [](const std::string& text) {
    auto values = torch::zeros({1, static_cast<int64_t>(text.size()) + 1});
    for (size_t i = 0; i < text.size(); ++i) values[0][static_cast<int64_t>(i)] = text[i];
    values[0][-1] = 255;  // the highest: a value is its byte
    return written_map(values)["values"].get<std::string>();
  };
  EXPECT_EQ(encoded("fooba"), "Zm9vYmH/");  // "foobar" with 255 for its r
  EXPECT_EQ(encoded("foob"), "Zm9vYv8=");
  EXPECT_EQ(encoded("foo"), "Zm9v/w==");
}

TEST(Samples, RangeFollowsTheValues) {
  const auto range = [](const torch::Tensor& values) {
    const auto map = written_map(values);
    return std::pair(map["low"].get<double>(), map["high"].get<double>());
  };
  EXPECT_EQ(range(torch::tensor({{0.0, 0.25}})), std::pair(0.0, 0.25));
  EXPECT_EQ(range(torch::tensor({{-0.5, 0.25}})), std::pair(-0.5, 0.5));
  EXPECT_EQ(range(torch::zeros({2, 2})), std::pair(0.0, 1.0));
  EXPECT_EQ(written_map(torch::tensor({{-0.5, 0.0, 0.5}}))["values"], "AID/");
}

TEST(Samples, NotANumberIsShownAsZero) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(written_map(torch::tensor({{1.0, infinity, std::nan("")}}))["values"], "/wAA");
}

TEST(Samples, TextThatIsNoUtf8DoesNotStopARun) {
  const auto json = written({{.title = "\xff", .texts = {}, .maps = {}}});
  EXPECT_EQ(json["samples"][0]["title"], "\uFFFD");
}

TEST(Samples, RefusesWhatIsNoMap) {
  EXPECT_NE(message_of<c10::Error>([] { written_map(torch::zeros({3})); }).find("must be a matrix"),
            std::string::npos);
}

}  // namespace
}  // namespace zoo
