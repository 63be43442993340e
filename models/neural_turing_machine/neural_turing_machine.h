// Neural Turing Machine: a network that reads and writes a memory through attention.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <array>
#include <string_view>
#include <vector>

#include "zoo/models/attention_map/attention_map.h"
#include "zoo/models/neural_turing_machine/memory.h"
#include "zoo/models/options/options.h"

namespace zoo {

/// The network that runs the heads (section 3.3.4).
enum class Controller : uint8_t { kFeedforward, kLstm };
constexpr auto names_of(Controller) {
  return std::array<std::string_view, 2>{"feedforward", "lstm"};
}

/// The memory before the first step; Collier and Beel (2018), arXiv:1807.08518, compare the
/// three. Constant: 1e-6 everywhere. Learned: tanh of a parameter. Random: tanh of normal numbers
/// of standard deviation 0.5, drawn once with the weights and kept.
enum class MemoryInitialisation : uint8_t { kConstant, kLearned, kRandom };
constexpr auto names_of(MemoryInitialisation) {
  return std::array<std::string_view, 3>{"constant", "learned", "random"};
}

/// Options of a `NeuralTuringMachine`; the defaults are the paper's for the copy task (table 1).
struct NeuralTuringMachineOptions {
  int64_t input_size = 0;   ///< I, channels of an input
  int64_t output_size = 0;  ///< O, channels of an output
  Controller controller = Controller::kFeedforward;
  int64_t controller_size = 100;  ///< H, units of a layer of the controller
  int64_t controller_layers = 1;  ///< L
  int64_t memory_rows = 128;      ///< N, locations
  int64_t memory_columns = 20;    ///< M, size of what one location holds
  int64_t read_heads = 1;         ///< R
  int64_t write_heads = 1;        ///< W
  int64_t shift_range = 1;        ///< rows by which a head may move; S = 2 * shift_range + 1
  MemoryInitialisation memory_initialisation = MemoryInitialisation::kConstant;

  static void fields(auto& self, auto&& visit) {
    visit("input_size", self.input_size, "channels of an input (from the data)", at_least(1));
    visit("output_size", self.output_size, "channels of an output (from the data)", at_least(1));
    visit("controller", self.controller, "network that runs the heads");
    visit("controller_size", self.controller_size, "units of a controller layer", at_least(1));
    visit("controller_layers", self.controller_layers, "layers of the controller", at_least(1));
    visit("memory_rows", self.memory_rows, "locations of the memory", at_least(1));
    visit("memory_columns", self.memory_columns, "numbers that a location holds", at_least(1));
    visit("read_heads", self.read_heads, "heads that read", at_least(1));
    visit("write_heads", self.write_heads, "heads that write", at_least(1));
    visit("shift_range", self.shift_range, "rows by which a head may move in a step", at_least(0));
    visit("memory_initialisation", self.memory_initialisation, "memory before the first step");
  }
};

/// Everything that one step hands to the next.
struct NeuralTuringMachineState {
  MemoryState memory;
  torch::Tensor hidden;  ///< [L, B, H] of an LSTM controller, else undefined
  torch::Tensor cell;    ///< [L, B, H] of an LSTM controller, else undefined
};

struct NeuralTuringMachineOutput {
  torch::Tensor logits;  ///< [B, T, O]
  NeuralTuringMachineState state;
};

/// What happened inside, for figures such as the paper's figure 6.
struct NeuralTuringMachineTrace {
  torch::Tensor logits;         ///< [B, T, O]
  torch::Tensor read_weights;   ///< [B, T, R, N]
  torch::Tensor write_weights;  ///< [B, T, W, N]
  torch::Tensor reads;          ///< [B, T, R, M] what each read head saw
  torch::Tensor adds;           ///< [B, T, W, M] what each write head added
  torch::Tensor memory;         ///< [B, T, N, M] after each step
};

/// Graves, Wayne and Danihelka (2014), "Neural Turing Machines", arXiv:1410.5401.
///
/// Shapes: B batch, T time, I input, O output, N memory rows, M memory columns, R read and W write
/// heads, K = R + W, H controller units, L controller layers. Floating point of the parameters'
/// dtype; the README lists names and shapes of the parameters.
///
///     zoo::NeuralTuringMachine model(
///         zoo::NeuralTuringMachineOptions{.input_size = 9, .output_size = 8});
///     auto bits = torch::sigmoid(model->forward(inputs));  // [B, T, 8]
class NeuralTuringMachineImpl final : public torch::nn::Cloneable<NeuralTuringMachineImpl> {
 public:
  /// Throws `c10::Error` naming the option that is out of range.
  explicit NeuralTuringMachineImpl(NeuralTuringMachineOptions options);

  /// inputs [B, T, I], T >= 1; returns logits [B, T, O], from the initial state.
  torch::Tensor forward(const torch::Tensor& inputs);

  /// The same from a given state, which later inputs can go on from.
  NeuralTuringMachineOutput forward(const torch::Tensor& inputs,
                                    const NeuralTuringMachineState& state);

  /// The same logits as `forward`, and what the heads did.
  NeuralTuringMachineTrace trace(const torch::Tensor& inputs);

  /// The same as pictures: for each head its weighting over time and what it added or read, and
  /// the memory before the first and after the last step. inputs [1, T, I].
  std::vector<AttentionMap> attention_maps(const torch::Tensor& inputs);

  /// The bias values to which section 3 resets an episode: learned reads, weightings and
  /// controller state, and the memory.
  NeuralTuringMachineState initial_state(int64_t batch_size);

  void reset() override;

  NeuralTuringMachineOptions options;  ///< as constructed; changing it later has no effect

 private:
  struct Recorder;
  HeadLayout layout() const;
  NeuralTuringMachineOutput run(const torch::Tensor& inputs, const NeuralTuringMachineState& state,
                                Recorder* recorder);
  void reset_initial_state();

  torch::nn::ModuleList controller_{nullptr};
  torch::nn::Linear heads_{nullptr};
  torch::nn::Linear output_{nullptr};
  torch::Tensor initial_reads_;    // [R, M], through tanh
  torch::Tensor initial_weights_;  // [K, N], through softmax
  torch::Tensor initial_memory_;   // [N, M], through tanh; undefined if constant
  torch::Tensor initial_hidden_;   // [L, H] of an LSTM controller
  torch::Tensor initial_cell_;     // [L, H] of an LSTM controller
};
TORCH_MODULE(NeuralTuringMachine);

}  // namespace zoo
