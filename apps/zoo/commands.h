// The commands of the program. Each returns its exit code or throws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zoo {

/// What the exit code tells a script.
enum ExitCode : int {
  kDone = 0,
  kOutsideTolerance = 1,
  kUsage = 2,         ///< of the program or of a configuration
  kFailure = 3,       ///< at run time: data missing, disk full, divergence
  kInterrupted = 130  ///< the state is saved
};

/// What the command line asks for; each command reads the part that it documents.
struct Arguments {
  std::string target{};             ///< the experiment, run or name that is meant
  std::vector<std::string> runs{};  ///< of report: the runs that it shows
  std::string input{};              ///< of predict and bleu: a file; "-" is the standard input
  std::vector<std::string> set{};   ///< "trainer.steps=100"
  std::optional<int64_t> seed{};    ///< instead of the experiment's
  int64_t seeds = 1;                ///< of reproduce: how many, counted from the experiment's
  std::string output{};             ///< a folder, or of report a file, instead of the usual one
  std::string svg{};                ///< of predict: a folder for drawings of the answers
  bool attention = false;           ///< of predict: where the model looked, too
  std::string device{};             ///< "cpu", "cuda", "cuda:1"; empty: cpu, or the run's own
  int64_t threads = 0;              ///< 0: one, or the run's own
  int64_t jobs = 1;                 ///< of reproduce: how many seeds side by side
  bool ship = false;                ///< of reproduce: keep the first seed's weights in weights/
  bool json = false;
  bool check = false;  ///< of results: compare everything with the seeds and the READMEs
  bool write = false;  ///< of results: fill the tables of the READMEs
  std::vector<std::string> references{};  ///< of bleu: files, of which one may be "-" instead
  std::string tokenize = "13a";           ///< of bleu: how words are found
  bool lowercase = false;                 ///< of bleu: capital letters are small ones
  bool verbose = false;
  std::string command_line{};  ///< as typed, for the records
};

int list_command(const Arguments& arguments);
int describe_command(const Arguments& arguments);
int run_command(const Arguments& arguments);
int resume_command(const Arguments& arguments);
int evaluate_command(const Arguments& arguments);
int predict_command(const Arguments& arguments);
int bleu_command(const Arguments& arguments);
int report_command(const Arguments& arguments);
int reproduce_command(const Arguments& arguments);
int results_command(const Arguments& arguments);
int doctor_command(const Arguments& arguments);

/// Reads the command line and runs what it asks for, with errors told to people.
int run_program(int argc, char** argv);

/// Something that the person who typed the command can mend; exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The folder that holds configs/, runs/ and results/: $ZOO_HOME, else the source folder.
std::filesystem::path home();

}  // namespace zoo
