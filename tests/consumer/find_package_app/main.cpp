#include <iostream>

#include <zoo/models/neural_turing_machine/neural_turing_machine.h>

int main() {
  zoo::NeuralTuringMachine model(
      zoo::NeuralTuringMachineOptions{.input_size = 9, .output_size = 8});
  auto logits = model->forward(torch::zeros({2, 21, 9}));
  std::cout << logits.sizes() << '\n';  // [2, 21, 8]
}
