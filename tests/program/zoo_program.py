"""What the tests of the program share: a home of their own, and ways to start it.

The environment gives ZOO_PROGRAM, the program, and ZOO_SOURCE_DIR, the project's folder.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["ZOO_PROGRAM"]
SOURCE = pathlib.Path(os.environ["ZOO_SOURCE_DIR"])
PATIENCE = 300  # seconds after which a command hangs; builds with sanitizers are slow

# An experiment that takes about a millisecond a step, with everything that a run can have.
TINY = """
model:   {neural_turing_machine: {controller_size: 8, memory_rows: 16, memory_columns: 4}}
dataset: {copy: {bits: 4, min_length: 1, max_length: 3}}
task:    {transduction: {}}
trainer:
  steps: 1500
  batch_size: 2
  log_every: 10
  evaluate_every: 200
  evaluate_batches: 2
  evaluate_batch_size: 2
  checkpoint_every: 25
  loader_threads: 0
seed:    1
evaluate:
  length_6: {dataset: {copy: {min_length: 6, max_length: 6}}, batches: 2, batch_size: 2}
expect:
  bits_per_sequence:   {paper: 0, at_most: 100}
  length_6.wrong_bits: {paper: 0, at_most: 1}
"""
SHORT = ("--set", "trainer.steps=20")


def contents(folder):
    """Every file below the folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()}


def records(run):
    """metrics.jsonl without the seconds, which differ from run to run."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    return lines


def table(run):
    """metrics.csv without the seconds."""
    return [line.rsplit(",", 1)[0] for line in (run / "metrics.csv").read_text().splitlines()]


def checkpoints(run):
    """The folders of the checkpoints, the oldest first."""
    return sorted((run / "checkpoints").glob("step_*"), key=lambda path: int(path.name[5:]))


def wait_until(condition, what, patience=PATIENCE):
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain until {what}")
        time.sleep(0.001)


class ProgramTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        # In memory where there is such a place: a busy disk takes seconds to sync a checkpoint.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        scratch = tempfile.TemporaryDirectory(prefix="zoo-program-", dir=memory)
        cls.addClassCleanup(scratch.cleanup)
        cls.home = pathlib.Path(scratch.name).resolve()
        shutil.copytree(SOURCE / "configs", cls.home / "configs")
        (cls.home / "configs" / "tiny").mkdir()
        (cls.home / "configs" / "tiny" / "copy.yaml").write_text(TINY)
        cls.environment = os.environ | {"ZOO_HOME": str(cls.home), "OMP_NUM_THREADS": "1"}

    @classmethod
    def start(cls, *arguments, **options):
        """Starts the program in its home, with pipes."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, "cwd": cls.home, "env": cls.environment,
                   "text": True} | options
        return subprocess.Popen([PROGRAM, *map(str, arguments)], **options)

    @classmethod
    def ended(cls, process, stdin=None):
        """Its end, as subprocess.run gives it."""
        try:
            out, err = process.communicate(stdin, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"{process.args} hangs; it wrote {process.communicate()}")
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    @classmethod
    def zoo(cls, *arguments, stdin=None, **options):
        """Runs the program to its end."""
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        return cls.ended(cls.start(*arguments, **options), stdin)

    @classmethod
    def done(cls, *arguments, **options):
        """Runs the program, which must end well."""
        result = cls.zoo(*arguments, **options)
        if result.returncode != 0:
            raise AssertionError(f"zoo {arguments} ended with {result.returncode}:\n"
                                 f"{result.stdout}{result.stderr}")
        return result

    @classmethod
    def finished_run(cls, name, *arguments):
        """A run of the tiny experiment in the folder `name` of the home."""
        cls.done("run", "tiny/copy", "--output", cls.home / name, *arguments)
        return cls.home / name

    @classmethod
    def interrupted_run(cls, name, number=signal.SIGINT, *arguments):
        """A run that was interrupted after its second checkpoint, and how it ended."""
        run = cls.home / name
        process = cls.start("run", "tiny/copy", "--output", run, *arguments)
        wait_until(lambda: process.poll() is not None or len(checkpoints(run)) > 1 and
                   checkpoints(run)[-1].name != "step_25", f"{name} has two checkpoints")
        process.send_signal(number)
        return run, cls.ended(process)

    def assert_fails(self, result, code, *errors):
        """Nothing but these lines on the standard error, and this exit code."""
        self.assertEqual((result.returncode, result.stderr.splitlines()), (code, list(errors)),
                         result.args)

    def assert_same_training(self, run, other):
        """The two runs ended bit for bit alike and tell the same of it."""
        for name in ("weights.safetensors", f"checkpoints/{checkpoints(other)[-1].name}/"
                     "state.safetensors"):
            self.assertEqual((run / name).read_bytes(), (other / name).read_bytes(),
                             f"{name} differs")
        self.assertEqual(records(run), records(other))
        self.assertEqual(table(run), table(other))
        results = [json.loads((each / "result.json").read_text()) for each in (run, other)]
        for key in ("experiment", "config_hash", "seed", "steps", "metrics", "pass", "weights"):
            self.assertEqual(results[0][key], results[1][key], key)


def main():
    unittest.main(verbosity=2)
