// Commands that are shown must work when they are pasted into a shell.
#pragma once

#include <string>
#include <string_view>

namespace zoo {

/// The text as one word of a POSIX shell, in quotes only where it needs them.
std::string shell_word(std::string_view text);

}  // namespace zoo
