"""Eager reference of the Pointer Network: Vinyals, Fortunato and Jaitly (2015), arXiv:1506.03134.

Written from the paper's equations alone. What the paper leaves open: the answer ends by pointing at
an end slot, which has a learned encoder state, and the first input of the decoder is learned.

Shapes: B batch, S most points of an example in the batch, F coordinates of a point, T steps of the
decoder, H hidden. Of the S + 1 slots that can be pointed at, slot 0 is the end and slot 1 + i is
point i.
"""

import torch
from torch import Tensor, nn

from encoder_decoder import AdditiveScores, State, decode, encode, initialise, present


class PointerNetwork(nn.Module):
    """An LSTM reads the points; another one points at one of them, or at the end, at every step."""

    def __init__(self, *, input_size: int = 2, hidden_size: int = 256, init_range: float = 0.08):
        super().__init__()
        self.encoder = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.decoder = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.pointer = AdditiveScores(hidden_size)
        self.start = nn.Parameter(torch.empty(input_size))  # the paper's =>
        self.end = nn.Parameter(torch.empty(hidden_size))  # the paper's <=
        initialise(self, init_range)

    def forward(self, points: Tensor, lengths: Tensor, targets: Tensor) -> Tensor:
        """The scores of all slots when the slots chosen before are the targets.

        points [B, S, F], lengths [B] in 1..S, targets [B, T] in 0..S; returns the logits
        [B, T, S + 1], which are -inf in slots without a point.
        """
        keys, allowed, state = self._encode(points, lengths)
        seen, logits = self._first_input(points), []
        for chosen in targets.unbind(1):
            scores, state = self._step(seen, state, keys, allowed)
            logits.append(scores)
            seen = self._chosen_point(points, chosen)
        return torch.stack(logits, dim=1)

    def _encode(self, points: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, State]:
        """W1 e_j of all slots [B, S + 1, H], which slots exist [B, S + 1], the decoder's state."""
        states, last = encode(self.encoder, points, lengths)
        end = self.end.expand(points.size(0), 1, -1)
        keys = self.pointer.keys(torch.cat([end, states], dim=1))
        return keys, present(lengths + 1, points.size(1) + 1), last

    def _first_input(self, points: Tensor) -> Tensor:
        """What stands for the point chosen before the first. [B, F]."""
        return self.start.expand(points.size(0), -1)

    @staticmethod
    def _chosen_point(points: Tensor, chosen: Tensor) -> Tensor:
        """P_{C_i}, the next input of the decoder; after the end point 0, for want of another.

        points [B, S, F], chosen [B] in 0..S; returns [B, F].
        """
        rows = torch.arange(points.size(0), device=points.device)
        return points[rows, (chosen - 1).clamp_min(0)]

    def _step(
        self, seen: Tensor, state: State, keys: Tensor, allowed: Tensor
    ) -> tuple[Tensor, State]:
        """d_i of the input [B, F], then section 2.3. Returns u_i [B, S + 1] and the new state."""
        hidden, state = decode(self.decoder, seen, state)
        return self.pointer(keys, hidden, allowed), state
