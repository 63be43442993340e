"""Sequences of points to sequences of pointers: the loss and the convex hulls of
Vinyals et al. (2015), arXiv:1506.03134, section 3.1.

Shapes: B batch, S most points of an example in the batch, T most steps of an answer in the batch.
A target is 0 for the end and 1 + i for point i.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from encoder_decoder import present


def pointing_loss(logits: Tensor, targets: Tensor, target_lengths: Tensor) -> Tensor:
    """-log p(C | P) = -sum_i log p(C_i | C_1 .. C_{i-1}, P), equation 1, averaged over the batch.

    logits [B, T, V], targets [B, T] in 0..V-1, target_lengths [B] in 1..T, the end included;
    returns 0-d. Steps after the end do not count.
    """
    chosen = logits.log_softmax(2).gather(2, targets.unsqueeze(2)).squeeze(2)  # [B, T]
    # Not a product: a step that does not count may be impossible, and 0 times infinity is not 0.
    counted = chosen.masked_fill(~present(target_lengths, targets.size(1)), 0)
    return -counted.sum() / logits.size(0)


class Batch(NamedTuple):
    """Examples of unequal lengths, each padded with zeros at its end."""

    points: Tensor  # [B, S, 2] in [0, 1)
    lengths: Tensor  # [B], number of points
    targets: Tensor  # [B, T] in 0..S
    target_lengths: Tensor  # [B], number of steps, the end included


def convex_hull(points: list[tuple[float, float]]) -> list[int]:
    """Indices of the hull's corners, counter-clockwise, the lowest index first."""

    def turns_left(a: int, b: int, c: int) -> bool:
        (ax, ay), (bx, by), (cx, cy) = points[a], points[b], points[c]
        return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) > 0

    def chain(order: list[int]) -> list[int]:
        corners = []
        for index in order:
            while len(corners) >= 2 and not turns_left(corners[-2], corners[-1], index):
                corners.pop()
            corners.append(index)
        return corners[:-1]  # the other chain begins with this one

    order = sorted(range(len(points)), key=points.__getitem__)
    corners = chain(order) + chain(order[::-1])
    first = corners.index(min(corners))
    return corners[first:] + corners[:first]


def make_batch(examples: list[Tensor], answers: list[list[int]]) -> Batch:
    """examples of [n, 2], answers of indices of points, without the end."""
    lengths = [len(points) for points in examples]
    target_lengths = [len(answer) + 1 for answer in answers]
    targets = torch.zeros(len(answers), max(target_lengths), dtype=torch.int64)
    for row, answer in zip(targets, answers):
        row[: len(answer)] = 1 + torch.tensor(answer)
    points = torch.nn.utils.rnn.pad_sequence(examples, batch_first=True)
    return Batch(points, torch.tensor(lengths), targets, torch.tensor(target_lengths))


def random_points(
    batch_size: int, fewest: int, most: int, generator: torch.Generator
) -> list[Tensor]:
    """Uniform in the unit square; their number uniform in fewest..most. Each [n, 2]."""
    counts = torch.randint(fewest, most + 1, (batch_size,), generator=generator)
    return [torch.rand(int(count), 2, generator=generator) for count in counts]


def hull_batch(batch_size: int, fewest: int, most: int, generator: torch.Generator) -> Batch:
    """The answer goes around the hull and names its first corner again before it ends."""
    examples = random_points(batch_size, fewest, most, generator)
    hulls = [convex_hull([tuple(point) for point in points.tolist()]) for points in examples]
    return make_batch(examples, [hull + hull[:1] for hull in hulls])
