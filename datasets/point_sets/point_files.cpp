#include "zoo/datasets/point_sets/point_files.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "zoo/datasets/text_files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

// A line of the file without white space around it.
struct NumberedLine {
  std::string text;
  int64_t number = 0;
};

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

std::vector<NumberedLine> lines_of(const fs::path& file) {
  if (fs::is_directory(file)) throw std::runtime_error(file.string() + ": is a folder");
  std::ifstream stream(file);
  if (!stream) {
    throw std::runtime_error(file.string() + ": " + std::generic_category().message(errno));
  }
  std::vector<NumberedLine> lines;
  std::string line;
  for (int64_t number = 1; std::getline(stream, line); ++number) {
    if (auto text = trimmed(line); !text.empty()) lines.push_back({std::move(text), number});
  }
  if (stream.bad()) throw std::runtime_error(file.string() + ": cannot be read to its end");
  if (lines.empty()) throw std::runtime_error(file.string() + ": is empty");
  return lines;
}

[[noreturn]] void refuse(const std::string& problem) { throw std::invalid_argument(problem); }

Answer answer_of(const nlohmann::json& list, size_t points) {
  const auto is_index = [points](const nlohmann::json& index) {
    return index.is_number_unsigned() && index.get<uint64_t>() < points;
  };
  if (!list.is_array() || list.empty() || !std::ranges::all_of(list, is_index)) {
    refuse("\"answer\" must be a list of indices from 0 to " + std::to_string(points - 1) +
           ", got " + list.dump());
  }
  return list.get<Answer>();
}

StoredInstance instance_of_json(const NumberedLine& line, int64_t fewest) {
  const auto json = nlohmann::json::parse(line.text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    refuse(R"(must be {"points": [[x, y], ...]}, got )" + line.text.substr(0, 60));
  StoredInstance instance{.points = points_of(json, fewest), .answer = {}, .line = line.number};
  for (const auto& [name, value] : json.items()) {
    if (name == "answer") {
      instance.answer = answer_of(value, instance.points.size());
    } else if (name != "points") {
      refuse("there may be \"points\" and \"answer\", got \"" + name + "\"");
    }
  }
  return instance;
}

// In any usual form: 7, -7.5, +7, .5, 1e3.
double coordinate_of(std::string_view text) {
  // The standard library reads no plus.
  const bool plus = text.starts_with('+') && !text.starts_with("+-");
  const std::string_view digits = text.substr(plus ? 1 : 0);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) {
    refuse("a coordinate must be a finite number, got " + std::string(text));
  }
  return value;
}

Point node_of(const std::string& line) {
  std::istringstream words(line);
  std::string number, x, y, rest;
  if (!(words >> number >> x >> y) || words >> rest) {
    refuse("a node must be a number and two coordinates, got " + line);
  }
  return {coordinate_of(x), coordinate_of(y)};
}

// What a TSPLIB file says beside its nodes; only what changes their meaning is looked at.
class TsplibHeader {
 public:
  // A line "KEY : value".
  void read(const std::string& line) {
    const auto colon = line.find(':');
    const std::string key = trimmed(line.substr(0, colon));
    const std::string value = colon == std::string::npos ? "" : trimmed(line.substr(colon + 1));
    if (key == "DIMENSION") {
      dimension_ = value;
    } else if (key == "TYPE") {
      require(key, value, "TSP");
    } else if (key == "EDGE_WEIGHT_TYPE") {
      require(key, value, "EUC_2D");
      euclidean_ = true;
    } else if (key == "NODE_COORD_TYPE") {
      require(key, value, "TWOD_COORDS");
    } else if (key != "NAME" && key != "COMMENT" && key != "DISPLAY_DATA_TYPE") {
      refuse("only TYPE TSP, EDGE_WEIGHT_TYPE EUC_2D and NODE_COORD_SECTION are supported, got " +
             line);
    }
  }

  void check(size_t nodes) const {
    if (!euclidean_) refuse("EDGE_WEIGHT_TYPE must be EUC_2D, but is not given");
    if (!dimension_.empty() && dimension_ != std::to_string(nodes)) {
      refuse("DIMENSION is " + dimension_ + ", but there are " + std::to_string(nodes) + " nodes");
    }
  }

 private:
  // The first word counts: some files name a person after it.
  static void require(const std::string& key, const std::string& value, const std::string& only) {
    if (value.substr(0, value.find(' ')) == only) return;
    refuse(key + " must be " + only + ", got " + (value.empty() ? "nothing" : value));
  }

  std::string dimension_;
  bool euclidean_ = false;
};

// Runs `read`, whose complaints get the place.
template <class Read>
auto with_place(const fs::path& file, int64_t line, Read&& read) {
  try {
    return read();
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(at_line(file, line, error.what()));
  }
}

StoredInstance read_tsplib(const fs::path& file, const std::vector<NumberedLine>& lines,
                           int64_t fewest) {
  StoredInstance instance;
  TsplibHeader header;
  bool in_nodes = false;
  int64_t last = 0;
  for (const auto& [text, number] : lines) {
    last = number;
    if (text == "EOF") break;
    if (!in_nodes && trimmed(text.substr(0, text.find(':'))) == "NODE_COORD_SECTION") {
      in_nodes = true;
      instance.line = number;
      continue;
    }
    // A letter in front ends the nodes: another section or what should have stood above.
    in_nodes = in_nodes && !std::isalpha(static_cast<unsigned char>(text.front()));
    with_place(file, number, [&, &line = text] {
      if (in_nodes) {
        instance.points.push_back(node_of(line));
      } else {
        header.read(line);
      }
    });
  }
  with_place(file, last, [&] {
    if (instance.line == 0) refuse("there is no NODE_COORD_SECTION");
    header.check(instance.points.size());
    if (static_cast<int64_t>(instance.points.size()) < fewest) {
      refuse("there must be at least " + std::to_string(fewest) + " nodes, got " +
             std::to_string(instance.points.size()));
    }
  });
  return instance;
}

}  // namespace

std::vector<StoredInstance> read_point_file(const fs::path& file, int64_t fewest) {
  const auto lines = lines_of(file);
  if (file.extension() == ".tsp") return {read_tsplib(file, lines, fewest)};
  std::vector<StoredInstance> instances;
  for (const auto& line : lines) {
    instances.push_back(
        with_place(file, line.number, [&] { return instance_of_json(line, fewest); }));
  }
  return instances;
}

}  // namespace zoo
