"""Eager reference of the stacked LSTM that Graves et al. (2014), arXiv:1410.5401, compare with.

Shapes: B batch, T time, I inputs, O outputs, H hidden.
"""

import torch
from torch import Tensor, nn


class Lstm(nn.Module):
    """Stacked LSTM layers with a learned initial state and a linear output at every step."""

    def __init__(
        self, *, input_size: int, output_size: int, hidden_size: int = 256, layers: int = 3
    ):
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, layers, batch_first=True)
        self.output = nn.Linear(hidden_size, output_size)
        self.initial_hidden = nn.Parameter(torch.zeros(layers, hidden_size))
        self.initial_cell = nn.Parameter(torch.zeros(layers, hidden_size))

    def forward(self, inputs: Tensor) -> Tensor:
        """inputs [B, T, I]; returns the logits [B, T, O], before the sigmoid."""
        batch = inputs.size(0)
        hidden = self.initial_hidden.unsqueeze(1).repeat(1, batch, 1)  # [layers, B, H]
        cell = self.initial_cell.unsqueeze(1).repeat(1, batch, 1)  # [layers, B, H]
        features, _ = self.lstm(inputs, (hidden, cell))  # [B, T, H]
        return self.output(features)
