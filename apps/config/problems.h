// What is wrong with a configuration, and where.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// Where a value was written.
struct Origin {
  std::string source;        ///< "configs/x.yaml" or "--set trainer.steps=5"
  int line = 0;              ///< from 1; 0: the source as a whole
  int column = 0;            ///< from 1, in characters
  bool is_override = false;  ///< of the command line

  std::string text() const;  ///< "configs/x.yaml:4:17"
};

/// A configuration that cannot be used; `what()` is one problem a line.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<std::string> problems);

  std::vector<std::string> problems;  ///< "configs/x.yaml:4:17: trainer has no 'stps'; …"
};

/// Collects problems, so that all are reported at once.
class ProblemList {
 public:
  void add(const Origin& origin, const std::string& message);
  void add(const ProblemList& others);
  bool empty() const { return problems_.empty(); }
  /// Throws `ConfigError` in the order of the file, overrides last.
  void throw_if_any() const;

 private:
  struct Problem {
    Origin origin;
    std::string message;
  };
  std::vector<Problem> problems_;
};

/// Foreign text for a message of one line: control characters as \xNN, the end cut off.
std::string shown(std::string_view text, size_t longest = 80);

}  // namespace zoo
