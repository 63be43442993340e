"""One layer, whose training compares optimisers."""

import torch


class Perceptron(torch.nn.Linear):
    """Inputs [..., I] to logits [..., O]."""

    def __init__(self, input_size: int, output_size: int):
        super().__init__(input_size, output_size)
