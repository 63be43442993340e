"""Times how many sentences a second trained models translate, greedily and by a beam of 5.

    for model in bahdanau luong transformer; do ./zoo reproduce $model/deu_eng; done
    python benchmarks/decoding.py [--rounds 5] [--record]

Sentences of the test side, of all lengths, 64 in a batch. --record writes
benchmarks/results/decoding.json.
"""

import argparse
import os
import statistics

from records import PROGRAMS, Program, write_record

EXPERIMENTS = ["bahdanau/deu_eng", "luong/deu_eng", "transformer/deu_eng"]
BATCH = 64
BATCHES = 9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write benchmarks/results")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    rows = []
    for experiment in EXPERIMENTS:
        program = Program(PROGRAMS / "zoo_decode_sentences", experiment, BATCH, BATCHES)
        program.ask(1)  # warm
        rounds = [(program.ask(1)[0], program.ask(5)[0]) for _ in range(arguments.rounds)]
        program.close()
        greedy, beam = (statistics.median(speeds) for speeds in zip(*rounds))
        rows.append({"experiment": experiment, "batch_size": BATCH,
                     "greedy_sentences_a_second": round(greedy, 1),
                     "beam_5_sentences_a_second": round(beam, 1)})
        print("{experiment}: {greedy_sentences_a_second} sentences a second greedily, "
              "{beam_5_sentences_a_second} by a beam of 5".format(**rows[-1]))
    if arguments.record:
        write_record("decoding", rows, rounds=arguments.rounds)


if __name__ == "__main__":
    main()
