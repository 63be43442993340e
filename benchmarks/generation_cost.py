"""Times a symbol of a continuation as the text grows to 2,000 symbols.

    python benchmarks/generation_cost.py [--rounds 7] [--record]

The language model of transformer/tiny_shakespeare, one text: from the keys and values of what was
read, and from the text read anew. --record writes benchmarks/results/generation_cost.json.
"""

from cost_by_length import run

LENGTHS = [10, 125, 250, 500, 1000, 1500, 2000]
WAYS = ["cache", "read anew"]

if __name__ == "__main__":
    run("generation_cost", __doc__.splitlines()[0], LENGTHS, "symbols", WAYS, "way")
