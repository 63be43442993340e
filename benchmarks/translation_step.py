"""Times a training step of translation: this project's models against their Python twins.

    python benchmarks/translation_step.py [--rounds 15] [--record]

Both sides train the same model on generated pairs of one length by the experiment's recipe, as
versus.py says: the experiments on alignments, and the models for text with their 8,000 symbols.
--record writes benchmarks/results/translation_step.json.
"""

from versus import Ours, Twin, run  # first: it sets the number of threads and the path

from typing import NamedTuple

import torch

from bahdanau import Bahdanau
from luong import Luong
from optimizers import clip_norm
from transformer import Transformer
from translation import END, translation_loss

WORDS = 11  # of a sentence, its end not counted


class Problem(NamedTuple):
    """An experiment as its configuration has it."""

    model: type
    options: dict
    symbols: int  # of either language, the four special ones included
    batch: int
    learning_rate: float
    label_smoothing: float = 0.0


ALIGNED = {"embedding_size": 64, "hidden_size": 128}
RNNSEARCH = {"embedding_size": 256, "hidden_size": 256, "alignment_size": 256, "maxout_size": 256,
             "readout_state": "current"}
STACKED = {"embedding_size": 256, "hidden_size": 256, "layers": 1}
TRANSFORMER = {"model_size": 256, "feed_forward_size": 512, "heads": 8, "layers": 3,
               "dropout": 0.0, "tying": "all", "fused": True}

EXPERIMENTS = {
    "bahdanau/align_additive": Problem(
        Bahdanau, ALIGNED | {"alignment_size": 128, "maxout_size": 64}, 34, 64, 2e-3),
    "bahdanau/deu_eng": Problem(Bahdanau, RNNSEARCH, 8000, 80, 1e-3, 0.1),
    "luong/align_general": Problem(
        Luong, ALIGNED | {"layers": 1, "score": "general", "input_feeding": True}, 34, 64, 2e-3),
    "luong/deu_eng": Problem(
        Luong, STACKED | {"score": "general", "input_feeding": True}, 8000, 80, 1e-3, 0.1),
    "transformer/deu_eng": Problem(Transformer, TRANSFORMER, 8000, 80, 1e-3, 0.1),
}


class TranslationTwin(Twin):
    def __init__(self, problem):
        torch.manual_seed(1)
        self.model = problem.model(source_vocabulary=problem.symbols,
                                   target_vocabulary=problem.symbols, **problem.options)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=problem.learning_rate)
        self.problem = problem
        self.lengths = torch.full([problem.batch], WORDS + 1)

    def sentences(self):
        size = [self.problem.batch, WORDS]
        words = torch.randint(END + 1, self.problem.symbols, size)
        return torch.nn.functional.pad(words, (0, 1), value=END)

    def step(self):
        source, target = self.sentences(), self.sentences()
        self.optimizer.zero_grad()
        logits = self.model(source, self.lengths, target)
        translation_loss(logits, target, self.lengths, self.problem.label_smoothing).backward()
        clip_norm(self.model.parameters(), 1.0)
        self.optimizer.step()


def units_of(options):
    return options["hidden_size"] if "hidden_size" in options else options["model_size"]


def pairs(program):
    for experiment, problem in EXPERIMENTS.items():
        subject = {"experiment": experiment, "batch_size": problem.batch, "words": WORDS,
                   "hidden_size": units_of(problem.options), "symbols": problem.symbols,
                   "symbols_a_step": problem.batch * (WORDS + 1)}
        # The twin leaves dropout out.
        dropout = f"model.{experiment.split('/')[0]}.dropout=0"
        data = (f"dataset={{alignment: {{symbols: {problem.symbols - END - 1}, "
                f"min_length: {WORDS}, max_length: {WORDS}}}}}")
        settings = [data, dropout, f"trainer.batch_size={problem.batch}"]
        yield subject, Ours(program, experiment, settings), TranslationTwin(problem)


if __name__ == "__main__":
    run("translation_step", __doc__.splitlines()[0], pairs)
