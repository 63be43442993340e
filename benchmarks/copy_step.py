"""Times a training step of the copy task: this project's against its eager Python twin's.

    python benchmarks/copy_step.py [--rounds 15] [--record]

Both sides train the same model on sequences of one length with the same optimiser, as versus.py
says. --record writes benchmarks/results/copy_step.json.
"""

from versus import Ours, Twin, run  # first: it sets the number of threads and the path

import torch

from lstm import Lstm
from neural_turing_machine import NeuralTuringMachine
from optimizers import GravesRmsprop, clip_value
from transduction import bits_per_sequence, copy_batch

LENGTH = 10
SIZES = {"input_size": 9, "output_size": 8}
EXPERIMENTS = {
    "neural_turing_machine/copy": (
        lambda: NeuralTuringMachine(**SIZES, controller="feedforward"), clip_value, 1e-4),
    "neural_turing_machine/copy_lstm_controller": (
        lambda: NeuralTuringMachine(**SIZES, controller="lstm"), clip_value, 1e-4),
    "lstm/copy": (lambda: Lstm(**SIZES), clip_value, 3e-5),
}


class CopyTwin(Twin):
    def __init__(self, experiment, batch):
        make, self.clip, rate = EXPERIMENTS[experiment]
        torch.manual_seed(1)
        self.model = make()
        self.optimizer = GravesRmsprop(self.model.parameters(), learning_rate=rate)
        self.batch = batch
        self.generator = torch.Generator().manual_seed(1)

    def step(self):
        inputs, targets, mask = copy_batch(self.batch, LENGTH, 8, self.generator)
        self.optimizer.zero_grad()
        bits_per_sequence(self.model(inputs), targets, mask).backward()
        self.clip(self.model.parameters(), 10.0)
        self.optimizer.step()


def pairs(program):
    for experiment in EXPERIMENTS:
        for batch in (1, 16):
            subject = {"experiment": experiment, "batch_size": batch, "length": LENGTH}
            ours = Ours(program, experiment, [
                f"trainer.batch_size={batch}", f"dataset.copy.min_length={LENGTH}",
                f"dataset.copy.max_length={LENGTH}"])
            yield subject, ours, CopyTwin(experiment, batch)


if __name__ == "__main__":
    run("copy_step", __doc__.splitlines()[0], pairs)
