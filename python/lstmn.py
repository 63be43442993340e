"""Eager reference of the LSTMN as a language model: Cheng, Dong and Lapata (2016),
arXiv:1601.06733.

Written from the paper's equations alone. What the paper leaves open: the first step, whose tape is
empty, has h~ = c~ = 0; a higher layer reads the hidden vector of the layer below in place of x_t;
parameters start uniform in -0.1..0.1.

Shapes: B batch, T time, I what a layer reads, N hidden, V symbols.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from encoder_decoder import initialise


class IntraAttention(nn.Module):
    """a_i = v^T tanh(W_h h_i + W_x x_t + W_h~ h~_{t-1}); the last term only with a summary.

    W_h is `hidden`, W_x is `input`, W_h~ is `summary`, v is `score`.
    """

    def __init__(self, input_size: int, hidden_size: int, previous_summary: bool):
        super().__init__()
        self.hidden = nn.Linear(hidden_size, hidden_size, bias=False)
        self.input = nn.Linear(input_size, hidden_size, bias=False)
        self.summary = nn.Linear(hidden_size, hidden_size, bias=False) if previous_summary else None
        self.score = nn.Parameter(torch.empty(hidden_size))

    def forward(self, keys: Tensor, query: Tensor, summary: Tensor) -> Tensor:
        """s of the K places of a tape, [B, K].

        keys W_h h_i [B, K, N], query W_x x_t [B, N], summary h~_{t-1} [B, N].
        """
        if self.summary is not None:
            query = torch.addmm(query, summary, self.summary.weight.t())
        return (torch.tanh(keys + query.unsqueeze(1)) @ self.score).softmax(1)


class LstmnLayer(nn.Module):
    """An LSTM with tapes of all hidden vectors and cells so far in place of the last ones.

    h~_t = sum_i s_i h_i;  c~_t = sum_i s_i c_i
    [i; f; o; c^] = [sigm; sigm; sigm; tanh](W [h~_t; x_t] + b)
    c_t = f * c~_t + i * c^;  h_t = o * tanh(c_t)

    W and b are `gates`. Of the tapes the last `tape` places are kept; 0: all.
    """

    def __init__(self, input_size: int, hidden_size: int, tape: int, previous_summary: bool):
        super().__init__()
        self.tape = tape
        self.attention = IntraAttention(input_size, hidden_size, previous_summary)
        self.gates = nn.Linear(hidden_size + input_size, 4 * hidden_size)

    def forward(self, inputs: Tensor) -> tuple[Tensor, list[Tensor]]:
        """inputs [B, T, I]; returns h_t [B, T, N] and the weights s of the steps after the first.

        Those of a step are [B, K], of the K places just before it.
        """
        size = self.attention.score.size(0)
        from_summary, from_input = self.gates.weight.split([size, inputs.size(2)], dim=1)
        read = F.linear(inputs, from_input, self.gates.bias)  # of all steps at once, as the queries
        queries = self.attention.input(inputs)

        summary = cell_summary = inputs.new_zeros(inputs.size(0), size)  # h~ and c~
        tapes = keys = None  # [h_i; c_i] and W_h h_i, oldest first
        states, weights = [], []
        for query, step in zip(queries.unbind(1), read.unbind(1)):
            if tapes is not None:
                weight = self.attention(keys, query, summary)
                summaries = (weight.unsqueeze(1) @ tapes).squeeze(1)
                summary, cell_summary = summaries.chunk(2, dim=1)
                weights.append(weight)
            gates = torch.addmm(step, summary, from_summary.t())
            opened, candidate = gates.split([3 * size, size], dim=1)
            enter, keep, leave = opened.sigmoid().chunk(3, dim=1)
            cell = keep * cell_summary + enter * candidate.tanh()
            state = leave * cell.tanh()
            states.append(state)
            tapes = self._append(tapes, torch.cat([state, cell], dim=1))
            keys = self._append(keys, self.attention.hidden(state))
        return torch.stack(states, dim=1), weights

    def _append(self, tape: Tensor | None, latest: Tensor) -> Tensor:
        """tape [B, K, N], latest [B, N]; returns [B, K + 1, N] or the last places of that."""
        latest = latest.unsqueeze(1)
        return latest if tape is None else torch.cat([tape, latest], dim=1)[:, -self.tape :]


class Lstmn(nn.Module):
    """Symbols go through an embedding, LSTMN layers and a linear output at every step."""

    def __init__(
        self,
        *,
        vocabulary: int,
        embedding_size: int = 150,
        hidden_size: int = 300,
        layers: int = 1,
        tape: int = 0,
        previous_summary: bool = True,
    ):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding_size)
        sizes = [embedding_size] + [hidden_size] * (layers - 1)
        self.layers = nn.ModuleList(
            LstmnLayer(size, hidden_size, tape, previous_summary) for size in sizes
        )
        self.output = nn.Linear(hidden_size, vocabulary)
        initialise(self, 0.1)

    def forward(self, tokens: Tensor) -> Tensor:
        """The scores of the symbol after each of tokens [B, T]; returns the logits [B, T, V]."""
        return self.output(self._run(tokens)[0])

    def intra_attention(self, tokens: Tensor) -> list[Tensor]:
        """s of each layer, [B, T, T]: row t is of step t, 0 at t, after it and off the tape."""
        steps = tokens.size(1)
        tables = []
        for weights in self._run(tokens)[1]:
            rows = [self.embedding.weight.new_zeros(tokens.size(0), steps)]  # the tape is empty
            for step, weight in enumerate(weights, start=1):
                rows.append(F.pad(weight, (step - weight.size(1), steps - step)))
            tables.append(torch.stack(rows, dim=1))
        return tables

    def _run(self, tokens: Tensor) -> tuple[Tensor, list[list[Tensor]]]:
        """h_t of the last layer [B, T, N], and the weights of all layers."""
        states, weights = self.embedding(tokens), []
        for layer in self.layers:
            states, seen = layer(states)
            weights.append(seen)
        return states, weights
