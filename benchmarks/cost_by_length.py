"""What the benchmarks share that time one operation at several lengths, in several ways."""

import argparse
import os
import statistics

from records import PROGRAMS, Program, write_record


def run(name, description, lengths, length_name, ways, way_name):
    """Times zoo_<name>, which answers a length with the microseconds of each way.

    A row is {way_name: way, length_name: length, "microseconds": median, ...}.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--record", action="store_true", help="write benchmarks/results")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    program = Program(PROGRAMS / f"zoo_{name}")
    rows = []
    for length in lengths:
        rounds = [program.ask(length) for _ in range(arguments.rounds)]
        for way, times in zip(ways, zip(*rounds)):
            rows.append({way_name: way, length_name: length,
                         "microseconds": round(statistics.median(times), 1),
                         "microseconds_lowest": round(min(times), 1),
                         "microseconds_highest": round(max(times), 1)})
            print(f"{way}, {length} symbols: {rows[-1]['microseconds']} us")
    program.close()
    if arguments.record:
        write_record(name, rows, rounds=arguments.rounds)
