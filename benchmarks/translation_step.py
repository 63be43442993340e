"""Times a training step of translation: this project's models against their Python twins.

    python benchmarks/translation_step.py [--rounds 15] [--record]

Both sides train the same model by the experiment's recipe, as versus.py says: the experiments on
alignments on generated pairs of one length, those on text on the very batches that the experiment
trains on, padding included, in the same order. --record writes
benchmarks/results/translation_step.json.
"""

from versus import Ours, Twin, run  # first: it sets the number of threads and the path

import itertools
import json
import statistics
import subprocess
from pathlib import Path
from typing import NamedTuple

import torch
from torch.nn.utils.rnn import pad_sequence

from bahdanau import Bahdanau
from luong import Luong
from optimizers import clip_norm
from transformer import Transformer
from translation import END, translation_loss

WORDS = 11  # of a generated sentence, its end not counted
BUCKET = 20  # batches of text, of sentences of all lengths together: a turn
POOL = 16 * BUCKET  # batches of text; with more rounds than 15 they come again


class Problem(NamedTuple):
    """An experiment as its configuration has it."""

    model: type
    options: dict
    symbols: int  # of either language, the four special ones included
    learning_rate: float
    label_smoothing: float = 0.0
    batch: int = 0  # of generated pairs; 0: text, as many as the experiment says


class Batch(NamedTuple):
    source: torch.Tensor  # [B, S]
    source_lengths: torch.Tensor  # [B]
    target: torch.Tensor  # [B, T]
    target_lengths: torch.Tensor  # [B]


ALIGNED = {"embedding_size": 64, "hidden_size": 128}
RNNSEARCH = {"embedding_size": 256, "hidden_size": 256, "alignment_size": 256, "maxout_size": 256,
             "readout_state": "current"}
STACKED = {"embedding_size": 256, "hidden_size": 256, "layers": 1}
TRANSFORMER = {"model_size": 256, "feed_forward_size": 512, "heads": 8, "layers": 3,
               "dropout": 0.0, "tying": "all", "fused": True}

EXPERIMENTS = {
    "bahdanau/align_additive": Problem(
        Bahdanau, ALIGNED | {"alignment_size": 128, "maxout_size": 64}, 34, 2e-3, batch=64),
    "bahdanau/deu_eng": Problem(Bahdanau, RNNSEARCH, 8000, 1e-3, 0.1),
    "luong/align_general": Problem(
        Luong, ALIGNED | {"layers": 1, "score": "general", "input_feeding": True}, 34, 2e-3,
        batch=64),
    "luong/deu_eng": Problem(
        Luong, STACKED | {"score": "general", "input_feeding": True}, 8000, 4e-3, 0.1),
    "transformer/deu_eng": Problem(Transformer, TRANSFORMER, 8000, 1e-3, 0.1),
}


class TranslationTwin(Twin):
    def __init__(self, problem, batches):
        torch.manual_seed(1)
        self.model = problem.model(source_vocabulary=problem.symbols,
                                   target_vocabulary=problem.symbols, **problem.options)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=problem.learning_rate)
        self.label_smoothing = problem.label_smoothing
        self.batches = batches

    def step(self):
        batch = next(self.batches)
        self.optimizer.zero_grad()
        logits = self.model(batch.source, batch.source_lengths, batch.target)
        translation_loss(logits, batch.target, batch.target_lengths,
                         self.label_smoothing).backward()
        clip_norm(self.model.parameters(), 1.0)
        self.optimizer.step()


def generated(problem):
    """Pairs of one length, without end."""
    lengths = torch.full([problem.batch], WORDS + 1)
    while True:
        words = torch.randint(END + 1, problem.symbols, [2, problem.batch, WORDS])
        source, target = torch.nn.functional.pad(words, (0, 1), value=END)
        yield Batch(source, lengths, target, lengths)


def written(experiment, program):
    """The first batches of text that the experiment trains on."""
    lines = subprocess.run([program.with_name("zoo_write_batches"), experiment, "0", str(POOL)],
                           check=True, capture_output=True, text=True).stdout.splitlines()
    batches = []
    for sides in map(json.loads, lines):
        tensors = []
        for side in (sides["source"], sides["target"]):
            tensors.append(pad_sequence([torch.tensor(sentence) for sentence in side],
                                        batch_first=True))
            tensors.append(torch.tensor([len(sentence) for sentence in side]))
        batches.append(Batch(*tensors))
    return batches


def units_of(options):
    return options["hidden_size"] if "hidden_size" in options else options["model_size"]


def generated_pair(experiment, problem, program):
    subject = {"batch_size": problem.batch, "words": WORDS,
               "symbols_a_step": problem.batch * (WORDS + 1)}
    data = (f"dataset={{alignment: {{symbols: {problem.symbols - END - 1}, "
            f"min_length: {WORDS}, max_length: {WORDS}}}}}")
    settings = [data, f"trainer.batch_size={problem.batch}"]
    return subject, settings, TranslationTwin(problem, generated(problem))


def text_pair(experiment, problem, program):
    batches = written(experiment, program)
    pairs = statistics.mean(len(batch.source) for batch in batches)
    symbols = statistics.mean(int(batch.target_lengths.sum()) for batch in batches)
    subject = {"batch_size": round(pairs), "symbols_a_step": round(symbols)}
    twin = TranslationTwin(problem, itertools.cycle(batches))
    twin.steps_a_turn = BUCKET
    return subject, [], twin


def pairs(program):
    for experiment, problem in EXPERIMENTS.items():
        pair = generated_pair if problem.batch else text_pair
        subject, settings, twin = pair(experiment, problem, Path(program))
        # The twin leaves dropout out.
        settings.append(f"model.{experiment.split('/')[0]}.dropout=0")
        subject |= {"experiment": experiment, "hidden_size": units_of(problem.options),
                    "symbols": problem.symbols}
        yield subject, Ours(program, experiment, settings), twin


if __name__ == "__main__":
    run("translation_step", __doc__.splitlines()[0], pairs)
