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
                "low": 0.0, "high": 1.0, "values": "AID/QA=="}], "drawings": []}]})"));
}

TEST(Samples, SayWhichVariantAMapIs) {
  auto map = map_of(torch::ones({1, 1}));
  map.variant = "layer 1, head 2";
  const auto maps = written({{.title = "t", .texts = {}, .maps = {map}}})["samples"][0]["maps"];
  EXPECT_EQ(maps[0]["variant"], "layer 1, head 2");
}

// Three points, with a map of four steps over the end and them.
Sample drawn_sample() {
  auto weights = map_of(torch::rand({4, 4}));
  weights.name = "pointer";
  return {
      .title = "t",
      .texts = {},
      .maps = {map_of(torch::ones({1, 1})), weights},
      .drawings = {{.name = "tour",
                    .points = {{0, 0.5}, {1, 0}, {1, 1}},
                    .layers = {{.name = "model", .lines = {{.indices = {0, 2, 1}, .closed = true}}},
                               {.name = "solver", .lines = {{.indices = {0, 1}}}}},
                    .steps = {0, 2, 1, -1},
                    .step_weights = "pointer"}}};
}

TEST(Samples, WriteDrawings) {
  EXPECT_EQ(
      written({drawn_sample()})["samples"][0]["drawings"],
      nlohmann::json::parse(R"([{"name": "tour", "points": [[0.0, 0.5], [1.0, 0.0], [1.0, 1.0]],
      "layers": [{"name": "model", "lines": [{"indices": [0, 2, 1], "closed": true}]},
                 {"name": "solver", "lines": [{"indices": [0, 1], "closed": false}]}],
      "steps": [0, 2, 1, -1], "step_weights": "pointer"}])"));
}

TEST(Samples, RefuseWhatIsNoDrawing) {
  const auto refused = [](auto&& change) {
    auto sample = drawn_sample();
    change(sample.drawings[0]);
    const auto message = message_of<c10::Error>([&] { written({sample}); });
    return message.substr(0, message.find('\n'));
  };
  EXPECT_EQ(refused([](Drawing& drawing) { drawing.points[1].y = std::nan(""); }),
            "Drawing 'tour': coordinates must be finite, got (1, nan)");
  EXPECT_EQ(refused([](Drawing& drawing) {
              drawing.layers[0].lines[0].indices = {0, -1};
            }),
            "Drawing 'tour': a line of 'model' must be through its 3 points, got -1");
  EXPECT_EQ(refused([](Drawing& drawing) { drawing.steps[1] = 3; }),
            "Drawing 'tour': a step must be one of its 3 points or -1, got 3");
  EXPECT_EQ(refused([](Drawing& drawing) { drawing.step_weights = "pointers"; }),
            "Drawing 'tour': there is no map 'pointers' with the weights of its steps");
  EXPECT_EQ(refused([](Drawing& drawing) { drawing.steps.pop_back(); }),
            "Drawing 'tour': map 'pointer' must be [3, 4], got [4, 4]");
  EXPECT_EQ(refused([](Drawing& drawing) { drawing.points.clear(); }),
            "Drawing 'tour' must have points");
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
