"""Makes and checks the goldens: what the reference models compute on small fixed problems.

    python python/goldens.py --write
    python python/goldens.py --check

The layout of a golden is in README.md, next to this file.
"""

import argparse
import json
import pathlib
import sys
from typing import Callable, NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from lstm import Lstm
from neural_turing_machine import NeuralTuringMachine
from optimizers import GravesRmsprop, clip_norm, clip_value
from pointer_network import PointerNetwork
from pointing import pointing_loss
from seq2seq import Seq2seq
from transduction import bits_per_sequence

FORMAT = "attention-zoo golden 1"
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "goldens"
SEED = 20140
STEPS = 10
TOLERANCES = {torch.float32: 1e-6, torch.float64: 1e-12}
SIZES = {"input_size": 5, "output_size": 4}
SPREADS = {"initial_weights": 1.0, "initial_memory": 0.5, "heads.weight": 0.7, "heads.bias": 0.7}
MEMORY = {"controller_size": 13, "memory_rows": 11, "memory_columns": 5}
POINTS = {"input_size": 2, "hidden_size": 11}
DICTIONARY = POINTS | {"most_points": 8}  # larger than the batch needs
LENGTHS = (7, 4, 5)
TARGET_LENGTHS = (6, 3, 5)


class Case(NamedTuple):
    """One problem; it becomes a file for each of float32 and float64."""

    model: str
    name: str
    batch: int
    options: dict

    def kind(self) -> "Kind":
        return KINDS[self.model]

    def path(self, dtype: torch.dtype) -> pathlib.Path:
        suffix = str(dtype).removeprefix("torch.")
        return FOLDER / self.model / f"{self.name}_{suffix}.safetensors"


def turing(name: str, batch: int, **options) -> Case:
    defaults = {
        "controller_layers": 1,
        "read_heads": 1,
        "write_heads": 1,
        "shift_range": 1,
        "memory_initialisation": "constant",
    }
    return Case("neural_turing_machine", name, batch, SIZES | MEMORY | defaults | options)


CASES = [
    turing("feedforward", 2, controller="feedforward"),
    turing(
        "feedforward_heads",
        3,
        controller="feedforward",
        controller_layers=2,
        read_heads=2,
        write_heads=3,
        shift_range=2,
        memory_initialisation="learned",
    ),
    turing("lstm", 3, controller="lstm", memory_initialisation="random"),
    turing(
        "lstm_heads",
        2,
        controller="lstm",
        controller_size=10,
        controller_layers=2,
        read_heads=2,
        write_heads=2,
    ),
    Case("lstm", "stacked", 3, SIZES | {"hidden_size": 7, "layers": 3}),
    Case("pointer_network", "ragged", len(LENGTHS), POINTS),
    Case("seq2seq", "plain", len(LENGTHS), DICTIONARY | {"attention": "none"}),
    Case("seq2seq", "attention", len(LENGTHS), DICTIONARY | {"attention": "additive"}),
]


def draw_parameters(model: torch.nn.Module, spread: float, generator: torch.Generator) -> None:
    """Replaces parameters and buffers by normal numbers, spread so that no attention is flat."""
    with torch.no_grad():
        for name, tensor in sorted(model.state_dict().items()):
            drawn = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
            tensor.copy_(SPREADS.get(name, spread) * drawn)


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


class Recipe(NamedTuple):
    """How a model is trained."""

    name: str
    optimizer: Callable
    options: dict
    clip: Callable
    limit: float

    def train(self, model: torch.nn.Module, loss: Callable[[], Tensor]) -> None:
        """Ten steps on one batch."""
        optimizer = self.optimizer(model.parameters(), **self.options)
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss().backward()
            self.clip(model.parameters(), self.limit)
            optimizer.step()

    def metadata(self) -> dict:
        clipping = {self.clip.__name__: self.limit}
        return {"name": self.name, **self.options, **clipping, "steps": STEPS}


class Sgd(torch.optim.SGD):
    """Plain: parameter <- parameter - learning_rate gradient."""

    def __init__(self, parameters, learning_rate: float):
        super().__init__(parameters, lr=learning_rate)


class Kind(NamedTuple):
    """What goes into a model, what is asked of it, and how it is trained."""

    model: type[torch.nn.Module]
    spread: float  # of the starting parameters, but for SPREADS
    draw: Callable[[Case, torch.Generator], dict[str, Tensor]]
    inputs: tuple[str, ...]
    loss: Callable[..., Tensor]
    compared: tuple[str, ...]  # what the loss compares the logits with
    recipe: Recipe

    def answer(self, model: torch.nn.Module, batch: dict[str, Tensor]) -> Tensor:
        return model(*(batch[name] for name in self.inputs))

    def judge(self, logits: Tensor, batch: dict[str, Tensor]) -> Tensor:
        return self.loss(logits, *(batch[name] for name in self.compared))


GRAVES = Recipe(
    "graves_rmsprop",
    GravesRmsprop,
    {"learning_rate": 1e-3, "decay": 0.95, "momentum": 0.9, "epsilon": 1e-4},
    clip_value,
    10.0,
)
VINYALS = Recipe("sgd", Sgd, {"learning_rate": 0.5}, clip_norm, 2.0)


def transduces(model: type[torch.nn.Module]) -> Kind:
    inputs, compared = ("inputs",), ("targets", "mask")
    return Kind(model, 0.3, draw_vectors, inputs, bits_per_sequence, compared, GRAVES)


def points_at(model: type[torch.nn.Module]) -> Kind:
    inputs, compared = ("points", "lengths", "targets"), ("targets", "target_lengths")
    return Kind(model, 0.6, draw_points, inputs, pointing_loss, compared, VINYALS)


KINDS = {
    "neural_turing_machine": transduces(NeuralTuringMachine),
    "lstm": transduces(Lstm),
    "pointer_network": points_at(PointerNetwork),
    "seq2seq": points_at(Seq2seq),
}


def make(case: Case, dtype: torch.dtype) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a golden."""
    generator = torch.Generator().manual_seed(SEED)
    kind = case.kind()
    model = kind.model(**case.options).double()
    draw_parameters(model, kind.spread, generator)
    model.to(dtype)
    drawn = kind.draw(case, generator)
    batch = {name: t.to(dtype) if t.is_floating_point() else t for name, t in drawn.items()}

    tensors = dict(batch)
    tensors |= {f"parameters/{name}": t.clone() for name, t in model.state_dict().items()}
    if case.model == "neural_turing_machine":
        trace = model.trace(batch["inputs"])
        logits = trace.logits
        tensors["read_weights"] = trace.read_weights
        tensors["write_weights"] = trace.write_weights
        tensors["memory"] = trace.memory[:, -1]
    else:
        logits = kind.answer(model, batch)
    loss = kind.judge(logits, batch)
    loss.backward()
    tensors |= {"outputs": logits, "loss": loss}
    tensors |= {f"gradients/{name}": p.grad.clone() for name, p in model.named_parameters()}
    kind.recipe.train(model, lambda: kind.judge(kind.answer(model, batch), batch))
    tensors |= {f"trained/{name}": p for name, p in model.named_parameters()}

    metadata = {
        "format": FORMAT,
        "model": case.model,
        "options": json.dumps(case.options, sort_keys=True),
        "optimizer": json.dumps(kind.recipe.metadata(), sort_keys=True),
    }
    return {name: tensor.detach().contiguous() for name, tensor in tensors.items()}, metadata


def serialise(tensors: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """The bytes of a safetensors file, with sorted metadata: the package's own order is random."""
    data = save(tensors, metadata)
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[start:]


def compare(path: pathlib.Path, tensors: dict[str, Tensor], metadata: dict) -> tuple[list, float]:
    """What differs from the file, in words, and the largest difference of a value."""
    if not path.is_file():
        return ["is missing; --write makes it"], 0.0
    with safe_open(path, framework="pt") as file:
        stored = {name: file.get_tensor(name) for name in file.keys()}
        stored_metadata = file.metadata()
    problems, largest = [], 0.0
    if stored_metadata != metadata:
        problems.append(f"metadata: {stored_metadata} is stored, {metadata} is computed")
    for name in sorted(stored.keys() | tensors.keys()):
        if name not in stored or name not in tensors:
            problems.append(f"{name}: only {'stored' if name in stored else 'computed'}")
            continue
        old, new = stored[name], tensors[name]
        if (old.shape, old.dtype) != (new.shape, new.dtype):
            problems.append(
                f"{name}: {list(old.shape)} {old.dtype} is stored, "
                f"{list(new.shape)} {new.dtype} is computed"
            )
            continue
        differences = (old - new).abs() / old.abs().clamp_min(1)
        difference = differences.masked_fill(old == new, 0).max().item()  # of infinities too
        if not difference <= TOLERANCES.get(new.dtype, 0):
            problems.append(f"{name}: differs by {difference:.1e}")
        largest = max(largest, difference)
    return problems, largest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true", help="write all goldens")
    action.add_argument("--check", action="store_true", help="recompute and compare all goldens")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    failed = False
    for case in CASES:
        for dtype in TOLERANCES:
            path = case.path(dtype)
            shown = path.relative_to(FOLDER)
            tensors, metadata = make(case, dtype)
            if arguments.write:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(serialise(tensors, metadata))
                print(f"{shown}: wrote {len(tensors)} tensors, {path.stat().st_size} bytes")
                continue
            problems, largest = compare(path, tensors, metadata)
            failed = failed or bool(problems)
            if problems:
                print(f"{shown}: FAILED: " + "; ".join(problems))
            else:
                print(f"{shown}: ok, {len(tensors)} tensors, largest difference {largest:.1e}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
