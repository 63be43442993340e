"""Makes and checks the goldens: what the reference models compute on small fixed problems.

    python python/goldens.py --write
    python python/goldens.py --check

The layout of a golden is in README.md, next to this file.
"""

import argparse
import json
import pathlib
import sys
from typing import NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from lstm import Lstm
from neural_turing_machine import NeuralTuringMachine
from optimizers import GravesRmsprop, clip_value
from transduction import bits_per_sequence

FORMAT = "attention-zoo golden 1"
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "goldens"
SEED = 20140
STEPS = 10
CLIP_VALUE = 10.0
OPTIMIZER = {"learning_rate": 1e-3, "decay": 0.95, "momentum": 0.9, "epsilon": 1e-4}
TOLERANCES = {torch.float32: 1e-6, torch.float64: 1e-12}
MODELS = {"neural_turing_machine": NeuralTuringMachine, "lstm": Lstm}
SIZES = {"input_size": 5, "output_size": 4}
SPREADS = {"initial_weights": 1.0, "initial_memory": 0.5, "heads.weight": 0.7, "heads.bias": 0.7}
MEMORY = {"controller_size": 13, "memory_rows": 11, "memory_columns": 5}


class Case(NamedTuple):
    """One problem; it becomes a file for each of float32 and float64."""

    model: str
    name: str
    batch: int
    options: dict

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
]


def draw_parameters(model: torch.nn.Module, generator: torch.Generator) -> None:
    """Replaces parameters and buffers by normal numbers, spread so that no head is flat."""
    with torch.no_grad():
        for name, tensor in sorted(model.state_dict().items()):
            drawn = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
            tensor.copy_(SPREADS.get(name, 0.3) * drawn)


def draw_batch(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """Inputs [B, 7, I], binary targets [B, 7, O] and a mask [B, 7] that differs by sequence."""
    steps, options = 7, case.options
    shape = (case.batch, steps)
    inputs = torch.randn(*shape, options["input_size"], generator=generator, dtype=torch.float64)
    targets = torch.randint(2, (*shape, options["output_size"]), generator=generator).double()
    first = 1 + torch.arange(case.batch).unsqueeze(1)  # [B, 1], the first step that counts
    mask = (torch.arange(steps) >= first).double()
    return {"inputs": inputs, "targets": targets, "mask": mask}


def train(model: torch.nn.Module, batch: dict[str, Tensor]) -> None:
    """Ten steps on one batch."""
    optimizer = GravesRmsprop(model.parameters(), **OPTIMIZER)
    for _ in range(STEPS):
        optimizer.zero_grad()
        bits_per_sequence(model(batch["inputs"]), batch["targets"], batch["mask"]).backward()
        clip_value(model.parameters(), CLIP_VALUE)
        optimizer.step()


def make(case: Case, dtype: torch.dtype) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a golden."""
    generator = torch.Generator().manual_seed(SEED)
    model = MODELS[case.model](**case.options).double()
    draw_parameters(model, generator)
    model.to(dtype)
    batch = {name: tensor.to(dtype) for name, tensor in draw_batch(case, generator).items()}

    tensors = dict(batch)
    tensors |= {f"parameters/{name}": t.clone() for name, t in model.state_dict().items()}
    if case.model == "neural_turing_machine":
        trace = model.trace(batch["inputs"])
        logits = trace.logits
        tensors["read_weights"] = trace.read_weights
        tensors["write_weights"] = trace.write_weights
        tensors["memory"] = trace.memory[:, -1]
    else:
        logits = model(batch["inputs"])
    loss = bits_per_sequence(logits, batch["targets"], batch["mask"])
    loss.backward()
    tensors |= {"outputs": logits, "loss": loss}
    tensors |= {f"gradients/{name}": p.grad.clone() for name, p in model.named_parameters()}
    train(model, batch)
    tensors |= {f"trained/{name}": p for name, p in model.named_parameters()}

    optimizer = {"name": "graves_rmsprop", **OPTIMIZER, "clip_value": CLIP_VALUE, "steps": STEPS}
    metadata = {
        "format": FORMAT,
        "model": case.model,
        "options": json.dumps(case.options, sort_keys=True),
        "optimizer": json.dumps(optimizer, sort_keys=True),
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
        difference = ((old - new).abs() / old.abs().clamp_min(1)).max().item()
        if not difference <= TOLERANCES[new.dtype]:
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
