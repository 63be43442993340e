"""What the models with an encoder and a decoder have in common; the papers and the numbers of their
equations are those of Vinyals et al. (2015), arXiv:1506.03134, unless said otherwise.

Shapes: B batch, S most points of an example in the batch, F coordinates of a point, H hidden,
J things that can be attended to.
"""

import torch
from torch import Tensor, nn

State = tuple[Tensor, Tensor]  # hidden and cell of an LSTM, each [layers, B, H]


def present(lengths: Tensor, size: int) -> Tensor:
    """True at the first lengths[b] of `size` places. lengths [B]; returns [B, size]."""
    return torch.arange(size, device=lengths.device) < lengths.unsqueeze(1)


def encode(encoder: nn.LSTM, points: Tensor, lengths: Tensor) -> tuple[Tensor, State]:
    """e_1 .. e_n of each example, and the LSTM's state after the example's own last point.

    points [B, S, F], lengths [B] in 1..S; returns [B, S, H], zero after the last point, and the
    state. What stands in the padding of points changes nothing.
    """
    packed = nn.utils.rnn.pack_padded_sequence(
        points, lengths.cpu(), batch_first=True, enforce_sorted=False
    )
    states, last = encoder(packed)
    states, _ = nn.utils.rnn.pad_packed_sequence(
        states, batch_first=True, total_length=points.size(1)
    )
    return states, last


def decode(decoder: nn.LSTM, seen: Tensor, state: State) -> tuple[Tensor, State]:
    """One step of the decoder. seen [B, I]; returns d_i [B, H] and the new state."""
    hidden, state = decoder(seen.unsqueeze(1), state)
    return hidden.squeeze(1), state


class AdditiveScores(nn.Module):
    """u_ij = v^T tanh(W1 e_j + W2 d_i), the first line of equation 3 and again in section 2.3.

    W1 is `key`, W2 is `query`, v is `score`. Of one size throughout, unless others are given for
    what is read: e_j of key_size K, d_i of query_size Q.
    """

    def __init__(self, size: int, *, key_size: int | None = None, query_size: int | None = None):
        super().__init__()
        self.key = nn.Linear(key_size or size, size, bias=False)
        self.query = nn.Linear(query_size or size, size, bias=False)
        self.score = nn.Parameter(torch.empty(size))

    def keys(self, states: Tensor) -> Tensor:
        """W1 e_j, the same at all steps of the decoder. [B, J, K]; returns [B, J, H]."""
        return self.key(states)

    def scores(self, keys: Tensor, hidden: Tensor) -> Tensor:
        """u_i of all J. keys [B, J, H] from keys(), d_i hidden [B, Q]; returns [B, J].

        Of several steps at once: keys [B, 1, J, H], hidden [B, T, Q]; returns [B, T, J].
        """
        return torch.tanh(keys + self.query(hidden).unsqueeze(-2)) @ self.score

    def forward(self, keys: Tensor, hidden: Tensor, allowed: Tensor) -> Tensor:
        """u_i, -inf where not allowed.

        keys [B, J, H] from keys(), d_i hidden [B, Q], allowed [B, J] bool; returns [B, J].
        """
        return self.scores(keys, hidden).masked_fill(~allowed, -torch.inf)


@torch.no_grad()
def initialise(model: nn.Module, init_range: float) -> None:
    """Section 4.1: every parameter uniform in -init_range..init_range."""
    for parameter in model.parameters():
        parameter.uniform_(-init_range, init_range)
