"""Where benchmarks run and what they leave: benchmarks/results/<name>.json."""

import datetime
import json
import pathlib
import subprocess

from machine import processor

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "build/release/benchmarks"


class Program:
    """One of our programs that answers a line with a line of numbers."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question):
        print(question, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("the C++ side ended; see its message above")
        return [float(number) for number in answer.split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def write_record(name, rows, **more):
    record = {"command": f"python benchmarks/{name}.py --record", **more,
              "processor": processor(), "threads": 1,
              "date": datetime.date.today().isoformat(), "rows": rows}
    path = ROOT / "benchmarks" / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n")
