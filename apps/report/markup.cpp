#include "zoo/apps/report/markup.h"

#include <stdexcept>

#include "zoo/apps/config/utf8.h"

namespace zoo {
namespace {

std::string_view html_entity(char letter) {
  switch (letter) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  for (size_t bad = 0; (bad = first_invalid_utf8(text)) != std::string_view::npos;) {
    valid.append(text.substr(0, bad)).append("\xEF\xBF\xBD");
    text.remove_prefix(bad + 1);
  }
  return valid.append(text);
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char letter : valid_utf8(text)) {
    const auto entity = html_entity(letter);
    if (entity.empty()) {
      escaped += letter;
    } else {
      escaped += entity;
    }
  }
  return escaped;
}

std::string script_json(const nlohmann::ordered_json& json) {
  const auto text =
      json.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char letter : text) {
    // Outside of strings JSON has none of these.
    if (letter == '<') {
      safe += "\\u003c";
    } else if (letter == '>') {
      safe += "\\u003e";
    } else if (letter == '&') {
      safe += "\\u0026";
    } else {
      safe += letter;
    }
  }
  return safe;
}

std::string fill_template(std::string_view page,
                          const std::map<std::string, std::string, std::less<>>& contents) {
  std::string filled;
  for (size_t start = 0; (start = page.find("{{")) != std::string_view::npos;) {
    const auto name = page.substr(start + 2, page.find("}}", start) - start - 2);
    const auto content = contents.find(name);
    if (content == contents.end()) {
      throw std::logic_error("report.html: there is no content '" + std::string(name) + "'");
    }
    filled.append(page.substr(0, start)).append(content->second);
    page.remove_prefix(start + name.size() + 4);
  }
  return filled.append(page);
}

}  // namespace zoo
