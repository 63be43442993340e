"""Times a step of global and of local attention as the source grows to 1,000 symbols.

    python benchmarks/attention_cost.py [--rounds 7] [--record]

One step of decoding, 16 sentences, 256 units, the general score, D = 10; keys are projected before
the clock starts, as a decoder does once per sentence. --record writes
benchmarks/results/attention_cost.json.
"""

import argparse
import os
import statistics

from records import PROGRAMS, Program, write_record

LENGTHS = [10, 25, 50, 100, 200, 400, 700, 1000]
WINDOWS = ["global", "local_m", "local_p"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--record", action="store_true", help="write benchmarks/results")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    program = Program(PROGRAMS / "zoo_attention_cost")
    rows = []
    for length in LENGTHS:
        rounds = [program.ask(length) for _ in range(arguments.rounds)]
        for window, times in zip(WINDOWS, zip(*rounds)):
            rows.append({"window": window, "source": length,
                         "microseconds": round(statistics.median(times), 1),
                         "microseconds_lowest": round(min(times), 1),
                         "microseconds_highest": round(max(times), 1)})
            print("{window}, {source} symbols: {microseconds} us a step".format(**rows[-1]))
    program.close()
    if arguments.record:
        write_record("attention_cost", rows, rounds=arguments.rounds)


if __name__ == "__main__":
    main()
