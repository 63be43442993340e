"""Times a training step of the copy task: this project's against its eager Python twin's.

    python benchmarks/copy_step.py [--rounds 15] [--record]

Both sides train the same model on sequences of one length with the same optimiser, one thread
each, in turn: A B A B ... in one run, so that a machine whose speed drifts is the same for both.
The figure is the ratio of the two, round by round. --record writes benchmarks/results/copy_step.json.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "python"))

import torch  # noqa: E402

from lstm import Lstm  # noqa: E402
from machine import processor  # noqa: E402
from neural_turing_machine import NeuralTuringMachine  # noqa: E402
from optimizers import GravesRmsprop, clip_norm, clip_value  # noqa: E402
from transduction import bits_per_sequence, copy_batch  # noqa: E402

LENGTH = 10
SECONDS_A_TURN = 0.5
SIZES = {"input_size": 9, "output_size": 8}
EXPERIMENTS = {
    "neural_turing_machine/copy": (
        lambda: NeuralTuringMachine(**SIZES, controller="feedforward"), clip_value, 1e-4),
    "neural_turing_machine/copy_lstm_controller": (
        lambda: NeuralTuringMachine(**SIZES, controller="lstm"), clip_value, 1e-4),
    "lstm/copy": (lambda: Lstm(**SIZES), clip_value, 3e-5),
}


class Ours:
    def __init__(self, program, experiment, batch):
        self.process = subprocess.Popen(
            [program, experiment, f"trainer.batch_size={batch}",
             f"dataset.copy.min_length={LENGTH}", f"dataset.copy.max_length={LENGTH}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, steps):
        print(steps, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("the C++ side ended; see its message above")
        return float(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Twin:
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

    def seconds(self, steps):
        start = time.perf_counter()
        for _ in range(steps):
            self.step()
        return time.perf_counter() - start

    def close(self):
        pass


def steps_a_turn(side):
    side.seconds(5)  # warm
    return max(1, round(SECONDS_A_TURN * 5 / side.seconds(5)))


def compare(program, experiment, batch, rounds):
    sides = {"ours": Ours(program, experiment, batch), "twin": Twin(experiment, batch)}
    steps = {name: steps_a_turn(side) for name, side in sides.items()}
    times = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            times[name].append(side.seconds(steps[name]) / steps[name])
    for side in sides.values():
        side.close()
    ratios = sorted(twin / ours for ours, twin in zip(times["ours"], times["twin"]))
    return {
        "experiment": experiment,
        "batch_size": batch,
        "length": LENGTH,
        "ours_milliseconds": round(1e3 * statistics.median(times["ours"]), 3),
        "twin_milliseconds": round(1e3 * statistics.median(times["twin"]), 3),
        "times_as_fast": round(statistics.median(ratios), 2),
        "times_as_fast_lowest": round(ratios[0], 2),
        "times_as_fast_highest": round(ratios[-1], 2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--record", action="store_true", help="write benchmarks/results")
    parser.add_argument(
        "--program", default=str(ROOT / "build/release/benchmarks/zoo_train_steps"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    rows = []
    for experiment in EXPERIMENTS:
        for batch in (1, 16):
            row = compare(arguments.program, experiment, batch, arguments.rounds)
            rows.append(row)
            print("{experiment}, batch {batch_size}: {ours_milliseconds} ms, twin "
                  "{twin_milliseconds} ms: {times_as_fast} times as fast "
                  "({times_as_fast_lowest} to {times_as_fast_highest})".format(**row), flush=True)
    if arguments.record:
        record = {
            "command": "python benchmarks/copy_step.py --record",
            "rounds": arguments.rounds,
            "torch": torch.__version__,
            "processor": processor(),
            "threads": 1,
            "date": datetime.date.today().isoformat(),
            "rows": rows,
        }
        path = ROOT / "benchmarks" / "results" / "copy_step.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
