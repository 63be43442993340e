#include "zoo/apps/report/samples.h"

#include <gtest/gtest.h>

#include <string>

#include "support/message_of.h"
#include "support/temporary_folder.h"
#include "zoo/trainers/logging/samples.h"
#include "zoo/trainers/storage/files.h"

namespace zoo {
namespace {

using DrawingJson = nlohmann::ordered_json;

DrawingJson sound_drawing() {
  return DrawingJson::parse(R"({"name": "tour", "points": [[0, 0.5], [1, 0], [1, 1]],
      "layers": [{"name": "model", "lines": [{"indices": [0, 2, 1], "closed": true}]},
                 {"name": "solver", "lines": []}],
      "steps": [0, 2, 1, -1], "step_weights": "pointer"})");
}

// A sample with a map of 4 steps over the end and 3 points.
DrawingJson sample_with(const DrawingJson& drawing) {
  return {{"title", "t"},
          {"texts", DrawingJson::array()},
          {"maps",
           {{{"name", "pointer"},
             {"rows", "step"},
             {"columns", "point"},
             {"row_labels", DrawingJson::array()},
             {"column_labels", DrawingJson::array()},
             {"shape", {4, 4}},
             {"low", 0},
             {"high", 1},
             {"values", std::string(22, 'A') + "=="}}}},
          {"drawings", {drawing}}};
}

DrawingJson read_back(const DrawingJson& sample) {
  const TemporaryFolder folder;
  const DrawingJson file = {{"step", 7}, {"samples", {sample}}};
  write_file(folder.path() / "samples.json", file.dump());
  return read_samples(folder.path());
}

// What is said of the drawing, changed by a merge patch.
std::string complaint_of(const char* change) {
  auto drawing = sound_drawing();
  drawing.merge_patch(DrawingJson::parse(change));
  const auto message = message_of<StorageError>([&] { read_back(sample_with(drawing)); });
  const std::string start = "these are not the samples of a run: sample 1: drawing 1: ";
  const auto place = message.find(start);
  return place == std::string::npos ? message : message.substr(place + start.size());
}

TEST(ReadSamples, TakesDrawings) {
  const auto sample = sample_with(sound_drawing());
  EXPECT_EQ(read_back(sample)["samples"][0], sample);
  auto bare = sound_drawing();
  bare["layers"] = bare["steps"] = DrawingJson::array();
  bare["step_weights"] = "";
  EXPECT_NO_THROW(read_back(sample_with(bare)));
}

TEST(ReadSamples, TakesFilesOfVersionsWithoutDrawings) {
  auto sample = sample_with(sound_drawing());
  sample.erase("drawings");
  EXPECT_NO_THROW(read_back(sample));
  sample["drawings"] = 3;
  EXPECT_NE(
      message_of<StorageError>([&] { read_back(sample); }).find("sample 1: drawings is not a list"),
      std::string::npos);
}

TEST(ReadSamples, TakesWhatIsWritten) {
  const TemporaryFolder folder;
  const Drawing drawing = {
      .name = "hull",
      .points = {{0, 0}, {0.1, 1}},
      .layers = {{.name = "model", .lines = {{.indices = {0, 1}, .closed = true}}}},
      .steps = {0, 1, -1},
      .step_weights = "pointer"};
  AttentionMap map{
      .name = "pointer", .rows = "step", .columns = "point", .values = torch::rand({3, 3})};
  write_samples(folder.path(), 7,
                {{.title = "t", .texts = {}, .maps = {map}, .drawings = {drawing}}});
  EXPECT_EQ(read_samples(folder.path())["samples"][0]["drawings"][0]["points"][1][0], 0.1);
}

TEST(ReadSamples, NamesWhatIsWrongWithPoints) {
  EXPECT_EQ(complaint_of(R"({"points": 3})"), "points is not a list");
  EXPECT_EQ(complaint_of(R"({"points": null})"), "something is missing");
  EXPECT_EQ(complaint_of(R"({"points": []})"), "points is empty");
  for (const char* point : {"[0]", "[0, 1, 2]", R"([0, "1"])", "[null, 0]", "3", R"({"x": 0})"}) {
    EXPECT_EQ(complaint_of((std::string(R"({"points": [[0, 0], )") + point + "]}").c_str()),
              "point 2: not two finite numbers")
        << point;
  }
}

TEST(ReadSamples, NamesWhatIsWrongWithLayers) {
  EXPECT_EQ(complaint_of(R"({"name": 3})"), "name is not a text");
  EXPECT_EQ(complaint_of(R"({"layers": 3})"), "layers is not a list");
  EXPECT_EQ(complaint_of(R"({"layers": [{"lines": []}]})"), "layer 1: something is missing");
  EXPECT_EQ(complaint_of(R"({"layers": [{"name": "m", "lines": [[0]]}]})"),
            "layer 1: line 1: something is missing");
  EXPECT_EQ(complaint_of(R"({"layers": [{"name": "m", "lines": [{"indices": [0]}]}]})"),
            "layer 1: line 1: something is missing");
  EXPECT_EQ(complaint_of(R"({"layers": [{"name": "m", "lines": [{"indices": [], "closed": 1}]}]})"),
            "layer 1: line 1: closed is neither true nor false");
  for (const char* index : {"3", "-1", "0.5", "\"0\"", "18446744073709551615"}) {
    const std::string line = std::string(R"({"indices": [0, )") + index + R"(], "closed": true})";
    EXPECT_EQ(complaint_of((R"({"layers": [{"name": "m", "lines": [)" + line + "]}]}").c_str()),
              "layer 1: line 1: indices has one that is not from 0 to 2")
        << index;
  }
}

TEST(ReadSamples, NamesWhatIsWrongWithSteps) {
  EXPECT_EQ(complaint_of(R"({"steps": null})"), "something is missing");
  EXPECT_EQ(complaint_of(R"({"steps": [0, 1, 2, 3]})"), "steps has one that is not from -1 to 2");
  EXPECT_EQ(complaint_of(R"({"steps": [0, 1, 2, -2]})"), "steps has one that is not from -1 to 2");
  EXPECT_EQ(complaint_of(R"({"step_weights": 3})"), "step_weights is not a text");
  EXPECT_EQ(complaint_of(R"({"step_weights": "pointers"})"),
            "step_weights names no map of the sample");
  EXPECT_EQ(complaint_of(R"({"steps": [0, 1, -1]})"),
            "the map of step_weights is 4 by 4 for 3 steps and 3 points with the end");
  EXPECT_EQ(complaint_of(R"({"points": [[0, 0], [1, 0], [2, 2], [3, 3]]})"),
            "the map of step_weights is 4 by 4 for 4 steps and 4 points with the end");
}

}  // namespace
}  // namespace zoo
