#include "zoo/apps/zoo/child_runs.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "zoo/apps/zoo/commands.h"
#include "zoo/apps/zoo/interrupt.h"

namespace zoo {
namespace {

constexpr int kPatienceMilliseconds = 100;  // after which a signal or a child's end is noticed

// One stream of a child: its lines go on to a stream of this process.
class ChildStream {
 public:
  ChildStream(std::FILE* target, std::string prefix) : target_(target), prefix_(std::move(prefix)) {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) {
      throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    }
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  ~ChildStream() {
    close_end(0);
    close_end(1);
  }
  ChildStream(const ChildStream&) = delete;
  ChildStream& operator=(const ChildStream&) = delete;

  int reading_end() const { return ends_[0]; }  // -1 after the end
  int writing_end() const { return ends_[1]; }
  void close_writing_end() { close_end(1); }

  // Passes on what is there now.
  void forward() {
    std::array<char, 4096> bytes;
    while (ends_[0] >= 0) {
      const auto count = ::read(ends_[0], bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) break;
      if (count <= 0) close_end(0);
      if (count > 0) pending_.append(bytes.data(), static_cast<size_t>(count));
    }
    for (size_t end; (end = pending_.find('\n')) != std::string::npos;) {
      print(pending_.substr(0, end));
      pending_.erase(0, end + 1);
    }
  }

  // Passes on the rest, after the child has ended.
  void finish() {
    forward();
    if (!pending_.empty()) print(pending_);
    pending_.clear();
    close_end(0);
  }

 private:
  // A terminal that is gone takes no lines; the training goes on all the same.
  void print(const std::string& line) {
    std::fprintf(target_, "%s%s%s\n", prefix_.c_str(), line.empty() ? "" : "  ", line.c_str());
    std::fflush(target_);
  }

  void close_end(size_t end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }

  std::FILE* target_;
  std::string prefix_;
  std::string pending_;
  std::array<int, 2> ends_ = {-1, -1};
};

// What the child does before it becomes the program; only calls that are safe after fork.
[[noreturn]] void become_program(char** arguments, int out, int err, const sigset_t& signals,
                                 pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kInterrupted);  // it ended before it could be waited for
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);  // to save its state when nobody reads its lines any more
  ::sigprocmask(SIG_SETMASK, &signals, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  // Not by its path: the same program even if it has been built anew meanwhile.
  ::execv("/proc/self/exe", arguments);
  constexpr std::string_view kComplaint = "zoo: cannot start the program again\n";
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, kComplaint.data(), kComplaint.size());
  ::_exit(kFailure);
}

class ChildProcess {
 public:
  ChildProcess(const ChildRun& run, ChildEnd& end)
      : end_(end), out_(stdout, run.label), err_(stderr, run.label) {
    std::vector<std::string> words = {"zoo"};
    words.insert(words.end(), run.arguments.begin(), run.arguments.end());
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    // A signal between fork and exec would be caught here and lost there.
    sigset_t stop, before;
    ::sigemptyset(&stop);
    ::sigaddset(&stop, SIGINT);
    ::sigaddset(&stop, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &stop, &before);
    const pid_t parent = ::getpid();
    process_ = ::fork();
    const int error = errno;
    if (process_ == 0) {
      become_program(pointers.data(), out_.writing_end(), err_.writing_end(), before, parent);
    }
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (process_ < 0) {
      throw std::system_error(error, std::generic_category(), "cannot start a process");
    }
    out_.close_writing_end();
    err_.close_writing_end();
    end_.begun = true;
  }

  void ask_to_stop() const { ::kill(process_, SIGINT); }

  void add_to(std::vector<pollfd>& descriptors) const {
    for (const auto* stream : {&out_, &err_}) {
      if (stream->reading_end() >= 0) descriptors.push_back({stream->reading_end(), POLLIN, 0});
    }
  }

  void forward() {
    out_.forward();
    err_.forward();
  }

  // Whether it has ended, which is noted.
  bool ended() {
    int status = 0;
    if (::waitpid(process_, &status, WNOHANG) != process_) return false;
    out_.finish();
    err_.finish();
    end_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end_.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return true;
  }

 private:
  ChildEnd& end_;
  ChildStream out_;
  ChildStream err_;
  pid_t process_ = -1;
};

using Children = std::vector<std::unique_ptr<ChildProcess>>;

void begin_child(const ChildRun& run, ChildEnd& end, Children& running) {
  try {
    running.push_back(std::make_unique<ChildProcess>(run, end));
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "%s  zoo: %s\n", run.label.c_str(), error.what());
    end = {.begun = true, .code = kFailure};
  }
}

void wait_a_moment(const Children& running) {
  std::vector<pollfd> descriptors;
  for (const auto& child : running) child->add_to(descriptors);
  ::poll(descriptors.data(), descriptors.size(), kPatienceMilliseconds);
}

}  // namespace

std::vector<ChildEnd> run_side_by_side(const std::vector<ChildRun>& runs, size_t jobs) {
  // Where a parent ignores it, children vanish before anybody can ask how they ended.
  std::signal(SIGCHLD, SIG_DFL);
  std::vector<ChildEnd> ends(runs.size());
  Children running;
  bool asked_to_stop = false;
  for (size_t next = 0;;) {
    while (running.size() < jobs && next < runs.size() && !interrupted()) {
      begin_child(runs[next], ends[next], running);
      ++next;
    }
    if (running.empty()) return ends;
    if (interrupted() && !asked_to_stop) {
      for (const auto& child : running) child->ask_to_stop();
      asked_to_stop = true;
    }
    wait_a_moment(running);
    for (const auto& child : running) child->forward();
    std::erase_if(running, [](const auto& child) { return child->ended(); });
  }
}

}  // namespace zoo
