#include "zoo/apps/config/parse.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "zoo/apps/config/tree_builder.h"
#include "zoo/apps/config/utf8.h"

namespace zoo {
namespace {

ConfigNode faulty_node(const Origin& origin) {
  return ConfigNode::make(ConfigNode::Kind::kFaulty, origin);
}

Origin origin_at_byte(const std::string& text, size_t index, const Origin& source) {
  if (source.is_override) return source;
  const size_t line_start = index == 0 ? 0 : text.rfind('\n', index - 1) + 1;
  const auto lines = std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(index), '\n');
  const auto before = std::string_view(text).substr(line_start, index - line_start);
  Origin origin = source;
  origin.line = static_cast<int>(lines) + 1;
  origin.column = static_cast<int>(count_characters(before)) + 1;
  return origin;
}

/// Whether the text can be given to the parser, which guesses encodings and ends at byte 4.
bool check_encoding(const std::string& text, const Origin& source, ProblemList& problems) {
  const size_t invalid = first_invalid_utf8(text);
  if (invalid != std::string::npos) {
    problems.add(origin_at_byte(text, invalid, source), "this is not UTF-8 text");
    return false;
  }
  const size_t control = first_control_character(text);
  if (control != std::string::npos) {
    const auto code = static_cast<unsigned char>(text[control]);
    problems.add(origin_at_byte(text, control, source),
                 fmt::format("a control character (code {}) is not text", code));
    return false;
  }
  return true;
}

/// The parser's words for a tab ("illegal map value") help nobody.
std::string tab_advice(const std::string& text, const YAML::Mark& mark) {
  std::istringstream stream(text);
  std::string line;
  for (int number = 0; number <= mark.line && std::getline(stream, line);) ++number;
  const auto indentation = line.substr(0, line.find_first_not_of(" \t"));
  return indentation.find('\t') != std::string::npos ? "; indent with spaces, not tabs" : "";
}

ConfigNode parse_from(const std::string& text, const Origin& source, ProblemList& problems) {
  if (!check_encoding(text, source, problems)) return faulty_node(source);
  ProblemList found;
  TreeBuilder builder(text, source, found);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (builder.documents() < 2 && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::DeepRecursion&) {
    problems.add(source, "this is not an experiment: brackets are nested too deeply");
    return faulty_node(source);
  } catch (const YAML::Exception& error) {
    // What was found before is doubtful: an open bracket makes a key of what follows it.
    problems.add(builder.place(error.mark),
                 "this is not valid YAML: " + shown(error.msg, 300) + tab_advice(text, error.mark));
    return faulty_node(source);
  }
  problems.add(found);
  return builder.take();
}

/// The content of a file, or nothing after adding a problem.
std::optional<std::string> read_whole(const std::filesystem::path& path, const Origin& source,
                                      ProblemList& problems) {
  constexpr std::streamsize kLargest = 1 << 20;
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    problems.add(source, "there is no such file");
    return std::nullopt;
  }
  if (std::filesystem::is_directory(status)) {
    problems.add(source, "this is a folder; give a .yaml file");
    return std::nullopt;
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kLargest, '\0');
  if (file) file.read(text.data(), kLargest);
  if (!file && !file.eof()) {
    const std::string reason = errno != 0 ? std::strerror(errno) : "input error";
    problems.add(source, "cannot be read: " + reason);
    return std::nullopt;
  }
  if (!file.eof()) {
    problems.add(source, "is larger than 1 MiB; an experiment fits on one page");
    return std::nullopt;
  }
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

}  // namespace

ConfigNode parse_config_text(const std::string& text, const std::string& source,
                             ProblemList& problems) {
  static constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const Origin origin{.source = source};
  const bool marked = text.starts_with(kByteOrderMark);
  auto root = parse_from(marked ? text.substr(kByteOrderMark.size()) : text, origin, problems);
  if (root.kind == ConfigNode::Kind::kNull) {
    problems.add(origin, "the file is empty");
    return faulty_node(origin);
  }
  return root;
}

ConfigNode parse_config_file(const std::filesystem::path& path, ProblemList& problems) {
  const Origin origin{.source = path.string()};
  const auto text = read_whole(path, origin, problems);
  return text ? parse_config_text(*text, origin.source, problems) : faulty_node(origin);
}

ConfigNode parse_override_value(const std::string& value, const Origin& origin,
                                ProblemList& problems) {
  static constexpr std::string_view kYamlStarts = "[{\"'";
  const size_t first = value.find_first_not_of(" \t");
  const bool empty = first == std::string::npos;
  if (!empty && kYamlStarts.find(value[first]) != std::string_view::npos) {
    return parse_from(value, origin, problems);
  }
  if (!check_encoding(value, origin, problems)) return faulty_node(origin);
  const auto text = empty ? "" : value.substr(first, value.find_last_not_of(" \t") - first + 1);
  if (text.empty() || text == "~" || text == "null") {
    return ConfigNode::make(ConfigNode::Kind::kNull, origin);
  }
  return ConfigNode::make(ConfigNode::Kind::kScalar, origin, text);
}

}  // namespace zoo
