"""Times a training step of convex hulls: this project's Pointer Network against its Python twin's.

    python benchmarks/pointing_step.py [--rounds 15] [--record]

Both sides train the same model on batches of one number of points by the experiment's recipe, as
versus.py says. The twin's batches are drawn before the clock starts: Python loops look for their
hulls. --record writes benchmarks/results/pointing_step.json.
"""

from versus import Ours, Twin, run  # first: it sets the number of threads and the path

import itertools
from typing import Callable, Iterable, NamedTuple

import torch

from optimizers import clip_norm
from pointer_network import PointerNetwork
from pointing import hull_batch, pointing_loss

BATCH = 128
POOL = 64  # batches, used again and again


class Problem(NamedTuple):
    """An experiment as its configuration has it."""

    points: int
    hidden: int
    optimizer: Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer]


def adam(parameters):
    return torch.optim.Adam(parameters, lr=2e-3)


def gradient_descent(parameters):
    return torch.optim.SGD(parameters, lr=1.0)


EXPERIMENTS = {
    "pointer_network/hull_5": Problem(5, 128, adam),
    "pointer_network/hull_10": Problem(10, 128, adam),
    "pointer_network/hull_5_sgd": Problem(5, 256, gradient_descent),
}


class HullTwin(Twin):
    def __init__(self, problem):
        torch.manual_seed(1)
        self.model = PointerNetwork(hidden_size=problem.hidden)
        self.optimizer = problem.optimizer(self.model.parameters())
        generator = torch.Generator().manual_seed(1)
        pool = [hull_batch(BATCH, problem.points, problem.points, generator) for _ in range(POOL)]
        self.batches = itertools.cycle(pool)

    def step(self):
        points, lengths, targets, target_lengths = next(self.batches)
        self.optimizer.zero_grad()
        logits = self.model(points, lengths, targets)
        pointing_loss(logits, targets, target_lengths).backward()
        clip_norm(self.model.parameters(), 2.0)
        self.optimizer.step()


def pairs(program):
    for experiment, problem in EXPERIMENTS.items():
        subject = {"experiment": experiment, "batch_size": BATCH, "points": problem.points,
                   "hidden_size": problem.hidden}
        ours = Ours(program, experiment, [f"trainer.batch_size={BATCH}"])
        yield subject, ours, HullTwin(problem)


if __name__ == "__main__":
    run("pointing_step", __doc__.splitlines()[0], pairs)
