// The page without its content, as CMake embeds it from the files of this folder.
#pragma once

#include <string_view>

namespace zoo {

extern const std::string_view kReportPage;    ///< report.html, with {{name}} where content goes
extern const std::string_view kReportStyle;   ///< report.css
extern const std::string_view kReportScript;  ///< the .js files, one after the other

}  // namespace zoo
