"""Eager reference of Luong, Pham and Manning (2015), arXiv:1508.04025.

Written from the paper's equations alone. What the paper leaves open: places and steps are counted
from 0; the window of local attention is |s - round(p_t)| <= D, halves rounded up, while p_t stays
real in the Gaussian; where no place of a sentence is within the window the context is 0; h~_0 = 0.

Beside the paper's scores there are two of other papers, for comparison: scaled_dot, of Vaswani et
al. (2017), and content, the cosine of Graves et al. (2014).

Shapes: B batch, S most symbols of a source in the batch, T of a target, N hidden, V symbols of the
target's language; Q some consecutive steps of T.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from encoder_decoder import AdditiveScores, encode, initialise
from translation import decoder_inputs

SCORES = ("none", "dot", "general", "concat", "location", "scaled_dot", "content")
WINDOWS = ("global", "local_m", "local_p")


def reverse(sequences: Tensor, lengths: Tensor) -> Tensor:
    """Turns each sequence's own part around; its padding stays at the end. Undoes itself.

    sequences [B, S] or [B, S, N], lengths [B] in 1..S.
    """
    places = torch.arange(sequences.size(1), device=sequences.device)
    lengths = lengths.to(sequences.device).unsqueeze(1)
    order = torch.where(places < lengths, lengths - 1 - places, places)  # [B, S]
    if sequences.dim() == 3:
        order = order.unsqueeze(2).expand_as(sequences)
    return sequences.gather(1, order)


class Source(NamedTuple):
    """What the decoder attends to."""

    states: Tensor  # hs_s of the top layer, [B, S, N], zero in the padding
    keys: Tensor  # what the scores need of them, the same at all steps, [B, S, N]
    places: Tensor  # s, [S]
    lengths: Tensor  # [B, 1, 1]
    padding: Tensor  # [B, 1, S], bool


class Attention(nn.Module):
    """The weights a_t(s) of sections 3.1 and 3.2."""

    def __init__(
        self, size: int, score: str, window: str, half_width: int, max_source_length: int
    ):
        super().__init__()
        self.score, self.window, self.half_width = score, window, half_width
        if score == "general":
            self.general = nn.Linear(size, size, bias=False)
        elif score == "concat":
            self.concat = AdditiveScores(size)
        elif score == "location":
            self.location = nn.Linear(size, max_source_length, bias=False)
        if window == "local_p":
            self.position = nn.Linear(size, size, bias=False)
            self.position_score = nn.Parameter(torch.empty(size))

    def prepare(self, states: Tensor, source_lengths: Tensor) -> Source:
        """states [B, S, N], source_lengths [B] in 1..S."""
        if self.score == "location" and source_lengths.max() > self.location.out_features:
            raise ValueError(
                f"the location score is for sources of at most {self.location.out_features} "
                f"symbols, got {int(source_lengths.max())}"
            )
        lengths = source_lengths.to(states.device).view(-1, 1, 1)
        places = torch.arange(states.size(1), device=states.device)
        return Source(states, self._keys(states), places, lengths, places >= lengths)

    def forward(self, source: Source, hidden: Tensor, first_step: int) -> Tensor:
        """a_t of the steps from first_step on. h_t hidden [B, Q, N]; returns [B, Q, S]."""
        scores = self._scores(source.keys, hidden)
        if self.window == "global":
            return scores.masked_fill(source.padding, -torch.inf).softmax(2)

        centre = self._centre(hidden, source.lengths, first_step)
        distance = (source.places - (centre + 0.5).floor()).abs()
        outside = (distance > self.half_width) | source.padding
        least = torch.finfo(scores.dtype).min  # not -inf: all places may be outside
        weights = scores.masked_fill(outside, least).softmax(2).masked_fill(outside, 0)
        if self.window == "local_m":
            return weights
        variance = (self.half_width / 2) ** 2
        return weights * torch.exp(-((source.places - centre) ** 2) / (2 * variance))

    def _keys(self, states: Tensor) -> Tensor:
        if self.score == "general":
            return self.general(states)
        if self.score == "concat":
            return self.concat.keys(states)
        if self.score == "content":
            return F.normalize(states, dim=2)
        return states

    def _scores(self, keys: Tensor, hidden: Tensor) -> Tensor:
        """score(h_t, hs_s), or row s of W_a h_t; returns [B, Q, S]."""
        if self.score == "concat":
            return self.concat.scores(keys.unsqueeze(1), hidden)
        if self.score == "location":
            rows = self.location.weight[: keys.size(1)]
            return F.pad(F.linear(hidden, rows), (0, keys.size(1) - rows.size(0)))
        if self.score == "content":
            hidden = F.normalize(hidden, dim=2)
        elif self.score == "scaled_dot":
            hidden = hidden / math.sqrt(hidden.size(2))
        return hidden @ keys.transpose(1, 2)

    def _centre(self, hidden: Tensor, lengths: Tensor, first_step: int) -> Tensor:
        """p_t: t, or S sigm(v_p^T tanh(W_p h_t)). Returns [Q, 1] or [B, Q, 1]."""
        if self.window == "local_m":
            steps = first_step + torch.arange(hidden.size(1), device=hidden.device)
            return steps.unsqueeze(1).to(hidden.dtype)
        score = torch.tanh(self.position(hidden)) @ self.position_score
        return lengths * score.sigmoid().unsqueeze(2)


class Luong(nn.Module):
    """A stacked LSTM reads the source, another one writes the target and attends to the first."""

    def __init__(
        self,
        *,
        source_vocabulary: int,
        target_vocabulary: int,
        embedding_size: int = 1000,
        hidden_size: int = 1000,
        layers: int = 4,
        score: str = "general",
        window: str = "global",
        half_width: int = 10,
        reverse_source: bool = True,
        input_feeding: bool = True,
        max_source_length: int = 0,
    ):
        super().__init__()
        if score not in SCORES:
            raise ValueError(f"score must be one of {', '.join(SCORES)}, got {score!r}")
        if window not in WINDOWS:
            raise ValueError(f"window must be one of {', '.join(WINDOWS)}, got {window!r}")
        if score == "none" and (input_feeding or window != "global"):
            raise ValueError("score none knows neither input_feeding nor a window")
        if score == "location" and max_source_length < 1:
            raise ValueError("score location needs max_source_length")
        if window != "global" and half_width < 1:
            raise ValueError(f"half_width must be at least 1, got {half_width}")
        self.reverse_source, self.input_feeding = reverse_source, input_feeding
        self.source_embedding = nn.Embedding(source_vocabulary, embedding_size)
        self.target_embedding = nn.Embedding(target_vocabulary, embedding_size)
        self.encoder = nn.LSTM(embedding_size, hidden_size, layers, batch_first=True)
        fed = hidden_size if input_feeding else 0
        self.decoder = nn.LSTM(embedding_size + fed, hidden_size, layers, batch_first=True)
        self.attention = self.combine = None
        if score != "none":
            self.attention = Attention(hidden_size, score, window, half_width, max_source_length)
            self.combine = nn.Linear(2 * hidden_size, hidden_size, bias=False)
        self.output = nn.Linear(hidden_size, target_vocabulary, bias=False)
        initialise(self, 0.1)

    def forward(self, source: Tensor, source_lengths: Tensor, target: Tensor) -> Tensor:
        """The scores of all symbols when the symbols before are the target's.

        source [B, S], source_lengths [B] in 1..S, target [B, T]; returns the logits [B, T, V].
        What stands in the padding of source changes nothing. Throws ValueError if a source is
        longer than max_source_length, with the location score.
        """
        features, _ = self._decode(source, source_lengths, target)
        return self.output(features)

    def attention_weights(self, source: Tensor, source_lengths: Tensor, target: Tensor) -> Tensor:
        """a_t(s) of the same arguments [B, T, S], s in the order of source, 0 in the padding."""
        _, weights = self._decode(source, source_lengths, target)
        if weights is None:
            raise ValueError("a model without attention has no attention weights")
        return weights

    def _decode(
        self, source: Tensor, source_lengths: Tensor, target: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """What the output layer reads [B, T, N], and a_t [B, T, S]."""
        read = reverse(source, source_lengths) if self.reverse_source else source
        states, state = encode(self.encoder, self.source_embedding(read), source_lengths)
        embedded = self.target_embedding(decoder_inputs(target))
        if self.attention is None:
            return self.decoder(embedded, state)[0], None
        if self.reverse_source:
            states = reverse(states, source_lengths)  # in the order of the source again
        attended = self.attention.prepare(states, source_lengths)
        if not self.input_feeding:
            return self._attend(attended, self.decoder(embedded, state)[0], 0)

        feature, features, weights = torch.zeros_like(states[:, :1]), [], []  # h~_0
        for step, symbol in enumerate(embedded.split(1, dim=1)):
            hidden, state = self.decoder(torch.cat([symbol, feature], dim=2), state)
            feature, weight = self._attend(attended, hidden, step)
            features.append(feature)
            weights.append(weight)
        return torch.cat(features, dim=1), torch.cat(weights, dim=1)

    def _attend(self, source: Source, hidden: Tensor, first_step: int) -> tuple[Tensor, Tensor]:
        """h~_t = tanh(W_c [c_t; h_t]) [B, Q, N], and a_t [B, Q, S], of h_t hidden [B, Q, N]."""
        weights = self.attention(source, hidden, first_step)
        context = weights @ source.states  # c_t = sum_s a_t(s) hs_s
        return torch.tanh(self.combine(torch.cat([context, hidden], dim=2))), weights
