"""Times a step of global and of local attention as the source grows to 1,000 symbols.

    python benchmarks/attention_cost.py [--rounds 7] [--record]

One step of decoding, 16 sentences, 256 units, the general score, D = 10; keys are projected before
the clock starts, as a decoder does once per sentence. --record writes
benchmarks/results/attention_cost.json.
"""

from cost_by_length import run

LENGTHS = [10, 25, 50, 100, 200, 400, 700, 1000]
WINDOWS = ["global", "local_m", "local_p"]

if __name__ == "__main__":
    run("attention_cost", __doc__.splitlines()[0], LENGTHS, "source", WINDOWS, "window")
