// The text of an error, for tests of messages.
#pragma once

#include <c10/util/Exception.h>

#include <string>
#include <type_traits>

namespace zoo {

/// What `call` throws, "no error" if nothing; anything but an `Error` passes through. Of LibTorch's
/// errors the message without the place in the code.
template <class Error, class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    if constexpr (std::is_base_of_v<c10::Error, Error>) {
      return error.what_without_backtrace();
    } else {
      return error.what();
    }
  }
  return "no error";
}

}  // namespace zoo
