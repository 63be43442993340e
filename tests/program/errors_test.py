"""Bad input and bad surroundings: one clear message, the right exit code, nothing damaged."""

import json
import os
import pathlib
import shutil
import signal
import subprocess

from zoo_program import PATIENCE, PROGRAM, ProgramTest, checkpoints, contents, main

MODEL = "model.neural_turing_machine"

# What is changed with --set, and every line that it earns.
BAD_SETTINGS = [
    (["trainer.stps=3"], ["--set trainer.stps=3: trainer has no 'stps'; did you mean 'steps'?"]),
    (["trainer.steps=many"],
     ["--set trainer.steps=many: steps must be an integer, got 'many'"]),
    (["trainer.steps=0"], ["--set trainer.steps=0: steps must be at least 1, got 0"]),
    ([f"{MODEL}.memory_rows=-5"],
     [f"--set {MODEL}.memory_rows=-5: memory_rows must be at least 1, got -5"]),
    (["trainer=3"], ["--set trainer=3: trainer must be a mapping of its options, got '3'"]),
    (["trainer.steps"],
     ["--set trainer.steps: needs a value; write --set trainer.steps=VALUE"]),
    (["seed=-1"], ["--set seed=-1: seed must be at least 0, got -1"]),
    (["trainer.stps=3", "seed=-1"],
     ["--set trainer.stps=3: trainer has no 'stps'; did you mean 'steps'?",
      "--set seed=-1: seed must be at least 0, got -1"]),
]

# What is replaced in the file, by what, and every line that it earns after the file's name.
BAD_FILES = [
    ("memory_rows: 16", "memory_row: 16",
     [":2:55: neural_turing_machine has no 'memory_row'; did you mean 'memory_rows'?"]),
    ("memory_rows: 16", "memory_rows: sixteen",
     [":2:68: memory_rows must be an integer, got 'sixteen'"]),
    ("batch_size: 2\n  log", "batch_size: -2\n  log",
     [":7:15: batch_size must be at least 1, got -2"]),
    ("seed:    1", "seed:    1\nseed:    2",
     [":15:1: 'seed' is given twice, first in line 14"]),
    ("dataset: {copy: {bits", "dataset: {cpoy: {bits",
     [":3:11: there is no dataset 'cpoy'; did you mean 'copy'?"]),
]

BAD_COMMANDS = [
    (["rnu"], "zoo: there is no command 'rnu'; did you mean 'run'?"),
    (["frobnicate"], "zoo: there is no command 'frobnicate'; `zoo --help` lists them"),
    (["run"], "zoo: EXPERIMENT is required; see `zoo run --help`"),
    (["run", "tiny/cpoy"], "there is no experiment 'tiny/cpoy'; did you mean 'tiny/copy'?"),
    (["run", "qqqq"], "there is no experiment 'qqqq'; `zoo list` shows all"),
    (["run", "missing.yaml"], "missing.yaml: there is no such file"),
    (["run", "tiny/copy", "--bogus"],
     "zoo: The following argument was not expected: --bogus; see `zoo run --help`"),
    (["run", "tiny/copy", "--device", "gpu"],
     "zoo: there is no device 'gpu'; known are cpu, cuda and cuda:<n>"),
    (["run", "tiny/copy", "--device", "mps"],
     "zoo: there is no device 'mps'; known are cpu, cuda and cuda:<n>"),
    (["run", "tiny/copy", "--seed", "-3"],
     "zoo: --seed: '-3' is not a whole number below 2^63; see `zoo run --help`"),
    (["run", "tiny/copy", "--seed", "9223372036854775808"],
     "zoo: --seed: '9223372036854775808' is not a whole number below 2^63; see `zoo run --help`"),
    (["run", "tiny/copy", "--seed", "1.5"],
     "zoo: --seed: '1.5' is not a whole number below 2^63; see `zoo run --help`"),
    (["run", "tiny/copy", "--threads", "0"],
     "zoo: --threads: Value 0 not in range 1 to 4096; see `zoo run --help`"),
    (["reproduce", "tiny/copy", "--seeds", "0"],
     "zoo: --seeds: Value 0 not in range 1 to 1000; see `zoo reproduce --help`"),
    (["reproduce", "tiny/copy", "--jobs", "0"],
     "zoo: --jobs: Value 0 not in range 1 to 1000; see `zoo reproduce --help`"),
    (["describe", "cpoy"],
     "zoo: there is no model, dataset, task or experiment 'cpoy'; did you mean 'copy'?"),
    (["describe", "qqqqqqq"],
     "zoo: there is no model, dataset, task or experiment 'qqqqqqq'; `zoo list` shows all"),
    (["evaluate", "tiny/cpoy"], "zoo: there is no run folder, weights file or experiment "
     "'tiny/cpoy'; did you mean 'tiny/copy'?"),
    (["evaluate", "missing.safetensors"], "zoo: there is no file missing.safetensors"),
    (["predict", "lstm/copy"],
     "zoo: lstm/copy has no finished run yet; `zoo run lstm/copy` makes one"),
]


class UsageTest(ProgramTest):
    def test_commands(self):
        for arguments, message in BAD_COMMANDS:
            with self.subTest(arguments):
                self.assert_fails(self.zoo(*arguments), 2, message)
        self.assertFalse((self.home / "runs").exists(), "a folder was made")

    def test_settings(self):
        for settings, messages in BAD_SETTINGS:
            with self.subTest(settings):
                words = [word for setting in settings for word in ("--set", setting)]
                self.assert_fails(self.zoo("run", "tiny/copy", *words), 2, *messages)
        self.assertFalse((self.home / "runs").exists(), "a folder was made")

    def test_files(self):
        text = (self.home / "configs" / "tiny" / "copy.yaml").read_text().lstrip("\n")
        for old, new, messages in BAD_FILES:
            with self.subTest(new):
                self.assertEqual(text.count(old), 1)
                (self.home / "bad.yaml").write_text("\n" + text.replace(old, new))
                self.assert_fails(self.zoo("run", "bad.yaml"), 2,
                                  *("bad.yaml" + message for message in messages))

    def test_cuda_without_cuda(self):
        if "devices" in self.zoo("doctor").stdout:
            self.skipTest("this machine has CUDA")
        for device in ("cuda", "cuda:1"):
            self.assert_fails(
                self.zoo("run", "tiny/copy", "--device", device), 2,
                "zoo: there is no CUDA device here, or LibTorch was built without CUDA; "
                "`zoo doctor` tells which")

    def test_more_memory_than_there_is(self):
        if "ZOO_SANITIZED" in os.environ:
            self.skipTest("the sanitizer ends the program itself")
        result = self.zoo("run", "tiny/copy", "--set", f"{MODEL}.memory_rows=100000000000000")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"^zoo: can't allocate memory: you tried to allocate \d+ "
                         r"bytes[^\n]*\n$")


LONG_LOG = ("--set", "trainer.log_every=1")


class SurroundingsTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.undisturbed = cls.finished_run("undisturbed", *LONG_LOG)

    def test_parent_is_a_file(self):
        (self.home / "file").write_text("precious")
        for output in ("file", "file/run"):
            self.assert_fails(self.zoo("run", "tiny/copy", "--output", output), 3,
                              f"zoo: cannot make the run folder {output}: Not a directory")
        self.assertEqual((self.home / "file").read_text(), "precious")

    def test_no_permission(self):
        """As nobody, if this is run by root, whom no permission stops."""
        options = {} if os.getuid() else {"user": 65534, "group": 65534, "extra_groups": []}
        try:
            usable = subprocess.run([PROGRAM, "--version"], **options, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL).returncode == 0
        except OSError:
            usable = False
        if not usable:
            self.skipTest("only root may start the program here")
        self.home.chmod(0o755)
        for name, mode in (("forbidden", 0o555), ("unseen", 0o700 if options else 0o000)):
            (self.home / name).mkdir(mode=mode)
            self.assert_fails(
                self.zoo("run", "tiny/copy", "--output", f"{name}/run", **options), 3,
                f"zoo: cannot make the run folder {name}/run: Permission denied")

    def limited(self, kilobytes, *arguments):
        """The program where no file may grow over that size, as on a full disk."""
        script = f'ulimit -f {kilobytes}; exec "$0" "$@"'
        return subprocess.run(["bash", "-c", script, PROGRAM, *map(str, arguments)], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.home, env=self.environment,
                              timeout=PATIENCE)

    def test_full_disk(self):
        state = next(self.undisturbed.glob("checkpoints/*/state.safetensors")).stat().st_size
        log = (self.undisturbed / "metrics.csv").stat().st_size
        self.assertLess(state, log / 2, "the log must be what meets the second limit")
        for name, kilobytes, reached in (("at_once", 2, False),
                                         ("midway", (state + log) // 2 // 1024, True)):
            with self.subTest(name):
                run = self.home / name
                result = self.limited(kilobytes, "run", "tiny/copy", "--output", run,
                                      *LONG_LOG)
                self.assertEqual(result.returncode, 3, result)
                messages = [line for line in result.stderr.splitlines() if line.startswith("zoo:")]
                self.assertRegex(messages[-1], rf"^zoo: .*{run}/.*: File too large")
                self.assertEqual(result.stderr.splitlines()[-1], messages[-1])
                self.assertEqual(len(checkpoints(run)) > 0, reached)
                self.assertFalse((run / "result.json").exists())
                self.done("resume", run)
                self.assert_same_training(run, self.undisturbed)

    def test_full_disk_again_when_resumed(self):
        run, _ = self.interrupted_run("resumed", signal.SIGINT, *LONG_LOG)
        for _ in range(2):
            result = self.limited(2, "resume", run)
            self.assertEqual(result.returncode, 3, result)
        self.done("resume", run)
        self.assert_same_training(run, self.undisturbed)

    def test_full_output(self):
        full = pathlib.Path("/dev/full")
        if not full.exists():
            self.skipTest("there is no /dev/full")
        with full.open("w") as out:
            for arguments in (["list"], ["doctor"], ["evaluate", "undisturbed"]):
                self.assert_fails(self.zoo(*arguments, stdout=out), 3,
                                  "zoo: cannot write the output: No space left on device")

    def test_foreign_weights(self):
        sound = (self.undisturbed / "weights.safetensors").read_bytes()
        size = int.from_bytes(sound[:8], "little")
        header = json.loads(sound[8:8 + size])
        data = sound[8 + size:]

        def file(header, data=data):
            text = header if isinstance(header, bytes) else json.dumps(header).encode()
            return len(text).to_bytes(8, "little") + text + data

        def lie(**changes):
            name = next(key for key in header if key != "__metadata__")
            return file(header | {name: header[name] | changes})

        bad = {
            "empty": b"",
            "short": sound[:4],
            "truncated": sound[:-10],
            "longer": sound + b"x",
            "header_of_exabytes": (2**62).to_bytes(8, "little") + sound[8:],
            "header_past_the_end": (len(sound) + 1).to_bytes(8, "little") + sound[8:],
            "no_json": file(b"{" * size),
            "huge_shape": lie(shape=[2**40, 2**40]),
            "negative_shape": lie(shape=[-1]),
            "other_shape": lie(shape=[1]),
            "unknown_dtype": lie(dtype="F7"),
            "offsets_past_the_end": lie(data_offsets=[0, 2**50]),
            "offsets_backwards": lie(data_offsets=[8, 0]),
            "no_configuration": file({key: value for key, value in header.items()
                                      if key != "__metadata__"}),
            "broken_configuration": file(header | {"__metadata__": {
                "experiment": "tiny/copy", "config": "model: {"}}),
            "other_model": file(header | {"__metadata__": {
                "experiment": "tiny/copy",
                "config": header["__metadata__"]["config"].replace(
                    "memory_rows: 16", "memory_rows: 17")}}),
        }
        for name, content in bad.items():
            file_name = f"{name}.safetensors"
            (self.home / file_name).write_bytes(content)
            # Both read weights by the same way; predict shows that with the plainest of them.
            for command in ("evaluate", "predict") if name == "truncated" else ("evaluate",):
                with self.subTest(f"{command} {name}"):
                    result = self.zoo(command, file_name)
                    self.assertEqual(result.returncode, 2 if name == "broken_configuration" else 3,
                                     result)
                    self.assertEqual(result.stdout, "")
                    first, *others = result.stderr.splitlines()
                    self.assertRegex(first, rf"^(zoo: )?{file_name}:")
                    self.assertEqual(len(others), 1 if name == "other_model" else 0, others)

    def test_damaged_weights_of_a_run(self):
        run = self.home / "damaged"
        shutil.copytree(self.undisturbed, run)
        with (run / "weights.safetensors").open("r+b") as file:
            file.truncate(200)
        before = contents(run)
        result = self.zoo("evaluate", "damaged")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"^zoo: damaged/weights.safetensors: [^\n]*\n$")
        self.assertEqual(contents(run), before)


if __name__ == "__main__":
    main()
