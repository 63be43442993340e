// How far a training is: a bar in a terminal, a line now and then elsewhere. Uses no colours.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace zoo {

/// "3.4s", "42s", "3m05s", "2h07m", "4d02h"; "--" for what is negative or not finite.
std::string format_duration(double seconds);

/// Three digits: "0.53", "7", "12.3", "999", "1.23k", "45.6M", "1.20G"; "--" if not finite.
std::string format_count(double count);

/// Bytes of memory that this process holds; 0 if the system does not tell.
int64_t resident_memory();

/// Columns of the terminal behind the error or the standard output; 80 if there is none.
int terminal_width();

/// Seconds of a clock that is never set.
double monotonic_seconds();

struct ProgressOptions {
  bool terminal = false;
  std::function<int()> width = terminal_width;  ///< asked again for every drawing
  double plain_interval = 30;  ///< seconds between two lines when not in a terminal
  std::function<double()> clock = monotonic_seconds;
};

struct ProgressUpdate {
  int64_t step = 0;  ///< steps done
  std::string loss_name = "loss";
  std::optional<double> loss = {};  ///< nothing: none is known yet
  double examples_per_second = 0;   ///< 0: not shown
  int64_t memory = 0;               ///< bytes; 0: not shown
};

/// Shows updates on one stream, which must outlive it and to which nobody else writes meanwhile.
///
/// In a terminal the last line is redrawn about ten times a second, within the width, with plain
/// characters and carriage returns only. Elsewhere the first update is a line, then one every
/// `plain_interval`. Updates in between are skipped; the last one shows at `finish`.
class Progress {
 public:
  Progress(std::ostream& out, int64_t total_steps, ProgressOptions options = {});
  ~Progress();  ///< finishes, so that an error message begins on its own line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Whether an update would show: lets a training loop fetch a loss only when it is wanted.
  bool due() const;

  void update(ProgressUpdate update);

  /// Prints `text` as a whole line (or lines) of its own, above the bar.
  void line(std::string_view text);

  /// Shows the last update, if it was skipped, and ends its line. `update` may start again.
  void finish();

 private:
  double seconds_left(double now) const;  // NaN if it cannot be told
  void show();
  int columns() const;  // that a bar may take
  std::string redrawn(const std::string& text);

  std::ostream& out_;
  int64_t total_;
  ProgressOptions options_;
  std::optional<ProgressUpdate> latest_;
  std::optional<double> shown_at_;  ///< when something was last drawn
  bool latest_shown_ = false;
  int drawn_columns_ = 0;  ///< of the bar that stands in the last line; 0: none does
  int64_t first_step_ = 0;
  std::optional<double> first_time_;  ///< of the first update, from where the speed is measured
};

}  // namespace zoo
