"""Times a training step of this project's against that of its eager Python twin.

Both sides train the same model with the same optimiser, one thread each, in turn: A B A B ... in
one run, so that a machine whose speed drifts is the same for both. The figure is the ratio of the
two, round by round. Import this before torch: it sets the number of threads.
"""

import argparse
import os
import statistics
import sys
import time

from records import PROGRAMS, ROOT, Program, write_record

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(ROOT / "python"))

import torch  # noqa: E402

SECONDS_A_TURN = 0.5


class Ours(Program):
    """The C++ side: zoo_train_steps with an experiment."""

    def __init__(self, program, experiment, settings):
        super().__init__(program, experiment, *settings)

    def seconds(self, steps):
        return self.ask(steps)[0]


class Twin:
    """The Python side; what derives from it has a step()."""

    steps_a_turn = None  # of both sides, where the steps differ so that each needs the same ones

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


def compare(ours, twin, rounds):
    """The figures of a row; closes both sides."""
    sides = {"ours": ours, "twin": twin}
    if twin.steps_a_turn:
        steps = dict.fromkeys(sides, twin.steps_a_turn)
        for side in sides.values():
            side.seconds(twin.steps_a_turn)  # warm
    else:
        steps = {name: steps_a_turn(side) for name, side in sides.items()}
    times = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            times[name].append(side.seconds(steps[name]) / steps[name])
    for side in sides.values():
        side.close()
    ratios = sorted(twin / ours for ours, twin in zip(times["ours"], times["twin"]))
    return {
        "ours_milliseconds": round(1e3 * statistics.median(times["ours"]), 3),
        "twin_milliseconds": round(1e3 * statistics.median(times["twin"]), 3),
        "times_as_fast": round(statistics.median(ratios), 2),
        "times_as_fast_lowest": round(ratios[0], 2),
        "times_as_fast_highest": round(ratios[-1], 2),
    }


def run(name, summary, pairs):
    """The command line of a benchmark, and its record, benchmarks/results/<name>.json.

    pairs(program) yields for each row what it is of (a dictionary with experiment and batch_size,
    and symbols_a_step where the speed in symbols of the target matters) and its two sides.
    """
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--record", action="store_true", help="write benchmarks/results")
    parser.add_argument(
        "--program", default=str(PROGRAMS / "zoo_train_steps"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    rows = []
    for subject, ours, twin in pairs(arguments.program):
        row = subject | compare(ours, twin, arguments.rounds)
        if "symbols_a_step" in row:
            row["symbols_a_second"] = round(1e3 * row["symbols_a_step"] / row["ours_milliseconds"])
        rows.append(row)
        print("{experiment}, batch {batch_size}: {ours_milliseconds} ms, twin "
              "{twin_milliseconds} ms: {times_as_fast} times as fast "
              "({times_as_fast_lowest} to {times_as_fast_highest})".format(**row), flush=True)
    if arguments.record:
        write_record(name, rows, rounds=arguments.rounds, torch=torch.__version__)
