// Foreign text made safe for a page.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace zoo {

/// Text for an element or a quoted attribute; bytes that are not UTF-8 become U+FFFD.
std::string escape_html(std::string_view text);

/// JSON that can stand in a <script> element: ASCII without '<', '>' and '&', so that nothing in it
/// ends the element, and no U+2028 ends a line.
std::string script_json(const nlohmann::ordered_json& json);

/// The template with each {{name}} replaced by its content, which is not looked at again. Throws
/// `std::logic_error` for a name that has none.
std::string fill_template(std::string_view page,
                          const std::map<std::string, std::string, std::less<>>& contents);

}  // namespace zoo
