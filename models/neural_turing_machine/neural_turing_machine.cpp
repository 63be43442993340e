#include "zoo/models/neural_turing_machine/neural_turing_machine.h"
#include "zoo/models/vector_math/can_fuse.h"

#include <torch/nn/functional/linear.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/rnn.h>

#include <utility>
#include <vector>

namespace zoo {

using torch::Tensor;
namespace F = torch::nn::functional;

// Collects what `trace` returns while the steps go by.
struct NeuralTuringMachineImpl::Recorder {
  std::vector<Tensor> weights, reads, adds, memory;
};

namespace {

// The controller's layers with their state, layer by layer, while the steps go by. What the
// inputs contribute to the first layer does not depend on time and is computed for all steps at
// once: [x_t; r] W = x_t W_x + r W_r.
class ControllerRun {
 public:
  ControllerRun(torch::nn::ModuleList layers, Controller kind,
                const NeuralTuringMachineState& state, const Tensor& inputs)
      : layers_(std::move(layers)), kind_(kind) {
    if (kind_ == Controller::kLstm) {
      hidden_ = state.hidden.unbind(0);
      cell_ = state.cell.unbind(0);
    }
    const Tensor weight = first_weight();  // [G, I + R M]
    const int64_t width = inputs.size(2);
    from_reads_ = weight.narrow(1, width, weight.size(1) - width).t();
    from_inputs_ = F::linear(inputs.transpose(0, 1), weight.narrow(1, 0, width), first_bias())
                       .unbind(0);  // T of [B, G]
  }

  /// reads [B, R M]; returns [B, H].
  Tensor step(int64_t time, const Tensor& reads) {
    Tensor sum = torch::addmm(from_inputs_[time], reads, from_reads_);
    if (kind_ == Controller::kFeedforward) {
      Tensor output = torch::tanh(sum);
      for (size_t i = 1; i < layers_->size(); ++i) {
        output = torch::tanh(layers_->at<torch::nn::LinearImpl>(i).forward(output));
      }
      return output;
    }
    for (size_t i = 0; i < layers_->size(); ++i) {
      auto& layer = layers_->at<torch::nn::LSTMCellImpl>(i);
      if (i > 0) sum = F::linear(hidden_[i - 1], layer.weight_ih, layer.bias_ih + layer.bias_hh);
      lstm_step(i, torch::addmm(sum, hidden_[i], layer.weight_hh.t()));
    }
    return hidden_.back();
  }

  Tensor hidden() const { return hidden_.empty() ? Tensor() : torch::stack(hidden_); }
  Tensor cell() const { return cell_.empty() ? Tensor() : torch::stack(cell_); }

 private:
  Tensor first_weight() const {
    return kind_ == Controller::kLstm ? layers_->at<torch::nn::LSTMCellImpl>(0).weight_ih
                                      : layers_->at<torch::nn::LinearImpl>(0).weight;
  }
  Tensor first_bias() const {
    if (kind_ == Controller::kFeedforward) return layers_->at<torch::nn::LinearImpl>(0).bias;
    const auto& cell = layers_->at<torch::nn::LSTMCellImpl>(0);
    return cell.bias_ih + cell.bias_hh;
  }
  // gates [B, 4 H]: input, forget, candidate, output before their squashing.
  void lstm_step(size_t layer, const Tensor& gates) {
    const auto parts = gates.chunk(4, 1);
    cell_[layer] =
        torch::sigmoid(parts[1]) * cell_[layer] + torch::sigmoid(parts[0]) * torch::tanh(parts[2]);
    hidden_[layer] = torch::sigmoid(parts[3]) * torch::tanh(cell_[layer]);
  }

  torch::nn::ModuleList layers_;
  Controller kind_;
  std::vector<Tensor> hidden_, cell_;
  Tensor from_reads_;
  std::vector<Tensor> from_inputs_;
};

}  // namespace

NeuralTuringMachineImpl::NeuralTuringMachineImpl(NeuralTuringMachineOptions options)
    : options(std::move(options)) {
  const auto problem = problem_with(this->options);
  TORCH_CHECK(problem.empty(), "NeuralTuringMachine: ", problem);
  TORCH_CHECK(layout().shifts <= this->options.memory_rows, "NeuralTuringMachine: shift_range ",
              this->options.shift_range, " needs at least ", layout().shifts, " memory_rows, got ",
              this->options.memory_rows);
  reset();
}

HeadLayout NeuralTuringMachineImpl::layout() const {
  return {options.memory_columns, options.read_heads, options.write_heads,
          2 * options.shift_range + 1};
}

void NeuralTuringMachineImpl::reset() {
  const int64_t read = options.read_heads * options.memory_columns;
  controller_ = register_module("controller", torch::nn::ModuleList());
  for (int64_t i = 0; i < options.controller_layers; ++i) {
    const int64_t width = i == 0 ? options.input_size + read : options.controller_size;
    if (options.controller == Controller::kLstm) {
      controller_->push_back(torch::nn::LSTMCell(width, options.controller_size));
    } else {
      controller_->push_back(torch::nn::Linear(width, options.controller_size));
    }
  }
  heads_ = register_module("heads", torch::nn::Linear(options.controller_size, layout().total()));
  output_ = register_module("output",
                            torch::nn::Linear(options.controller_size + read, options.output_size));
  torch::NoGradGuard no_grad;
  for (auto& parameter : parameters()) {
    if (parameter.dim() == 2) {
      torch::nn::init::xavier_uniform_(parameter);
    } else {
      parameter.zero_();
    }
  }
  reset_initial_state();
}

void NeuralTuringMachineImpl::reset_initial_state() {
  const int64_t rows = options.memory_rows;
  const int64_t columns = options.memory_columns;
  initial_reads_ = register_parameter("initial_reads", torch::zeros({options.read_heads, columns}));
  // All heads look at row 0. Where rows are equal, an even start would never become uneven, and
  // a random one learns less often (README, "Deviations").
  Tensor start = torch::zeros({layout().heads(), rows});
  start.select(1, 0).fill_(10);
  initial_weights_ = register_parameter("initial_weights", start);
  if (options.memory_initialisation == MemoryInitialisation::kLearned) {
    initial_memory_ = register_parameter("initial_memory", 0.5 * torch::randn({rows, columns}));
  } else if (options.memory_initialisation == MemoryInitialisation::kRandom) {
    initial_memory_ = register_buffer("initial_memory", 0.5 * torch::randn({rows, columns}));
  }
  if (options.controller == Controller::kLstm) {
    const auto shape = {options.controller_layers, options.controller_size};
    initial_hidden_ = register_parameter("initial_hidden", torch::zeros(shape));
    initial_cell_ = register_parameter("initial_cell", torch::zeros(shape));
  }
}

NeuralTuringMachineState NeuralTuringMachineImpl::initial_state(int64_t batch_size) {
  const auto repeat = [&](const Tensor& one, int64_t at) {
    auto shape = one.sizes().vec();
    shape.insert(shape.begin() + at, batch_size);
    return one.unsqueeze(at).expand(shape);
  };
  const Tensor memory = initial_memory_.defined()
                            ? torch::tanh(initial_memory_)
                            : torch::full({options.memory_rows, options.memory_columns}, 1e-6,
                                          initial_weights_.options().requires_grad(false));
  NeuralTuringMachineState state;
  state.memory = {.memory = repeat(memory, 0),
                  .weights = repeat(torch::softmax(initial_weights_, -1), 0),
                  .reads = repeat(torch::tanh(initial_reads_), 0)};
  if (initial_hidden_.defined()) {
    state.hidden = repeat(initial_hidden_, 1);
    state.cell = repeat(initial_cell_, 1);
  }
  return state;
}

Tensor NeuralTuringMachineImpl::forward(const Tensor& inputs) {
  return run(inputs, initial_state(inputs.size(0)), nullptr).logits;
}

NeuralTuringMachineOutput NeuralTuringMachineImpl::forward(const Tensor& inputs,
                                                           const NeuralTuringMachineState& state) {
  return run(inputs, state, nullptr);
}

NeuralTuringMachineTrace NeuralTuringMachineImpl::trace(const Tensor& inputs) {
  Recorder recorder;
  const auto output = run(inputs, initial_state(inputs.size(0)), &recorder);
  const Tensor weights = torch::stack(recorder.weights, 1);  // [B, T, K, N]
  return {.logits = output.logits,
          .read_weights = weights.narrow(2, 0, options.read_heads),
          .write_weights = weights.narrow(2, options.read_heads, options.write_heads),
          .reads = torch::stack(recorder.reads, 1),
          .adds = torch::stack(recorder.adds, 1),
          .memory = torch::stack(recorder.memory, 1)};
}

std::vector<AttentionMap> NeuralTuringMachineImpl::attention_maps(const Tensor& inputs) {
  TORCH_CHECK(inputs.dim() == 3 && inputs.size(0) == 1,
              "NeuralTuringMachine: attention maps need one example [1, T, I], got ",
              inputs.sizes());
  const auto traced = trace(inputs);
  std::vector<AttentionMap> maps;
  // of_heads [1, T, heads, rows], one map for each head.
  const auto add = [&maps](const std::string& name, const std::string& rows,
                           const Tensor& of_heads) {
    const int64_t heads = of_heads.size(2);
    for (int64_t head = 0; head < heads; ++head) {
      maps.push_back({.name = heads == 1 ? name : name + ", head " + std::to_string(head + 1),
                      .rows = rows,
                      .columns = "step",
                      .values = of_heads[0].select(1, head).t()});
    }
  };
  add("added vectors", "component", traced.adds);
  add("write weights", "location", traced.write_weights);
  add("read vectors", "component", traced.reads);
  add("read weights", "location", traced.read_weights);
  const Tensor before = initial_state(1).memory.memory;
  for (const auto& [name, memory] :
       {std::pair("memory before", before[0]), std::pair("memory after", traced.memory[0][-1])}) {
    maps.push_back(
        {.name = name, .rows = "component", .columns = "location", .values = memory.t()});
  }
  return maps;
}

NeuralTuringMachineOutput NeuralTuringMachineImpl::run(const Tensor& inputs,
                                                       const NeuralTuringMachineState& state,
                                                       Recorder* recorder) {
  TORCH_CHECK(inputs.dim() == 3 && inputs.size(1) > 0 && inputs.size(2) == options.input_size,
              "NeuralTuringMachine: inputs must be [B, T >= 1, ", options.input_size, "], got ",
              inputs.sizes());
  const auto step = can_fuse(inputs) ? step_memory_fused : step_memory;
  const HeadLayout head_layout = layout();
  ControllerRun controller(controller_, options.controller, state, inputs);
  MemoryState memory = state.memory;
  std::vector<Tensor> features;  // T of [B, H + R M]
  for (int64_t time = 0; time < inputs.size(1); ++time) {
    const Tensor hidden = controller.step(time, memory.reads.flatten(1));  // [B, H]
    const Tensor emitted = heads_->forward(hidden);
    memory = step(emitted, memory, head_layout);
    features.push_back(torch::cat({hidden, memory.reads.flatten(1)}, 1));
    if (recorder) {
      recorder->weights.push_back(memory.weights);
      recorder->reads.push_back(memory.reads);
      recorder->adds.push_back(head_parameters(emitted, head_layout).add);
      recorder->memory.push_back(memory.memory);
    }
  }
  return {.logits = output_->forward(torch::stack(features, 1)),  // [B, T, O]
          .state = {memory, controller.hidden(), controller.cell()}};
}

}  // namespace zoo
