#include "zoo/models/neural_turing_machine/neural_turing_machine.h"

#include <gtest/gtest.h>

#include "support/conformance.h"
#include "support/golden.h"
#include "support/message_of.h"

namespace zoo {
namespace {

using testing_support::Specimen;
using torch::Tensor;

NeuralTuringMachineOptions tiny_machine(Controller controller, MemoryInitialisation memory) {
  return {.input_size = 5,
          .output_size = 3,
          .controller = controller,
          .controller_size = 13,
          .controller_layers = 2,
          .memory_rows = 11,
          .memory_columns = 7,
          .read_heads = 2,
          .write_heads = 3,
          .shift_range = 1,
          .memory_initialisation = memory};
}

Specimen machine_specimen(const std::string& name, Controller controller,
                          MemoryInitialisation memory, std::vector<std::string> more_tensors) {
  std::vector<std::string> tensors = {"heads.weight", "heads.bias",    "output.weight",
                                      "output.bias",  "initial_reads", "initial_weights"};
  tensors.insert(tensors.end(), more_tensors.begin(), more_tensors.end());
  return {.name = name,
          .make = [=] { return NeuralTuringMachine(tiny_machine(controller, memory)).ptr(); },
          .forward =
              [](torch::nn::Module& module, const Tensor& inputs) {
                return module.as<NeuralTuringMachineImpl>()->forward(inputs);
              },
          .inputs = testing_support::normal_numbers({2, 7, 5}),
          .targets = testing_support::coins({2, 7, 3}),
          .tensors = tensors};
}

const std::vector<std::string> kFeedforwardTensors = {"controller.0.weight", "controller.0.bias",
                                                      "controller.1.weight", "controller.1.bias"};
const std::vector<std::string> kLstmTensors = {
    "controller.0.weight_ih", "controller.0.weight_hh", "controller.0.bias_ih",
    "controller.0.bias_hh",   "controller.1.weight_ih", "controller.1.weight_hh",
    "controller.1.bias_ih",   "controller.1.bias_hh",   "initial_hidden",
    "initial_cell",           "initial_memory"};

}  // namespace

namespace testing_support {
INSTANTIATE_TEST_SUITE_P(
    NeuralTuringMachine, Conformance,
    testing::Values(machine_specimen("Feedforward", Controller::kFeedforward,
                                     MemoryInitialisation::kConstant, kFeedforwardTensors),
                    machine_specimen("LstmController", Controller::kLstm,
                                     MemoryInitialisation::kLearned, kLstmTensors)),
    specimen_name);
}

namespace {

TEST(NeuralTuringMachineOptionsTest, FieldsNameEveryMember) {
  NeuralTuringMachineOptions options;
  EXPECT_EQ(fields_of(options).size(), testing_support::members_of<NeuralTuringMachineOptions>());
}

NeuralTuringMachineOptions golden_options(const std::string& name) {
  NeuralTuringMachineOptions options{.input_size = 5,
                                     .output_size = 4,
                                     .controller_size = 13,
                                     .memory_rows = 11,
                                     .memory_columns = 5};
  if (name == "feedforward_heads") {
    options.controller_layers = 2;
    options.read_heads = 2;
    options.write_heads = 3;
    options.shift_range = 2;
    options.memory_initialisation = MemoryInitialisation::kLearned;
  } else if (name == "lstm") {
    options.controller = Controller::kLstm;
    options.memory_initialisation = MemoryInitialisation::kRandom;
  } else if (name == "lstm_heads") {
    options.controller = Controller::kLstm;
    options.controller_size = 10;
    options.controller_layers = 2;
    options.read_heads = 2;
    options.write_heads = 2;
  }
  return options;
}

TEST(NeuralTuringMachineTest, AgreesWithItsTwin) {
  for (const std::string name : {"feedforward", "feedforward_heads", "lstm", "lstm_heads"}) {
    for (const std::string dtype : {"float32", "float64"}) {
      const auto golden =
          testing_support::read_golden("neural_turing_machine/" + name + "_" + dtype);
      NeuralTuringMachine model(golden_options(name));
      testing_support::check_transduction_golden(
          golden, *model, [&](const Tensor& inputs) { return model->forward(inputs); });
    }
  }
}

TEST(NeuralTuringMachineTest, TraceAgreesWithItsTwin) {
  const auto golden = testing_support::read_golden("neural_turing_machine/lstm_heads_float64");
  NeuralTuringMachine model(golden_options("lstm_heads"));
  model->to(torch::kDouble);
  for (const auto& item : model->named_parameters()) {
    torch::NoGradGuard no_grad;
    item.value().copy_(golden["parameters/" + item.key()]);
  }
  torch::NoGradGuard no_grad;
  const auto trace = model->trace(golden["inputs"]);
  golden.expect_near(trace.logits, "outputs");
  golden.expect_near(trace.read_weights, "read_weights");
  golden.expect_near(trace.write_weights, "write_weights");
  golden.expect_near(trace.memory.select(1, -1), "memory");
  EXPECT_TRUE(torch::equal(trace.logits, model->forward(golden["inputs"])));
}

// What the heads added and read, put together again by eq. 2, 3 and 4.
TEST(NeuralTuringMachineTest, TraceIsConsistent) {
  torch::NoGradGuard no_grad;
  NeuralTuringMachine model(tiny_machine(Controller::kLstm, MemoryInitialisation::kRandom));
  const Tensor inputs = torch::randn({2, 5, 5});
  const auto trace = model->trace(inputs);
  Tensor memory = model->initial_state(2).memory.memory;
  for (int64_t time = 0; time < 5; ++time) {
    const Tensor read = read_memory(memory, trace.read_weights.select(1, time));
    EXPECT_TRUE(torch::allclose(trace.reads.select(1, time), read, 0, 1e-6)) << time;
    // Of an erased and then added row at least what was added stays.
    const Tensor added = trace.write_weights.select(1, time).unsqueeze(-1) *
                         trace.adds.select(1, time).unsqueeze(2);  // [B, W, N, M]
    const Tensor kept = trace.memory.select(1, time) - added.sum(1);
    EXPECT_TRUE((kept.abs() <= memory.abs() + 1e-6).all().item<bool>()) << time;
    memory = trace.memory.select(1, time);
  }
}

TEST(NeuralTuringMachineTest, ShowsEveryHeadAndTheMemory) {
  torch::NoGradGuard no_grad;
  auto options = tiny_machine(Controller::kFeedforward, MemoryInitialisation::kLearned);
  options.read_heads = 2;
  options.write_heads = 1;
  NeuralTuringMachine model(options);
  const Tensor inputs = torch::randn({1, 5, 5});
  const Tensor before = model->forward(inputs);
  const auto maps = model->attention_maps(inputs);
  EXPECT_TRUE(torch::equal(model->forward(inputs), before)) << "looking changes nothing";
  std::vector<std::string> names;
  for (const auto& map : maps) {
    check_attention_map(map);
    names.push_back(map.name);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"added vectors", "write weights", "read vectors, head 1",
                                      "read vectors, head 2", "read weights, head 1",
                                      "read weights, head 2", "memory before", "memory after"}));
  const auto trace = model->trace(inputs);
  EXPECT_TRUE(torch::equal(maps[1].values, trace.write_weights[0].select(1, 0).t()));
  EXPECT_TRUE(torch::equal(maps[5].values, trace.read_weights[0].select(1, 1).t()));
  EXPECT_EQ(maps[5].rows, "location");
  EXPECT_EQ(maps[5].columns, "step");
  EXPECT_EQ(maps[5].values.sizes(), (std::vector<int64_t>{11, 5}));
  EXPECT_TRUE(torch::equal(maps[6].values, model->initial_state(1).memory.memory[0].t()));
  EXPECT_TRUE(torch::equal(maps[7].values, trace.memory[0][-1].t()));
  EXPECT_THROW(model->attention_maps(torch::randn({2, 5, 5})), c10::Error);
}

TEST(NeuralTuringMachineTest, TwoCallsWithStateAreOne) {
  for (const auto controller : {Controller::kFeedforward, Controller::kLstm}) {
    torch::manual_seed(1);
    NeuralTuringMachine model(tiny_machine(controller, MemoryInitialisation::kRandom));
    model->to(torch::kDouble);
    const Tensor inputs = torch::randn({2, 7, 5}, torch::kDouble);
    const auto first = model->forward(inputs.narrow(1, 0, 3), model->initial_state(2));
    const auto second = model->forward(inputs.narrow(1, 3, 4), first.state);
    const Tensor whole = model->forward(inputs);
    EXPECT_TRUE(torch::allclose(torch::cat({first.logits, second.logits}, 1), whole, 0, 1e-12));
  }
}

TEST(NeuralTuringMachineTest, MemoryStartsAsItsOptionSays) {
  const auto start = [](MemoryInitialisation memory) {
    NeuralTuringMachine model(tiny_machine(Controller::kFeedforward, memory));
    return model->initial_state(2).memory.memory;
  };
  EXPECT_TRUE(torch::equal(start(MemoryInitialisation::kConstant), torch::full({2, 11, 7}, 1e-6)));
  EXPECT_TRUE(start(MemoryInitialisation::kLearned).requires_grad());
  const Tensor random = start(MemoryInitialisation::kRandom);
  EXPECT_FALSE(random.requires_grad());
  EXPECT_TRUE(torch::equal(random[0], random[1]));
  EXPECT_NEAR(torch::atanh(random[0]).std().item<double>(), 0.5, 0.15);
}

TEST(NeuralTuringMachineTest, SaysWhatIsWrong) {
  auto options = tiny_machine(Controller::kFeedforward, MemoryInitialisation::kConstant);
  options.memory_rows = -1;
  EXPECT_EQ(message_of<c10::Error>([&] { NeuralTuringMachine model(options); }),
            "NeuralTuringMachine: memory_rows must be at least 1, got -1");
  options.memory_rows = 2;
  EXPECT_EQ(message_of<c10::Error>([&] { NeuralTuringMachine model(options); }),
            "NeuralTuringMachine: shift_range 1 needs at least 3 memory_rows, got 2");
  options.memory_rows = 11;
  EXPECT_EQ(message_of<c10::Error>([&] {
              NeuralTuringMachine(options)->forward(torch::zeros({2, 7, 4}));
            }),
            "NeuralTuringMachine: inputs must be [B, T >= 1, 5], got [2, 7, 4]");
}

}  // namespace
}  // namespace zoo
