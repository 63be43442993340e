"""Sequences to sequences of bits: the loss and the copy task of Graves et al. (2014), section 4.

Shapes: B batch, T time, O bits of one step.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


def bits_per_sequence(logits: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """Binary cross-entropy in bits, summed over the masked steps, averaged over the batch.

    logits [B, T, O], targets [B, T, O] of 0 and 1, mask [B, T] of 0 and 1; returns 0-d.
    """
    nats = F.binary_cross_entropy_with_logits(
        logits, targets, weight=mask.unsqueeze(2), reduction="sum"
    )
    return nats / (math.log(2) * logits.size(0))


class Batch(NamedTuple):
    """Sequences of one length."""

    inputs: Tensor  # [B, T, I]
    targets: Tensor  # [B, T, O], 0 or 1
    mask: Tensor  # [B, T], 1 on the steps that count


def copy_batch(batch_size: int, length: int, bits: int, generator: torch.Generator) -> Batch:
    """The copy task: `length` random vectors, a delimiter, then silence in which to answer."""
    steps = 2 * length + 1
    shown = torch.randint(2, (batch_size, length, bits), generator=generator).float()
    inputs = torch.zeros(batch_size, steps, bits + 1)
    inputs[:, :length, :bits] = shown
    inputs[:, length, bits] = 1
    targets = torch.zeros(batch_size, steps, bits)
    targets[:, length + 1 :] = shown
    mask = torch.zeros(batch_size, steps)
    mask[:, length + 1 :] = 1
    return Batch(inputs, targets, mask)
