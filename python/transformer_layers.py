"""The layers of the Transformer: Vaswani et al. (2017), arXiv:1706.03762, sections 3.1 to 3.3.

Beside the paper's order of normalisation (post) there is the one of later code (pre), which needs a
norm after the last layer. Layer normalisation adds 1e-5 to the variance.

Shapes: B batch, S steps that are read, T steps that read them, M model_size, H heads, K key_size, U
value_size.
"""

from typing import Callable, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def attend(
    queries: Tensor, keys: Tensor, values: Tensor, allowed: Tensor | None, dropout: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Equation 1, softmax(q k^T / sqrt(K)) v, and the weights; zeros where nothing is allowed.

    queries [B, H, T, K], keys [B, H, S, K], values [B, H, S, U], allowed bool that broadcasts to
    [B, H, T, S], or None: step i attends to 0..i. Returns [B, H, T, U] and [B, H, T, S].
    """
    if allowed is None:
        steps = (queries.size(2), keys.size(2))
        allowed = torch.ones(steps, dtype=torch.bool, device=queries.device).tril()
    scores = (queries * keys.size(3) ** -0.5) @ keys.transpose(2, 3)
    least = torch.finfo(scores.dtype).min  # not -inf: a row of them would have no softmax
    weights = scores.masked_fill(~allowed, least).softmax(3).masked_fill(~allowed, 0)
    return F.dropout(weights, dropout) @ values, weights


class Shape(NamedTuple):
    """What the layers of a model have in common."""

    model_size: int
    feed_forward_size: int
    heads: int
    key_size: int
    value_size: int
    activation: Callable[[Tensor], Tensor]
    norm: str  # post or pre
    attention_biases: bool
    dropout: float
    attention_dropout: float  # of the weights
    fused: bool  # the library's attention, which does not tell its weights

    @property
    def projections(self) -> list[int]:
        """Rows of query, key and value."""
        keys = self.heads * self.key_size
        return [keys, keys, self.heads * self.value_size]


class Attention(nn.Module):
    """Section 3.2.2, Concat(head_1 .. head_H) W^O; W^O is `merge`."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.merge = nn.Linear(shape.projections[2], shape.model_size, bias=shape.attention_biases)

    def _attend(self, *projected: Tensor, allowed: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """[B, T, H K], [B, S, H K], [B, S, H U]; returns [B, T, M] and [B, H, T, S]."""
        heads = [part.unflatten(2, (self.shape.heads, -1)).transpose(1, 2) for part in projected]
        dropout = self.shape.attention_dropout if self.training else 0.0
        if self.shape.fused:
            # Its causal mask is right where queries and keys are of the same steps, as here.
            mask = {"attn_mask": allowed, "is_causal": allowed is None}
            joined = F.scaled_dot_product_attention(*heads, dropout_p=dropout, **mask)
            weights = None
        else:
            joined, weights = attend(*heads, allowed, dropout)
        return self.merge(joined.transpose(1, 2).flatten(2)), weights


class SelfAttention(Attention):
    """Rows of `query_key_value` are ordered query, key, value, and in each of them by head."""

    def __init__(self, shape: Shape):
        super().__init__(shape)
        rows = sum(shape.projections)
        self.query_key_value = nn.Linear(shape.model_size, rows, bias=shape.attention_biases)

    def forward(self, states: Tensor, allowed: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """states [B, T, M], allowed as in attend(); returns [B, T, M] and the weights."""
        projected = self.query_key_value(states).split(self.shape.projections, dim=2)
        return self._attend(*projected, allowed=allowed)


class CrossAttention(Attention):
    """Rows of `key_value` are ordered key, value, and in each of them by head."""

    def __init__(self, shape: Shape):
        super().__init__(shape)
        size, (queries, *others) = shape.model_size, shape.projections
        self.query = nn.Linear(size, queries, bias=shape.attention_biases)
        self.key_value = nn.Linear(size, sum(others), bias=shape.attention_biases)

    def forward(
        self, states: Tensor, memory: Tensor, allowed: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """states [B, T, M] ask memory [B, S, M]; returns [B, T, M] and the weights."""
        projected = self.key_value(memory).split(self.shape.projections[1:], dim=2)
        return self._attend(self.query(states), *projected, allowed=allowed)


class FeedForward(nn.Module):
    """Equation 2, f(x W_1 + b_1) W_2 + b_2 with f = max(0, x), or another."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.activation = shape.activation
        self.first = nn.Linear(shape.model_size, shape.feed_forward_size)
        self.second = nn.Linear(shape.feed_forward_size, shape.model_size)

    def forward(self, states: Tensor) -> Tensor:
        return self.second(self.activation(self.first(states)))


class Layer(nn.Module):
    """Attention to oneself, to a memory if `crosses`, and the feed-forward network (section 3.1).

    Each is a sublayer: post, x <- norm(x + f(x)); pre, x <- x + f(norm(x)).
    """

    def __init__(self, shape: Shape, crosses: bool = False):
        super().__init__()
        self.is_pre, self.dropout = shape.norm == "pre", shape.dropout
        self.attention = SelfAttention(shape)
        self.attention_norm = nn.LayerNorm(shape.model_size)
        self.cross_attention = None
        if crosses:
            self.cross_attention = CrossAttention(shape)
            self.cross_attention_norm = nn.LayerNorm(shape.model_size)
        self.feed_forward = FeedForward(shape)
        self.feed_forward_norm = nn.LayerNorm(shape.model_size)

    def forward(
        self, states: Tensor, allowed: Tensor | None, *remembered: Tensor
    ) -> tuple[Tensor, list[Tensor | None]]:
        """states [B, T, M], remembered: memory [B, S, M] and where it is allowed.

        Returns the new states, and the weights of each attention.
        """
        attended, weights = self.attention(self._before(self.attention_norm, states), allowed)
        states, seen = self._after(self.attention_norm, states, attended), [weights]
        if self.cross_attention is not None:
            asking = self._before(self.cross_attention_norm, states)
            attended, weights = self.cross_attention(asking, *remembered)
            states = self._after(self.cross_attention_norm, states, attended)
            seen.append(weights)
        made = self.feed_forward(self._before(self.feed_forward_norm, states))
        return self._after(self.feed_forward_norm, states, made), seen

    def _before(self, norm: nn.LayerNorm, states: Tensor) -> Tensor:
        return norm(states) if self.is_pre else states

    def _after(self, norm: nn.LayerNorm, states: Tensor, added: Tensor) -> Tensor:
        states = states + F.dropout(added, self.dropout, self.training)
        return states if self.is_pre else norm(states)


class Stack(nn.Module):
    """An encoder, or a decoder, which attends to a memory too."""

    def __init__(self, shape: Shape, layers: int, crosses: bool):
        super().__init__()
        self.layers = nn.ModuleList(Layer(shape, crosses) for _ in range(layers))
        self.norm = nn.LayerNorm(shape.model_size) if shape.norm == "pre" else None

    def forward(
        self, states: Tensor, allowed: Tensor | None, *remembered: Tensor
    ) -> tuple[Tensor, list[list[Tensor | None]]]:
        """As Layer; the weights are of each layer."""
        seen = []
        for layer in self.layers:
            states, weights = layer(states, allowed, *remembered)
            seen.append(weights)
        return states if self.norm is None else self.norm(states), seen
