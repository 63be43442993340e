#include "zoo/apps/zoo/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <ostream>
#include <utility>
#include <vector>

namespace zoo {
namespace {

constexpr double kProgressRedrawInterval = 0.1;  // seconds; faster is hard to read

/// Columns that UTF-8 takes at most: nothing tells which letters the terminal draws wide.
int progress_columns(std::string_view text) {
  int columns = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) columns += 1;
    if (byte >= 0xC0) columns += 2;
  }
  return columns;
}

std::string progress_loss(const ProgressUpdate& update) {
  if (!update.loss) return {};
  auto value = fmt::format("{:#.4g}", *update.loss);
  if (value.ends_with('.')) value.pop_back();
  return update.loss_name + " " + value;
}

std::string progress_speed(const ProgressUpdate& update) {
  if (!(update.examples_per_second > 0)) return {};
  return format_count(update.examples_per_second) + " examples/s";
}

std::string progress_memory(const ProgressUpdate& update) {
  return update.memory > 0 ? format_count(static_cast<double>(update.memory)) + "B" : "";
}

std::string progress_left(double seconds) {
  return std::isfinite(seconds) ? format_duration(seconds) + " left" : "";
}

/// Rounded down, so that 100 means done.
int64_t progress_percent(int64_t step, int64_t total) {
  return std::clamp<int64_t>(step * 100 / total, 0, 100);
}

std::string progress_bar(int64_t step, int64_t total, int columns) {
  const int inside = columns - 2;
  const auto filled = static_cast<size_t>(std::clamp<int64_t>(step * inside / total, 0, inside));
  return "[" + std::string(filled, '#') + std::string(static_cast<size_t>(inside) - filled, '.') +
         "]";
}

/// The line of the terminal: what matters most stays longest as the columns become fewer.
std::string progress_terminal_line(const ProgressUpdate& update, int64_t total, double left,
                                   int columns) {
  constexpr std::string_view kGap = "  ";
  const std::string percent = fmt::format("{}%", progress_percent(update.step, total));
  const std::string steps = fmt::format("{}/{}", update.step, total);
  // In the order of drawing; the ranks say which come first when there is little room.
  struct Part {
    std::string text;
    int rank;
  };
  std::array<Part, 6> parts = {{{percent, 0},
                                {steps, 3},
                                {progress_loss(update), 1},
                                {progress_speed(update), 4},
                                {progress_memory(update), 5},
                                {progress_left(left), 2}}};
  int used = -static_cast<int>(kGap.size());
  for (int rank = 0; rank < static_cast<int>(parts.size()); ++rank) {
    auto& text = std::find_if(parts.begin(), parts.end(), [rank](const Part& part) {
                   return part.rank == rank;
                 })->text;
    const int size = progress_columns(text) + static_cast<int>(kGap.size());
    if (used + size > columns) text.clear();
    if (!text.empty()) used += size;
  }
  // Steps of five, so that the bar keeps its length while the numbers beside it change theirs.
  const int bar = std::min((columns - used - static_cast<int>(kGap.size())) / 5 * 5, 40);
  std::string line = bar >= 10 ? progress_bar(update.step, total, bar) : std::string();
  for (const auto& [text, rank] : parts) {
    if (text.empty()) continue;
    if (!line.empty()) line += kGap;
    line += text;
  }
  return line;
}

std::string progress_plain_line(const ProgressUpdate& update, int64_t total, double left) {
  auto line =
      fmt::format("step {}/{} ({}%)", update.step, total, progress_percent(update.step, total));
  for (const auto& text : {progress_loss(update), progress_speed(update), progress_memory(update),
                           progress_left(left)}) {
    if (!text.empty()) line += "  " + text;
  }
  return line;
}

}  // namespace

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "--";
  if (seconds < 9.95) return fmt::format("{:.1f}s", seconds);
  if (seconds < 59.5) return fmt::format("{:.0f}s", seconds);
  if (seconds > 99 * 86400.0) return ">99d";
  // Rounded to the smaller unit before the larger one is chosen: 59m60s must not happen.
  const auto whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  const auto minutes = std::llround(seconds / 60);
  if (minutes < 24 * 60) return fmt::format("{}h{:02}m", minutes / 60, minutes % 60);
  const auto hours = std::llround(seconds / 3600);
  return fmt::format("{}d{:02}h", hours / 24, hours % 24);
}

std::string format_count(double count) {
  if (!std::isfinite(count)) return "--";
  if (count < 0) return "-" + format_count(-count);
  if (count < 1000 && count == std::floor(count)) return fmt::format("{:.0f}", count);
  if (count < 1) return fmt::format("{:.3g}", count);
  constexpr std::array<std::string_view, 5> kUnits = {"", "k", "M", "G", "T"};
  size_t unit = 0;
  for (; count >= 999.5 && unit + 1 < kUnits.size(); ++unit) count /= 1000;
  const int decimals = count < 9.995 ? 2 : count < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", count, decimals, kUnits[unit]);
}

int64_t resident_memory() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  if (!(statm >> size >> resident)) return 0;
  return resident * static_cast<int64_t>(::sysconf(_SC_PAGESIZE));
}

int terminal_width() {
  for (const int descriptor : {STDERR_FILENO, STDOUT_FILENO}) {
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  }
  return 80;
}

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Progress::Progress(std::ostream& out, int64_t total_steps, ProgressOptions options)
    : out_(out), total_(std::max<int64_t>(total_steps, 1)), options_(std::move(options)) {}

Progress::~Progress() { finish(); }

bool Progress::due() const {
  const double interval = options_.terminal ? kProgressRedrawInterval : options_.plain_interval;
  return !shown_at_ || options_.clock() - *shown_at_ >= interval;
}

void Progress::update(ProgressUpdate update) {
  if (!first_time_) {
    first_time_ = options_.clock();
    first_step_ = update.step;
  }
  latest_ = std::move(update);
  latest_shown_ = false;
  if (due()) show();
}

void Progress::line(std::string_view text) {
  const bool bar = drawn_columns_ > 0;
  if (bar) out_ << redrawn("") << '\r';
  out_ << text << '\n';
  if (bar) show();
  out_.flush();
}

void Progress::finish() {
  if (latest_ && !latest_shown_) show();
  if (drawn_columns_ > 0) out_ << '\n' << std::flush;
  drawn_columns_ = 0;
}

double Progress::seconds_left(double now) const {
  // The mean since the start: that of the last steps would jump at every evaluation.
  const auto done = static_cast<double>(latest_->step - first_step_);
  const auto left = static_cast<double>(total_ - latest_->step);
  if (done <= 0 || left <= 0) return std::numeric_limits<double>::quiet_NaN();
  return (now - *first_time_) / done * left;
}

void Progress::show() {
  const double now = options_.clock();
  if (options_.terminal) {
    out_ << redrawn(progress_terminal_line(*latest_, total_, seconds_left(now), columns()));
  } else {
    out_ << progress_plain_line(*latest_, total_, seconds_left(now)) << '\n';
  }
  out_.flush();
  shown_at_ = now;
  latest_shown_ = true;
}

int Progress::columns() const {
  const int width = options_.width();
  // The last column stays free: some terminals go to the next line as soon as it is written.
  return (width > 0 ? width : 80) - 1;
}

std::string Progress::redrawn(const std::string& text) {
  const int used = progress_columns(text);
  // Blanks over what is left of a longer line; a terminal made narrower has no room for all.
  const int blanks = std::max(std::min(drawn_columns_, columns()) - used, 0);
  drawn_columns_ = used;
  return "\r" + text + std::string(static_cast<size_t>(blanks), ' ');
}

}  // namespace zoo
