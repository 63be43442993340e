"""evaluate and predict: everything that uses trained weights."""

import json
import os
import shutil
import signal
import subprocess
import time

from zoo_program import ProgramTest, SHORT, contents, main

LINES = '{"bits": [[1,0,1,1]]}\n{"bits": [[1,0,1,1],[0,0,0,1]]}\n'


class InferenceTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_folder = cls.finished_run("trained")
        cls.metrics = json.loads((cls.run_folder / "result.json").read_text())["metrics"]
        cls.unfinished, _ = cls.interrupted_run("unfinished")

    def evaluated(self, *arguments):
        return json.loads(self.done("evaluate", *arguments, "--json").stdout)

    def test_evaluate_repeats_the_result(self):
        before = contents(self.run_folder)
        self.assertEqual(self.evaluated("trained"), self.metrics)
        self.assertEqual(self.evaluated("trained", "--threads", "1"), self.metrics)
        self.assertEqual(contents(self.run_folder), before)

    def test_evaluate_for_people(self):
        shown = self.done("evaluate", "trained").stdout
        value = f"{self.metrics['bits_per_sequence']:.4g}"
        self.assertRegex(shown, rf"(?m)^bits_per_sequence +{value} +0 +at most 100 +pass$")
        self.assertRegex(shown, r"(?m)^validation.wrong_bits +[\d.]+$")

    def test_evaluate_on_other_data(self):
        changed = self.evaluated("trained", "--set", "dataset.copy.max_length=9")
        self.assertGreater(changed["bits_per_sequence"], self.metrics["bits_per_sequence"])
        self.assertEqual(changed["length_6.wrong_bits"], self.metrics["length_6.wrong_bits"])
        shown = self.done("evaluate", "trained", "--set", "dataset.copy.max_length=9").stdout
        self.assertNotRegex(shown, "pass|FAIL", "bounds hold for the data of the experiment")

    def test_evaluate_with_another_model(self):
        result = self.zoo("evaluate", "trained", "--set",
                          "model.neural_turing_machine.memory_rows=17")
        self.assertEqual(result.returncode, 3)
        self.assertTrue(result.stderr.startswith(
            "zoo: trained/weights.safetensors: the weights do not fit, nothing was loaded\n"))
        self.assertEqual(self.zoo("evaluate", "trained", "--set", "nonsense=1").returncode, 2)

    def test_evaluate_an_unfinished_run(self):
        metrics = self.evaluated("unfinished")
        self.assertEqual(set(metrics), set(self.metrics))
        self.assertNotEqual(metrics, self.metrics)
        empty = self.home / "begun"
        shutil.copytree(self.unfinished, empty)
        shutil.rmtree(empty / "checkpoints")
        self.assert_fails(self.zoo("evaluate", "begun"), 3,
                          "zoo: begun: the run has no checkpoint yet")

    def test_weights_alone(self):
        shutil.copy(self.run_folder / "weights.safetensors", self.home / "alone.safetensors")
        self.assertEqual(self.evaluated("alone.safetensors"), self.metrics)
        self.assertEqual(self.done("predict", "alone.safetensors", stdin=LINES).stdout,
                         self.done("predict", "trained", stdin=LINES).stdout)

    def test_predict(self):
        (self.home / "input.jsonl").write_text(LINES)
        answers = self.done("predict", "trained", "input.jsonl").stdout
        self.assertEqual([[len(vector) for vector in json.loads(line)["bits"]]
                          for line in answers.splitlines()], [[4], [4, 4]])
        for arguments in ((), ("-",)):
            self.assertEqual(self.done("predict", "trained", *arguments, stdin=LINES).stdout,
                             answers)
        blank = "\n" + LINES.replace("\n", "\r\n \t\r\n").removesuffix("\r\n \t\r\n")
        self.assertEqual(self.done("predict", "trained", stdin=blank).stdout, answers)
        self.assertEqual(self.done("predict", "trained", stdin="").stdout, "")
        self.assertEqual(self.done("predict", "unfinished", stdin=LINES).stdout.count("\n"), 2)

    def test_bad_lines(self):
        first = self.done("predict", "trained", stdin=LINES).stdout.splitlines(True)[0]
        expected = '; expected {"bits": [[0, 1, ...], ...]}'
        for line, message in (
                ("nonsense", "this is not JSON"),
                ("\udcff", "this is not JSON"),
                ("[1]", "this is no JSON object but [1]"),
                ('{"bit": [[1]]}', 'there is no "bits"'),
                ('{"bits": 3}', '"bits" must be a list of vectors of 4 bits, got 3'),
                ('{"bits": [3]}', 'vector 1 of "bits" must be a list, got 3'),
                ('{"bits": [[1.5, 0, 0, 0]]}', 'vector 1 of "bits" must be of 0 and 1, got 1.5'),
                ('{"bits": [[1, 0]]}', 'vector 1 of "bits" must have 4 bits, got 2')):
            with self.subTest(line):
                text = LINES.splitlines(True)[0] + "\n" + line + "\n" + LINES
                (self.home / "bad.jsonl").write_text(text, errors="surrogateescape")
                result = self.zoo("predict", "trained", "bad.jsonl")
                self.assert_fails(result, 2, f"zoo: bad.jsonl:3: {message}{expected}")
                self.assertEqual(result.stdout, first, "what came before is answered")
        self.assert_fails(self.zoo("predict", "trained", stdin="nonsense"), 2,
                          f"zoo: standard input:1: this is not JSON{expected}")

    def test_unreadable_input(self):
        self.assert_fails(self.zoo("predict", "trained", "missing.jsonl"), 2,
                          "zoo: cannot read missing.jsonl: No such file or directory")
        self.assert_fails(self.zoo("predict", "trained", "trained"), 2,
                          "zoo: cannot read trained: it is a folder")

    def test_newest_finished_run_by_name(self):
        def run(seed, name):
            folder = self.home / "runs" / "tiny" / "copy" / name
            self.done("run", "tiny/copy", *SHORT, "--seed", seed, "--output", folder)
            return json.loads((folder / "result.json").read_text())["metrics"]

        # The newer one comes first in the alphabet; the unfinished one is the newest of all.
        older, newer = run(1, "b"), run(2, "a")
        self.assertNotEqual(older, newer)
        shutil.copytree(self.unfinished, self.home / "runs" / "tiny" / "copy" / "c")
        self.assertEqual(self.evaluated("tiny/copy"), newer)
        now = time.time()
        os.utime(self.home / "runs" / "tiny" / "copy" / "b" / "result.json", (now + 5, now + 5))
        self.assertEqual(self.evaluated("tiny/copy"), older)
        self.assertEqual(self.done("predict", "tiny/copy", stdin=LINES).stdout.count("\n"), 2)
        # A folder of that name where the command is typed changes nothing.
        (self.home / "tiny" / "copy").mkdir(parents=True)
        self.addCleanup(shutil.rmtree, self.home / "tiny")
        self.assertEqual(self.evaluated("tiny/copy"), older)

    def test_answers_at_once_and_ends_with_ctrl_c(self):
        process = self.start("predict", "trained", stdin=subprocess.PIPE)
        process.stdin.write(LINES.splitlines(True)[0])
        process.stdin.flush()
        self.assertIn("bits", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        try:
            code = process.wait(timeout=60)
        finally:
            process.kill()
            process.communicate()
        self.assertEqual(code, -signal.SIGINT)


if __name__ == "__main__":
    main()
