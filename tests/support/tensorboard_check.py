"""Reads event files with TensorBoard's own Python package and compares them with what is expected.

Needs the package `tensorboard`. In this order, with the same folder:

    ZOO_INTEROP_DIR=FOLDER trainers_tests --gtest_filter='LoggingInterop.*'
    python tests/support/tensorboard_check.py FOLDER/tensorboard FOLDER/tensorboard.json

The first command writes a run that was killed and resumed, and beside it the expectation:

    {"scalars": {tag: [[step, value], ...]}, "texts": {tag: [[step, text], ...]}}

where a value that is not finite is a string. What a resumed run logged anew must count once.
Exits with 0 and one line if all agree, with 1 and a line per difference, with 77 if the package
is not installed (for CTest's SKIP_RETURN_CODE).
"""

import argparse
import json
import math
import pathlib
import struct
import sys

try:
    from tensorboard.backend.event_processing import event_accumulator, event_file_loader
except ImportError:
    print("tensorboard_check: the Python package 'tensorboard' is not installed")
    sys.exit(77)


def float32(value):
    return struct.unpack("<f", struct.pack("<f", float(value)))[0]


def same(actual, expected):
    return actual == expected or (math.isnan(actual) and math.isnan(expected))


def check_files(folder):
    """Every file by itself: the loader stops silently at a record with a wrong checksum."""
    problems = []
    for path in sorted(folder.glob("events.out.tfevents.*")):
        events = list(event_file_loader.EventFileLoader(str(path)).Load())
        size, records = path.stat().st_size, 0
        with path.open("rb") as file:
            while file.tell() < size:
                (length,) = struct.unpack("<Q", file.read(8))
                file.seek(length + 8, 1)
                records += 1
        if len(events) != records:
            problems.append(f"{path.name}: read {len(events)} of {records} records")
        if not events or events[0].file_version != "brain.Event:2":
            problems.append(f"{path.name}: does not begin with the file version")
    return problems


def compare(kind, actual, expected, equal):
    problems = []
    if sorted(actual) != sorted(expected):
        problems.append(f"{kind}: tags are {sorted(actual)}, expected {sorted(expected)}")
    for tag in sorted(set(actual) & set(expected)):
        steps = [step for step, _ in actual[tag]]
        if steps != [step for step, _ in expected[tag]]:
            problems.append(f"{kind} {tag}: steps are {steps}")
            continue
        for (step, got), (_, wanted) in zip(actual[tag], expected[tag]):
            if not equal(got, wanted):
                problems.append(f"{kind} {tag} at {step}: {got!r}, expected {wanted!r}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="with event files")
    parser.add_argument("expected", type=pathlib.Path, help="JSON file")
    arguments = parser.parse_args()
    expected = json.loads(arguments.expected.read_text(encoding="utf-8"))

    # 0: keep everything instead of a sample. The folder is read as the server reads it, file by
    # file in the order of the names.
    guidance = {event_accumulator.TENSORS: 0, event_accumulator.SCALARS: 0}
    events = event_accumulator.EventAccumulator(str(arguments.folder), size_guidance=guidance)
    events.Reload()
    scalars, texts = {}, {}
    for tag in events.Tags()["tensors"]:
        plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
        values = [(event.step, event.tensor_proto) for event in events.Tensors(tag)]
        if plugin == "scalars":
            scalars[tag] = [(step, tensor.float_val[0]) for step, tensor in values]
        elif plugin == "text":
            texts[tag] = [(step, tensor.string_val[0].decode()) for step, tensor in values]
    for tag in events.Tags()["scalars"]:
        scalars[tag] = [(event.step, event.value) for event in events.Scalars(tag)]

    problems = check_files(arguments.folder)
    problems += compare(
        "scalar", scalars, expected["scalars"], lambda got, wanted: same(got, float32(wanted))
    )
    problems += compare("text", texts, expected["texts"], lambda got, wanted: got == wanted)
    for problem in problems:
        print(f"tensorboard_check: {problem}")
    if not problems:
        print(f"tensorboard_check: {len(scalars)} scalars and {len(texts)} texts agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
