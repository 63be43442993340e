"""Interruptions, damage and resume: a run ends with the weights of an undisturbed one."""

import json
import os
import shutil
import signal
import subprocess

from zoo_program import ProgramTest, checkpoints, contents, main, records, wait_until


class ResumeTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.undisturbed = cls.finished_run("undisturbed")
        cls.interrupted, _ = cls.interrupted_run("interrupted")

    def copy(self, name):
        """Another copy of the interrupted run."""
        shutil.copytree(self.interrupted, self.home / name)
        return self.home / name

    def assert_resumes(self, run):
        result = self.done("resume", run)
        self.assert_same_training(run, self.undisturbed)
        return result

    def test_signals_save_the_state(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name):
                run, end = self.interrupted_run(number.name, number)
                self.assertEqual(end.returncode, 130, end)
                self.assertEqual(end.stderr.splitlines()[-1], "interrupted; the state is saved: "
                                 f"`zoo resume {run.name}` goes on")
                self.assertFalse((run / "result.json").exists())
                self.assertFalse((run / "weights.safetensors").exists())
                self.assertEqual(self.zoo("resume", run.name).returncode, 0)
                self.assert_same_training(run, self.undisturbed)

    def test_the_command_that_goes_on_can_be_pasted(self):
        run, end = self.interrupted_run("a run's \"folder\"")
        command = end.stderr.splitlines()[-1].split("`")[1]
        words = subprocess.run(["bash", "-c", f"printf '%s\\n' {command}"], text=True,
                               stdout=subprocess.PIPE, check=True).stdout.splitlines()
        self.assertEqual(words, ["zoo", "resume", run.name])

    def test_interrupted_again_and_again(self):
        run, _ = self.interrupted_run("again")
        for _ in range(3):
            before = checkpoints(run)[-1]
            process = self.start("resume", run)
            wait_until(lambda: process.poll() is not None or checkpoints(run)[-1] != before,
                       "there is a new checkpoint")
            process.terminate()
            self.assertEqual(self.ended(process).returncode, 130)
        self.assert_resumes(run)

    def test_interrupted_during_the_final_evaluation(self):
        slow = ("--set", "evaluate.length_6.batches=400", "--set", "evaluate.length_6.dataset."
                "copy.max_length=40", "--set", "trainer.steps=50")
        undisturbed = self.finished_run("evaluated", *slow)
        run = self.home / "evaluating"
        process = self.start("run", "tiny/copy", "--output", run, *slow)
        while not process.stdout.readline().startswith("trained 50 steps"):
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        end = self.ended(process)
        self.assertEqual(end.returncode, 130, end)
        self.assertIn("`zoo resume evaluating` goes on", end.stderr)
        self.done("resume", run)
        self.assert_same_training(run, undisturbed)

    def test_averaged_weights(self):
        averaged = ("--set", "trainer.average_checkpoints=3", "--set", "trainer.steps=310",
                    "--set", "trainer.evaluate_every=40", "--set", "trainer.keep_checkpoints=1")
        undisturbed = self.finished_run("averaged", *averaged)
        self.assertIn("average_checkpoints: 3\n", (undisturbed / "config.yaml").read_text())
        names = [checkpoint.name for checkpoint in checkpoints(undisturbed)]
        self.assertLessEqual({"step_275", "step_300", "step_310"}, set(names))
        run, end = self.interrupted_run("averaging", signal.SIGTERM, *averaged)
        self.assertEqual(end.returncode, 130, end)
        self.done("resume", run)
        self.assert_same_training(run, undisturbed)
        plain = self.finished_run("raw", *averaged, "--set", "trainer.average_checkpoints=0")
        self.assertNotEqual((plain / "weights.safetensors").read_bytes(),
                            (undisturbed / "weights.safetensors").read_bytes())
        self.assertEqual(records(plain), records(undisturbed), "training is of the raw weights")
        metrics = json.loads((run / "result.json").read_text())["metrics"]
        evaluated = json.loads(self.done("evaluate", run, "--json").stdout)
        self.assertEqual(evaluated, metrics, "the final weights are what is evaluated")
        self.assertNotEqual(metrics["validation.bits_per_sequence"],
                            records(run)[-1]["bits_per_sequence"])

    def test_finished_run(self):
        before = contents(self.undisturbed)
        result = self.done("resume", "undisturbed")
        self.assertEqual(result.stdout, "undisturbed is finished; nothing is left to do\n")
        self.assertEqual(result.stderr, "")
        self.assertEqual(contents(self.undisturbed), before)

    def test_no_run(self):
        (self.home / "empty").mkdir()
        self.assert_fails(self.zoo("resume", "empty"), 2,
                          "zoo: empty is not a run folder: it has no config.yaml")
        self.assert_fails(self.zoo("resume", "nowhere"), 2,
                          "zoo: there is no run folder, weights file or experiment 'nowhere'")
        self.assert_fails(self.zoo("resume", "lstm/copy"), 2,
                          "zoo: lstm/copy has no finished run yet; `zoo run lstm/copy` makes one")
        self.assert_fails(self.zoo("resume", "undisturbed/weights.safetensors"), 2,
                          "zoo: undisturbed/weights.safetensors: only a run folder can be "
                          "resumed, weights cannot")

    def test_folder_outside_of_runs_is_no_experiment(self):
        (self.home / "outside" / "run").mkdir(parents=True)
        (self.home / "outside" / "run" / "result.json").write_text("{}")
        for path in (self.home / "outside", "outside"):
            self.assert_fails(self.zoo("resume", path), 2,
                              f"zoo: {path} is not a run folder: it has no config.yaml")

    def test_killed_before_the_first_checkpoint(self):
        run = self.copy("no_checkpoint")
        for name in ("checkpoints", "metrics.jsonl", "metrics.csv"):
            path = run / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.assert_resumes(run)

    def test_damaged_newest_checkpoint(self):
        def truncate(path):
            os.truncate(path, path.stat().st_size // 2)

        def flip(path):
            data = bytearray(path.read_bytes())
            data[-100] ^= 4
            path.write_bytes(data)

        def lose(path):
            path.unlink()

        for damage, file in ((truncate, "state.safetensors"), (flip, "state.safetensors"),
                             (truncate, "checkpoint.json"), (lose, "checkpoint.json")):
            with self.subTest(f"{damage.__name__} {file}"):
                run = self.copy(f"{damage.__name__}_{file}")
                newest = checkpoints(run)[-1]
                damage(newest / file)
                result = self.assert_resumes(run)
                self.assertRegex(result.stderr, rf"(?m)^zoo: .*{newest.name}/[^:]*: .*; "
                                 "trying the checkpoint before$")

    def test_all_checkpoints_damaged(self):
        run = self.copy("all_damaged")
        for checkpoint in checkpoints(run):
            (checkpoint / "state.safetensors").write_bytes(b"not what it was")
        before = contents(run)
        result = self.zoo("resume", run)
        self.assertEqual(result.returncode, 3)
        last = result.stderr.splitlines()[-1]
        self.assertRegex(last, r"^zoo: .*all_damaged/checkpoints: none of the \d checkpoints is "
                         "sound; the last problem: ")
        self.assertEqual(contents(run), before)
        self.assertEqual(self.zoo("evaluate", run).returncode, 3)
        self.assertEqual(contents(run), before)

    def test_configuration_of_another_run(self):
        run = self.copy("exchanged")
        own = (run / "config.yaml").read_text()
        other = self.done("describe", "lstm/copy").stdout
        for name, text in (("another model", other),
                           ("another option", own.replace("momentum: 0.9", "momentum: 0.8")),
                           ("another seed", own.replace("seed: 1", "seed: 2"))):
            with self.subTest(name):
                self.assertNotEqual(text, own)
                (run / "config.yaml").write_text(text)
                before = contents(run)
                for command in ("resume", "evaluate"):
                    result = self.zoo(command, "exchanged")
                    newest = checkpoints(run)[-1].name
                    self.assert_fails(
                        result, 3, f"zoo: exchanged/checkpoints/{newest}: this checkpoint is of "
                        "another experiment or configuration; restore the run's own config.yaml, "
                        "or start a new run")
                    self.assertEqual(contents(run), before)
        (run / "config.yaml").write_text(own)
        self.assert_resumes(run)

    def test_damaged_record_of_the_run(self):
        run = self.copy("no_record")
        for text in ("", "{", "[]", '{"experiment": 3}'):
            (run / "run.json").write_text(text)
            self.assert_fails(self.zoo("resume", "no_record"), 3,
                              "zoo: no_record/run.json: this is not the record of a run")
        (run / "run.json").unlink()
        self.assert_fails(self.zoo("resume", "no_record"), 3,
                          "zoo: cannot read no_record/run.json: No such file or directory")

    def test_folder_that_holds_a_run(self):
        for run in (self.interrupted, self.undisturbed):
            before = contents(run)
            self.assert_fails(
                self.zoo("run", "tiny/copy", "--output", run.name), 2,
                f"zoo: {run.name} holds a run already; `zoo resume {run.name}` goes on with it, "
                "or choose another --output")
            self.assertEqual(contents(run), before)

    def test_checkpoints_without_configuration(self):
        run = self.copy("orphaned")
        (run / "config.yaml").unlink()
        before = contents(run)
        self.assert_fails(self.zoo("run", "tiny/copy", "--output", "orphaned"), 2,
                          "zoo: orphaned holds the checkpoints of a run that has lost its "
                          "config.yaml; choose another --output")
        self.assertEqual(contents(run), before)

    def test_one_process_at_a_time(self):
        run = self.copy("contended")
        before = checkpoints(run)[-1]
        first = self.start("resume", run)
        wait_until(lambda: first.poll() is not None or checkpoints(run)[-1] != before,
                   "the first process trains")
        first.send_signal(signal.SIGSTOP)
        try:
            self.assert_fails(self.zoo("resume", "contended"), 2,
                              "zoo: contended is being trained by another process")
            self.done("evaluate", run)
        finally:
            first.send_signal(signal.SIGCONT)
        self.assertEqual(self.ended(first).returncode, 0)
        self.assert_same_training(run, self.undisturbed)


if __name__ == "__main__":
    main()
