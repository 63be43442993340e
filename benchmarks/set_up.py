"""Times what a newcomer waits for: from a fresh clone to a trained model, and a rebuild.

    python benchmarks/set_up.py [--record]

Clones the committed state into a temporary folder, without a virtual environment, a build or a
compiler cache of before (Debian packages that are installed stay), and times `./zoo run` of the copy
task there, a second call, and a build after a model's source was touched. --record writes
benchmarks/results/set_up.json.
"""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import time

from machine import processor

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXPERIMENT = "neural_turing_machine/copy"
SOURCE = "models/neural_turing_machine/neural_turing_machine.cpp"


def seconds(command, folder):
    environment = dict(os.environ, CCACHE_DISABLE="1")
    environment.pop("ZOO_HOME", None)
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return round(time.perf_counter() - start, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", action="store_true", help="write benchmarks/results")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clone = pathlib.Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        times = {"fresh_clone_to_trained_model": seconds(["./zoo", "run", EXPERIMENT], clone),
                 "second_call": seconds(["./zoo", "--version"], clone)}
        with (clone / SOURCE).open("a") as file:
            file.write("// touched\n")
        times["rebuild_after_touching_a_model"] = seconds(["./zoo", "build"], clone)
        revision = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=clone, text=True,
                                  check=True, capture_output=True).stdout.strip()
    record = {"command": "python benchmarks/set_up.py --record", "seconds": times,
              "cores": os.cpu_count(), "processor": processor(), "source": revision,
              "date": datetime.date.today().isoformat()}
    print(json.dumps(record, indent=2))
    if arguments.record:
        path = ROOT / "benchmarks" / "results" / "set_up.json"
        path.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
