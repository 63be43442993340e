"""Makes and checks the goldens: what the reference models compute on small fixed problems.

    python python/goldens.py --write
    python python/goldens.py --check

The problems are in golden_cases.py, what a model needs for them in golden_kinds.py; the layout of a
golden is in README.md, next to this file.
"""

import argparse
import json
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from golden_cases import CASES, Case
from golden_kinds import KINDS

FORMAT = "attention-zoo golden 1"
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "goldens"
SEED = 20140
TOLERANCES = {torch.float32: 1e-6, torch.float64: 1e-12}


def path_of(case: Case, dtype: torch.dtype) -> pathlib.Path:
    suffix = str(dtype).removeprefix("torch.")
    return FOLDER / case.model / f"{case.name}_{suffix}.safetensors"


def make(case: Case, dtype: torch.dtype) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a golden."""
    generator = torch.Generator().manual_seed(SEED)
    kind = KINDS[case.model]
    model = kind.model(**case.options).double()
    kind.fill(model, generator)
    model.to(dtype)
    drawn = kind.draw(case, generator)
    batch = {name: t.to(dtype) if t.is_floating_point() else t for name, t in drawn.items()}

    tensors = dict(batch)
    tensors |= {f"parameters/{name}": t.clone() for name, t in model.state_dict().items()}
    tensors |= kind.observe(model, batch)
    logits = kind.answer(model, batch)
    loss = kind.judge(logits, batch, case)
    loss.backward()
    tensors |= {"outputs": logits, "loss": loss}
    tensors |= {f"gradients/{name}": p.grad.clone() for name, p in model.named_parameters()}
    kind.recipe.train(model, lambda: kind.judge(kind.answer(model, batch), batch, case))
    tensors |= {f"trained/{name}": p for name, p in model.named_parameters()}

    metadata = {
        "format": FORMAT,
        "model": case.model,
        "options": json.dumps(case.options, sort_keys=True),
        "optimizer": json.dumps(kind.recipe.metadata(), sort_keys=True),
    }
    if case.loss:
        metadata["loss"] = json.dumps(case.loss, sort_keys=True)
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
            path = path_of(case, dtype)
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
