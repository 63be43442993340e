"""Sentences to sentences: the symbols, what a decoder reads, and the loss.

Shapes: B batch, T most symbols of a target in the batch, V symbols.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from encoder_decoder import present

PADDING, UNKNOWN, BEGIN, END = range(4)


def decoder_inputs(target: Tensor) -> Tensor:
    """What the decoder has read last before each symbol of the target [B, T]; returns [B, T]."""
    return F.pad(target[:, :-1], (1, 0), value=BEGIN)


def translation_loss(
    logits: Tensor, target: Tensor, target_lengths: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """(1 - e) times -log p(y) plus e times the mean of -log p over all V symbols, e the smoothing.

    logits [B, T, V], target [B, T] in 0..V-1, target_lengths [B] in 1..T; returns 0-d, the mean of
    all symbols of all targets. What stands after a target's end does not count.
    """
    counts = present(target_lengths.to(target.device), target.size(1))
    ignored = -100  # no symbol
    return F.cross_entropy(
        logits.flatten(0, 1),
        target.masked_fill(~counts, ignored).flatten(),
        ignore_index=ignored,
        label_smoothing=label_smoothing,
    )
