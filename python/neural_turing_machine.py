"""Eager reference of the Neural Turing Machine: Graves et al. (2014), arXiv:1410.5401.

Written from the paper's equations alone. What the paper leaves open (tanh on keys, reads before
writes, the ways to initialise the memory) follows Collier and Beel (2018), arXiv:1807.08518.

Shapes: B batch, T time, I inputs, O outputs, N memory rows, M memory columns, R read heads,
W write heads, K = R + W heads, H controller size, S = 2 * shift_range + 1 shifts,
A = M + S + 3 addressing numbers of one head.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CONSTANT_MEMORY = 1e-6
COSINE_EPSILON = 1e-8
SHARPEN_EPSILON = 1e-16


def cosine_similarity(keys: Tensor, memory: Tensor) -> Tensor:
    """Equation 6 for every key and row: u . v / (|u| |v| + 1e-8).

    keys [B, K, M], memory [B, N, M]; returns [B, K, N].
    """
    key_norms = torch.linalg.vector_norm(keys, dim=2).unsqueeze(2)  # [B, K, 1]
    row_norms = torch.linalg.vector_norm(memory, dim=2).unsqueeze(1)  # [B, 1, N]
    return torch.bmm(keys, memory.transpose(1, 2)) / (key_norms * row_norms + COSINE_EPSILON)


def focus_by_content(keys: Tensor, strengths: Tensor, memory: Tensor) -> Tensor:
    """Equation 5. keys [B, K, M], strengths [B, K, 1] >= 0, memory [B, N, M]; returns [B, K, N]."""
    return (strengths * cosine_similarity(keys, memory)).softmax(2)


def interpolate(content: Tensor, previous: Tensor, gates: Tensor) -> Tensor:
    """Equation 7: g content + (1 - g) previous.

    content and previous [B, K, N], gates [B, K, 1] in (0, 1); returns [B, K, N].
    """
    return torch.lerp(previous, content, gates)


def rotate(weights: Tensor, shifts: Tensor) -> Tensor:
    """Equation 8, circular: entry j of shifts moves the focus by j - shift_range rows.

    weights [B, K, N], shifts [B, K, S] summing to 1 over S; returns [B, K, N].
    """
    shift_range = shifts.size(2) // 2
    rows = weights.size(2)
    around = torch.cat(
        [weights[..., rows - shift_range :], weights, weights[..., :shift_range]], dim=2
    )  # [B, K, N + S - 1], entry p is weights[p - shift_range]
    rotated = 0
    for position, shift in enumerate(shifts.split(1, dim=2)):
        start = 2 * shift_range - position  # the row this shift takes the focus of row 0 from
        rotated = rotated + around[..., start : start + rows] * shift
    return rotated


def sharpen(weights: Tensor, sharpenings: Tensor) -> Tensor:
    """Equation 9 as softmax(gamma log(w + 1e-16)), which does not underflow.

    weights [B, K, N], sharpenings [B, K, 1] >= 1; returns [B, K, N].
    """
    return (sharpenings * (weights + SHARPEN_EPSILON).log()).softmax(2)


def read(memory: Tensor, weights: Tensor) -> Tensor:
    """Equation 2. memory [B, N, M], weights [B, R, N]; returns [B, R, M]."""
    return torch.bmm(weights, memory)


def write(memory: Tensor, weights: Tensor, erases: Tensor, adds: Tensor) -> Tensor:
    """Equations 3 and 4: all erases, then all adds.

    memory [B, N, M], weights [B, W, N], erases [B, W, M] in (0, 1), adds [B, W, M];
    returns [B, N, M].
    """
    for weight, erase in zip(weights.unbind(1), erases.unbind(1)):
        memory = memory * (1 - weight.unsqueeze(2) * erase.unsqueeze(1))
    return torch.baddbmm(memory, weights.transpose(1, 2), adds)


class HeadParameters(NamedTuple):
    """What the heads receive in one step; the heads that read come before those that write."""

    keys: Tensor  # [B, K, M] in (-1, 1)
    strengths: Tensor  # [B, K, 1] > 0, beta
    gates: Tensor  # [B, K, 1] in (0, 1), g
    shifts: Tensor  # [B, K, S], sums to 1 over S, s
    sharpenings: Tensor  # [B, K, 1] > 1, gamma
    erases: Tensor  # [B, W, M] in (0, 1), e
    adds: Tensor  # [B, W, M] in (-1, 1), a


class Trace(NamedTuple):
    """The outputs and what the heads and the memory did, step by step."""

    logits: Tensor  # [B, T, O]
    read_weights: Tensor  # [B, T, R, N]
    write_weights: Tensor  # [B, T, W, N]
    memory: Tensor  # [B, T, N, M], after the write of the step


class NeuralTuringMachine(nn.Module):
    """A controller network that reads and writes a memory through attention.

    In one step the controller sees [x_t; r_{t-1}], all heads address M_{t-1}, the reads are taken
    from M_{t-1}, and then the write heads turn it into M_t.
    """

    def __init__(
        self,
        *,
        input_size: int,
        output_size: int,
        controller: str = "feedforward",
        controller_size: int = 100,
        controller_layers: int = 1,
        memory_rows: int = 128,
        memory_columns: int = 20,
        read_heads: int = 1,
        write_heads: int = 1,
        shift_range: int = 1,
        memory_initialisation: str = "constant",
    ):
        super().__init__()
        if controller not in ("feedforward", "lstm"):
            raise ValueError(f"controller must be feedforward or lstm, got {controller!r}")
        if memory_initialisation not in ("constant", "learned", "random"):
            raise ValueError(
                "memory_initialisation must be constant, learned or random, "
                f"got {memory_initialisation!r}"
            )
        if 2 * shift_range + 1 > memory_rows:
            raise ValueError(f"{memory_rows} rows are too few for a shift_range of {shift_range}")
        self.recurrent = controller == "lstm"
        self.memory_initialisation = memory_initialisation
        self.memory_rows, self.memory_columns = memory_rows, memory_columns
        self.read_heads, self.write_heads = read_heads, write_heads
        self.shift_count = 2 * shift_range + 1

        layer = nn.LSTMCell if self.recurrent else nn.Linear
        sizes = [input_size + read_heads * memory_columns] + controller_layers * [controller_size]
        self.controller = nn.ModuleList(map(layer, sizes[:-1], sizes[1:]))
        heads = read_heads + write_heads
        addressing = heads * (memory_columns + self.shift_count + 3)
        self.heads = nn.Linear(controller_size, addressing + write_heads * 2 * memory_columns)
        self.output = nn.Linear(controller_size + read_heads * memory_columns, output_size)

        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.xavier_uniform_(parameter)
            else:
                nn.init.zeros_(parameter)
        self.initial_reads = nn.Parameter(torch.zeros(read_heads, memory_columns))
        # All heads start at row 0: an even start on a memory of equal rows never becomes uneven.
        peaked = torch.zeros(heads, memory_rows)
        peaked[:, 0] = 10
        self.initial_weights = nn.Parameter(peaked)
        if self.recurrent:
            self.initial_hidden = nn.Parameter(torch.zeros(controller_layers, controller_size))
            self.initial_cell = nn.Parameter(torch.zeros(controller_layers, controller_size))
        if memory_initialisation == "learned":
            self.initial_memory = nn.Parameter(0.5 * torch.randn(memory_rows, memory_columns))
        elif memory_initialisation == "random":
            drawn = 0.5 * torch.randn(memory_rows, memory_columns)
            self.register_buffer("initial_memory", drawn)

    def forward(self, inputs: Tensor) -> Tensor:
        """inputs [B, T, I]; returns the logits [B, T, O], before the sigmoid."""
        logits, _, _ = self._run(inputs)
        return logits

    def trace(self, inputs: Tensor) -> Trace:
        """inputs [B, T, I]; returns the logits with the weightings and the memory of each step."""
        logits, weights, memories = self._run(inputs, keep_memory=True)
        read_weights, write_weights = weights.split([self.read_heads, self.write_heads], dim=2)
        return Trace(logits, read_weights, write_weights, memories)

    def _run(self, inputs: Tensor, keep_memory: bool = False):
        """Returns logits [B, T, O] and, to keep, weights [B, T, K, N] and memory [B, T, N, M]."""
        reads, weights, memory, state = self._initial_state(inputs)
        features, all_weights, all_memories = [], [], []
        for seen in self._prepare(inputs):  # [B, I], or [B, H] if already projected
            controlled, state = self._control(seen, reads.flatten(1), state)  # [B, H]
            head = self._head_parameters(controlled)
            weights = self._address(head, weights, memory)  # [B, K, N]
            reads = read(memory, weights[:, : self.read_heads])  # [B, R, M]
            memory = write(memory, weights[:, self.read_heads :], head.erases, head.adds)
            features += [controlled, reads.flatten(1)]
            if keep_memory:
                all_weights.append(weights)
                all_memories.append(memory)
        features = torch.cat(features, dim=1).view(*inputs.shape[:2], -1)  # [B, T, H + R * M]
        logits = self.output(features)
        if not keep_memory:
            return logits, None, None
        return logits, torch.stack(all_weights, dim=1), torch.stack(all_memories, dim=1)

    def _initial_state(self, inputs: Tensor):
        """r_0 [B, R, M], w_0 [B, K, N], M_0 [B, N, M] and per layer (hidden, cell), each [B, H]."""
        batch = inputs.size(0)
        reads = self.initial_reads.tanh().expand(batch, -1, -1)
        weights = self.initial_weights.softmax(1).expand(batch, -1, -1)
        if self.memory_initialisation == "constant":
            shape = (batch, self.memory_rows, self.memory_columns)
            memory = inputs.new_full(shape, CONSTANT_MEMORY)
        else:
            memory = self.initial_memory.tanh().expand(batch, -1, -1)
        if not self.recurrent:
            return reads, weights, memory, None
        layers = zip(self.initial_hidden, self.initial_cell)
        state = [(hidden.expand(batch, -1), cell.expand(batch, -1)) for hidden, cell in layers]
        return reads, weights, memory, state

    def _prepare(self, inputs: Tensor):
        """Steps of the inputs; for a feed-forward controller already through its first layer."""
        if not self.recurrent:
            first = self.controller[0]
            inputs = F.linear(inputs, first.weight[:, : inputs.size(2)], first.bias)  # [B, T, H]
        return inputs.unbind(1)

    def _control(self, seen: Tensor, reads: Tensor, state):
        """One step of the controller on [x_t; r_{t-1}]; returns its output [B, H] and new state."""
        if not self.recurrent:
            first = self.controller[0]
            read_weight = first.weight[:, -reads.size(1) :]  # [H, R * M]
            hidden = torch.addmm(seen, reads, read_weight.t()).tanh()
            for layer in self.controller[1:]:
                hidden = layer(hidden).tanh()
            return hidden, None
        hidden, new_state = torch.cat([seen, reads], dim=1), []
        for layer, previous in zip(self.controller, state):
            hidden, cell = layer(hidden, previous)
            new_state.append((hidden, cell))
        return hidden, new_state

    def _head_parameters(self, controlled: Tensor) -> HeadParameters:
        """Section 3.3: maps the controller's output [B, H] to the valid range of each parameter."""
        columns = self.memory_columns
        numbers = self.heads(controlled)
        vectors = 2 * self.write_heads * columns
        addressing, writing = numbers.split([numbers.size(1) - vectors, vectors], dim=1)
        addressing = addressing.unflatten(1, (self.read_heads + self.write_heads, -1))  # [B, K, A]
        erases, adds = writing.unflatten(1, (2, self.write_heads, columns)).unbind(1)
        keys, strengths, gates, shifts, sharpenings = addressing.split(
            [columns, 1, 1, self.shift_count, 1], dim=2
        )
        return HeadParameters(
            keys=keys.tanh(),
            strengths=F.softplus(strengths),
            gates=gates.sigmoid(),
            shifts=shifts.softmax(2),
            sharpenings=1 + F.softplus(sharpenings),
            erases=erases.sigmoid(),
            adds=adds.tanh(),
        )

    @staticmethod
    def _address(head: HeadParameters, previous: Tensor, memory: Tensor) -> Tensor:
        """Equations 5 to 9. previous [B, K, N], memory [B, N, M]; returns w_t [B, K, N]."""
        content = focus_by_content(head.keys, head.strengths, memory)
        gated = interpolate(content, previous, head.gates)
        return sharpen(rotate(gated, head.shifts), head.sharpenings)
