"""What the goldens of each model need: parameters, data, training recipes and what is looked at."""

from typing import Callable, NamedTuple

import torch
from torch import Tensor

from bahdanau import Bahdanau
from golden_cases import Case
from lstm import Lstm
from lstmn import Lstmn
from luong import Luong
from neural_turing_machine import NeuralTuringMachine
from optimizers import Adadelta, Adam, GravesRmsprop, clip_norm, clip_value, noam_rate
from perceptron import Perceptron
from pointer_network import PointerNetwork
from pointing import pointing_loss
from seq2seq import Seq2seq
from transduction import bits_per_sequence
from transformer import Transformer, TransformerLanguageModel
from translation import END, PADDING, decoder_inputs, translation_loss

STEPS = 10
LENGTHS = (7, 4, 5)
TARGET_LENGTHS = (6, 3, 5)
SOURCE_LENGTHS = (5, 7, 2)


def draw_vectors(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """Inputs [B, 7, I], binary targets [B, 7, O] and a mask [B, 7] that differs by sequence."""
    steps, options = 7, case.options
    shape = (case.batch, steps)
    inputs = torch.randn(*shape, options["input_size"], generator=generator, dtype=torch.float64)
    targets = torch.randint(2, (*shape, options["output_size"]), generator=generator).double()
    first = 1 + torch.arange(case.batch).unsqueeze(1)  # [B, 1], the first step that counts
    mask = (torch.arange(steps) >= first).double()
    return {"inputs": inputs, "targets": targets, "mask": mask}


def draw_points(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """Points [B, 7, F] and, of any of an example's own points, targets [B, 6] until the end."""
    lengths, target_lengths = torch.tensor(LENGTHS), torch.tensor(TARGET_LENGTHS)
    shape = (case.batch, max(LENGTHS), case.options["input_size"])
    points = torch.randn(shape, generator=generator, dtype=torch.float64)
    targets = torch.zeros(case.batch, max(TARGET_LENGTHS), dtype=torch.int64)
    for example, (length, steps) in enumerate(zip(LENGTHS, TARGET_LENGTHS)):
        points[example, length:] = 0
        targets[example, : steps - 1] = torch.randint(
            1, length + 1, (steps - 1,), generator=generator
        )
    return {
        "points": points,
        "lengths": lengths,
        "targets": targets,
        "target_lengths": target_lengths,
    }


def draw_symbols(shape: tuple, lengths: Tensor, symbols: int, generator: torch.Generator) -> Tensor:
    """Sequences of symbols that end in END, and are padded. [B, S]."""
    drawn = torch.randint(END + 1, symbols, shape, generator=generator)
    ends = lengths.unsqueeze(1) - 1
    place = torch.arange(shape[1])
    return drawn.masked_fill(place == ends, END).masked_fill(place > ends, PADDING)


def draw_sentences(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """Source [B, 7] and target [B, 6]."""
    source_lengths = torch.tensor(SOURCE_LENGTHS)
    target_lengths = torch.tensor(TARGET_LENGTHS)
    sources, targets = case.options["source_vocabulary"], case.options["target_vocabulary"]
    shapes = [(case.batch, max(lengths)) for lengths in (SOURCE_LENGTHS, TARGET_LENGTHS)]
    return {
        "source": draw_symbols(shapes[0], source_lengths, sources, generator),
        "source_lengths": source_lengths,
        "target": draw_symbols(shapes[1], target_lengths, targets, generator),
        "target_lengths": target_lengths,
    }


def draw_text(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """Tokens [B, 7] that start with BEGIN, and as the target [B, 7] what comes after each."""
    lengths = torch.tensor(LENGTHS)
    shape = (case.batch, max(LENGTHS))
    target = draw_symbols(shape, lengths, case.options["vocabulary"], generator)
    return {"tokens": decoder_inputs(target), "target": target, "target_lengths": lengths}


class Recipe(NamedTuple):
    """How a model is trained."""

    name: str
    optimizer: Callable
    options: dict
    clip: Callable | None = None
    limit: float = 0.0
    noam: dict[str, float] = {}  # warmup and factor, where the learning rate is noam_rate()

    def train(self, model: torch.nn.Module, loss: Callable[[], Tensor]) -> None:
        """Ten steps on one batch."""
        optimizer = self.optimizer(model.parameters(), **self.options)
        for step in range(1, STEPS + 1):
            if self.noam:
                optimizer.param_groups[0]["lr"] = noam_rate(step, model.model_size, **self.noam)
            optimizer.zero_grad()
            loss().backward()
            if self.clip is not None:
                self.clip(model.parameters(), self.limit)
            optimizer.step()

    def metadata(self) -> dict:
        clipping = {} if self.clip is None else {self.clip.__name__: self.limit}
        schedule = {"schedule": "noam", **self.noam} if self.noam else {}
        return {"name": self.name, **self.options, **clipping, **schedule, "steps": STEPS}


class Sgd(torch.optim.SGD):
    """Plain: parameter <- parameter - learning_rate gradient."""

    def __init__(self, parameters, learning_rate: float):
        super().__init__(parameters, lr=learning_rate)


def see_nothing(model: torch.nn.Module, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    return {}


def see_memory(model: NeuralTuringMachine, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    trace = model.trace(batch["inputs"])
    return {
        "read_weights": trace.read_weights,
        "write_weights": trace.write_weights,
        "memory": trace.memory[:, -1],
    }


def see_attention(model: torch.nn.Module, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    if model.attention is None:
        return {}
    asked = (batch[name] for name in ("source", "source_lengths", "target"))
    return {"attention": model.attention_weights(*asked)}


def see_tapes(model: Lstmn, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    return {"intra_attention": torch.stack(model.intra_attention(batch["tokens"]))}


def see_heads(model: Transformer, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    asked = (batch[name] for name in ("source", "source_lengths", "target"))
    weights = model.attention_weights(*asked)
    return {f"attention/{name}": weight for name, weight in weights.items()}


def see_decoder_heads(
    model: TransformerLanguageModel, batch: dict[str, Tensor]
) -> dict[str, Tensor]:
    weights = model.attention_weights(batch["tokens"])
    return {f"attention/{name}": weight for name, weight in weights.items()}


class Kind(NamedTuple):
    """What goes into a model, what is asked of it, and how it is trained."""

    model: type[torch.nn.Module]
    spread: float  # of the starting parameters, but for `spreads`
    draw: Callable[[Case, torch.Generator], dict[str, Tensor]]
    inputs: tuple[str, ...]
    loss: Callable[..., Tensor]
    compared: tuple[str, ...]  # what the loss compares the logits with
    recipe: Recipe
    observe: Callable[[torch.nn.Module, dict[str, Tensor]], dict[str, Tensor]] = see_nothing
    spreads: dict[str, float] = {}  # by how a name ends, of parameters that have one of their own

    def fill(self, model: torch.nn.Module, generator: torch.Generator) -> None:
        """Replaces parameters and buffers by normal numbers; no attention should be flat."""
        with torch.no_grad():
            for name, tensor in sorted(model.state_dict().items()):
                drawn = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
                spreads = (spread for end, spread in self.spreads.items() if name.endswith(end))
                tensor.copy_(next(spreads, self.spread) * drawn)

    def answer(self, model: torch.nn.Module, batch: dict[str, Tensor]) -> Tensor:
        return model(*(batch[name] for name in self.inputs))

    def judge(self, logits: Tensor, batch: dict[str, Tensor], case: Case) -> Tensor:
        return self.loss(logits, *(batch[name] for name in self.compared), **case.loss)


GRAVES = Recipe(
    "graves_rmsprop",
    GravesRmsprop,
    {"learning_rate": 1e-3, "decay": 0.95, "momentum": 0.9, "epsilon": 1e-4},
    clip_value,
    10.0,
)
VINYALS = Recipe("sgd", Sgd, {"learning_rate": 0.5}, clip_norm, 2.0)
BAHDANAU = Recipe("adadelta", Adadelta, {"decay": 0.95, "epsilon": 1e-6}, clip_norm, 1.0)
LUONG = Recipe("sgd", Sgd, {"learning_rate": 1.0}, clip_norm, 5.0)
CHENG = Recipe("sgd", Sgd, {"learning_rate": 0.65}, clip_norm, 5.0)
# Where a gradient is near zero, Adam makes steps of its rounding unless epsilon is larger than the
# rounding; those of the biases of keys are zero, for a softmax does not see what all scores share.
VASWANI = Recipe(
    "adam",
    Adam,
    {"beta1": 0.9, "beta2": 0.98, "epsilon": 1e-3},
    noam={"warmup": 4, "factor": 0.1},
)
RADFORD = Recipe(
    "adam",
    Adam,
    {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-4},
    clip_norm,
    1.0,
)


def transduces(model: type[torch.nn.Module], recipe: Recipe = GRAVES) -> Kind:
    inputs, compared = ("inputs",), ("targets", "mask")
    spreads = {"initial_weights": 1.0, "initial_memory": 0.5}
    spreads |= {"heads.weight": 0.7, "heads.bias": 0.7}
    observe = see_memory if model is NeuralTuringMachine else see_nothing
    return Kind(
        model, 0.3, draw_vectors, inputs, bits_per_sequence, compared, recipe, observe, spreads
    )


def points_at(model: type[torch.nn.Module]) -> Kind:
    inputs, compared = ("points", "lengths", "targets"), ("targets", "target_lengths")
    return Kind(model, 0.6, draw_points, inputs, pointing_loss, compared, VINYALS)


def translates(
    model: type[torch.nn.Module],
    recipe: Recipe,
    spread: float,
    spreads: dict[str, float],
    observe: Callable = see_attention,
) -> Kind:
    inputs, compared = ("source", "source_lengths", "target"), ("target", "target_lengths")
    judged = (translation_loss, compared, recipe)
    return Kind(model, spread, draw_sentences, inputs, *judged, observe, spreads)


def continues(
    model: type[torch.nn.Module],
    recipe: Recipe,
    spread: float,
    spreads: dict[str, float],
    observe: Callable = see_tapes,
) -> Kind:
    inputs, compared = ("tokens",), ("target", "target_lengths")
    judged = (translation_loss, compared, recipe)
    return Kind(model, spread, draw_text, inputs, *judged, observe, spreads)


BAHDANAU_SPREADS = {"attention.score": 2.0, "attention.query.weight": 1.5}
LUONG_SPREADS = {
    "attention.concat.score": 1.5,
    "attention.general.weight": 3.0,
    "attention.position_score": 2.0,
    "decoder.weight_ih_l0": 1.5,
    "decoder.weight_ih_l1": 3.0,
    "encoder.weight_ih_l0": 1.5,
    "encoder.weight_ih_l1": 3.0,
    "output.weight": 0.7,
}
LSTMN_SPREADS = {"layers.0.attention.score": 3.0, "layers.1.attention.score": 3.0}
LAYERED_SPREADS = {
    "norm.weight": 0.8,
    "embedding.weight": 0.35,
    "positions.weight": 0.35,
    "merge.weight": 0.2,
    "second.weight": 0.2,
    "cross_attention.query.weight": 1.1,
    "cross_attention.key_value.weight": 1.1,
    "bias": 0.2,
}

KINDS = {
    "neural_turing_machine": transduces(NeuralTuringMachine),
    "lstm": transduces(Lstm),
    "pointer_network": points_at(PointerNetwork),
    "seq2seq": points_at(Seq2seq),
    "bahdanau": translates(Bahdanau, BAHDANAU, 0.6, BAHDANAU_SPREADS),
    "luong": translates(Luong, LUONG, 1.0, LUONG_SPREADS),
    "lstmn": continues(Lstmn, CHENG, 1.0, LSTMN_SPREADS),
    "transformer": translates(Transformer, VASWANI, 0.6, LAYERED_SPREADS, see_heads),
    "transformer_language_model": continues(
        TransformerLanguageModel, RADFORD, 0.5, LAYERED_SPREADS, see_decoder_heads
    ),
    "perceptron": transduces(Perceptron, BAHDANAU),
}


