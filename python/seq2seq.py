"""Eager reference of the two models that Vinyals, Fortunato and Jaitly (2015), arXiv:1506.03134,
compare the Pointer Network with: sequence-to-sequence (section 2.1), and the same with
content-based input attention (section 2.2). Both choose from an output dictionary of a fixed size.

Shapes: B batch, S most points of an example in the batch, F coordinates of a point, T steps of the
decoder, H hidden, V = most_points + 1 symbols. Symbol 0 is the end, symbol 1 + i is point i.
"""

import torch
from torch import Tensor, nn

from encoder_decoder import AdditiveScores, State, decode, encode, initialise, present


class Seq2seq(nn.Module):
    """An LSTM reads the points; another one writes symbols. attention is none or additive."""

    def __init__(
        self,
        *,
        input_size: int = 2,
        most_points: int,
        hidden_size: int = 256,
        attention: str = "none",
        init_range: float = 0.08,
    ):
        super().__init__()
        if attention not in ("none", "additive"):
            raise ValueError(f"attention must be none or additive, got {attention!r}")
        symbols = most_points + 1
        attends = attention == "additive"
        features = 2 * hidden_size if attends else hidden_size
        self.encoder = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.embedding = nn.Embedding(symbols, hidden_size)
        self.attention = AdditiveScores(hidden_size) if attends else None
        # With attention, [d'; d] of a step is fed to the next one beside the symbol.
        fed = features if attends else 0
        self.decoder = nn.LSTM(hidden_size + fed, hidden_size, batch_first=True)
        self.output = nn.Linear(features, symbols)
        initialise(self, init_range)

    def forward(self, points: Tensor, lengths: Tensor, targets: Tensor) -> Tensor:
        """The scores of all symbols when the symbols before are the targets.

        points [B, S, F], lengths [B] in 1..S, targets [B, T] in 0..V-1; returns the logits
        [B, T, V]. Symbols of points that an example does not have are not masked: a fixed
        dictionary knows no lengths.
        """
        step = self._decoder_of(points, lengths)
        chosen, logits = self._first_symbol(lengths), []
        for target in targets.unbind(1):
            logits.append(step(chosen))
            chosen = target
        return torch.stack(logits, dim=1)

    @staticmethod
    def _first_symbol(lengths: Tensor) -> Tensor:
        """Symbol 0, which stands for the start as well as for the end. [B]."""
        return torch.zeros_like(lengths)

    def _decoder_of(self, points: Tensor, lengths: Tensor):
        """A function that takes the symbols before [B] and returns the next logits [B, V]."""
        states, state = encode(self.encoder, points, lengths)
        if self.attention is None:
            return self._plain_decoder(state)
        return self._attending_decoder(states, present(lengths, points.size(1)), state)

    def _plain_decoder(self, state: State):
        def step(chosen: Tensor) -> Tensor:
            nonlocal state
            hidden, state = decode(self.decoder, self.embedding(chosen), state)
            return self.output(hidden)

        return step

    def _attending_decoder(self, states: Tensor, allowed: Tensor, state: State):
        """Section 2.2. states e_j [B, S, H], allowed [B, S]."""
        keys = self.attention.keys(states)
        hidden = state[0].squeeze(0)  # d_0, [B, H]
        features = torch.cat([torch.zeros_like(hidden), hidden], dim=1)  # [d'_0; d_0]

        def step(chosen: Tensor) -> Tensor:
            nonlocal state, features
            seen = torch.cat([self.embedding(chosen), features], dim=1)
            hidden, state = decode(self.decoder, seen, state)
            weights = self.attention(keys, hidden, allowed).softmax(1)  # a_i, [B, S]
            context = (weights.unsqueeze(1) @ states).squeeze(1)  # d'_i = sum_j a_ij e_j, [B, H]
            features = torch.cat([context, hidden], dim=1)
            return self.output(features)

        return step
