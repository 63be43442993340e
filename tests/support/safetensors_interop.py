"""Exchanges weights between the C++ safetensors code and Python's `safetensors` package.

In this order, with one folder DIR for all three steps:

    python safetensors_interop.py write DIR
    ZOO_INTEROP_DIR=DIR models_tests --gtest_filter='SafetensorsInterop.*'
    python safetensors_interop.py check DIR

The first writes DIR/from_python.safetensors, which the C++ test reads; that test writes
DIR/from_cpp.safetensors, which the last step reads. Both files hold the same tensors.
"""

import argparse
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file


def tensors():
    # The names are those that the C++ test gives.
    dtypes = {
        "Bool": torch.bool,
        "Byte": torch.uint8,
        "Char": torch.int8,
        "Short": torch.int16,
        "Int": torch.int32,
        "Long": torch.int64,
        "Half": torch.float16,
        "BFloat16": torch.bfloat16,
        "Float": torch.float32,
        "Double": torch.float64,
    }
    values = torch.arange(-3, 3).reshape(2, 3)
    named = {name: values.to(dtype) for name, dtype in dtypes.items()}
    named["scalar"] = torch.tensor(2.5)
    named["empty"] = torch.empty(2, 0)
    named["transposed"] = torch.arange(6).reshape(2, 3).t().contiguous()
    named['caf\u00e9 "\\\n\U0001f600'] = torch.tensor([1])
    return named


def write(folder):
    save_file(tensors(), folder / "from_python.safetensors", {"writer": 'Python "\\\n'})


def check(folder):
    path = folder / "from_cpp.safetensors"
    expected, got = tensors(), load_file(path)
    problems = [f"missing: {name!r}" for name in expected.keys() - got.keys()]
    problems += [f"unexpected: {name!r}" for name in got.keys() - expected.keys()]
    for name in expected.keys() & got.keys():
        want, have = expected[name], got[name]
        if want.dtype != have.dtype or want.shape != have.shape or not torch.equal(want, have):
            problems.append(f"{name!r}: expected {want}, got {have}")
    with safe_open(path, "pt") as file:
        if file.metadata() != {"writer": 'C++ "\\\n'}:
            problems.append(f"metadata: got {file.metadata()}")
    for problem in problems:
        print(f"{path}: {problem}", file=sys.stderr)
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=["write", "check"])
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    return {"write": write, "check": check}[arguments.step](arguments.folder)


if __name__ == "__main__":
    sys.exit(main())
