"""Times a symbol of a continuation as the text grows to 2,000 symbols.

    python benchmarks/generation_cost.py [--rounds 7] [--record]

The language model of transformer/tiny_shakespeare, one text: from the keys and values of what was
read, and from the text read anew. --record writes benchmarks/results/generation_cost.json.
"""

import argparse
import os
import statistics

from records import PROGRAMS, Program, write_record

LENGTHS = [10, 125, 250, 500, 1000, 1500, 2000]
WAYS = ["cache", "read anew"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--record", action="store_true", help="write benchmarks/results")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    program = Program(PROGRAMS / "zoo_generation_cost")
    rows = []
    for length in LENGTHS:
        rounds = [program.ask(length) for _ in range(arguments.rounds)]
        for way, times in zip(WAYS, zip(*rounds)):
            rows.append({"way": way, "symbols": length,
                         "microseconds": round(statistics.median(times), 1),
                         "microseconds_lowest": round(min(times), 1),
                         "microseconds_highest": round(max(times), 1)})
            print("{way}, {symbols} symbols: {microseconds} us a symbol".format(**rows[-1]))
    program.close()
    if arguments.record:
        write_record("generation_cost", rows, rounds=arguments.rounds)


if __name__ == "__main__":
    main()
