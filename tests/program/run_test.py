"""run: what a run leaves behind, and that it can be repeated."""

import json
import re
import subprocess

from zoo_program import ProgramTest, SHORT, SOURCE, contents, main, records

SETTINGS = ["trainer.steps=2", "trainer.batch_size=2", "trainer.log_every=1",
            "trainer.evaluate_every=1", "trainer.evaluate_batches=1", "trainer.evaluate_batch_size=1",
            "trainer.checkpoint_every=1"]


class ConfigsTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.home / "data").symlink_to(SOURCE / "data")

    def short_settings(self, experiment):
        """Two steps and small evaluations, whatever evaluations it has."""
        settings = list(SETTINGS)
        resolved = self.done("describe", experiment).stdout
        section = re.search(r"(?m)^evaluate:\n((?:  .*\n)*)", resolved)
        for name in re.findall(r"(?m)^  (\w+):$", section[1] if section else ""):
            settings += [f"evaluate.{name}.batches=1", f"evaluate.{name}.batch_size=1"]
        return [word for setting in settings for word in ("--set", setting)]

    def test_every_experiment_runs_and_repeats(self):
        files = sorted((SOURCE / "configs").rglob("*.yaml"))
        self.assertTrue(files)
        for file in files:
            name = str(file.relative_to(SOURCE / "configs"))[:-5]
            with self.subTest(name):
                run = self.home / "every" / name
                shown = self.done("run", name, *self.short_settings(name), "--output", run)
                self.assertTrue(shown.stdout.startswith(f"{name}  seed 1"), shown.stdout)
                self.check_folder(run, name)
                again = self.home / "again" / name
                self.done("run", run / "config.yaml", "--output", again)
                self.assert_same_training(again, run)
                self.assertEqual((again / "config.yaml").read_text(),
                                 (run / "config.yaml").read_text())

    def check_folder(self, run, name):
        files = contents(run)
        events = [file for file in files if file.startswith("events.out.tfevents.")]
        self.assertEqual(len(events), 1)
        kept = [file for file in files if file.startswith("kept/")]  # vocabularies
        self.assertEqual(set(files) - set(events) - set(kept), {
            "config.yaml", "run.json", "metrics.jsonl", "metrics.csv", "weights.safetensors",
            "result.json", "samples.json", "report.html", "checkpoints/step_1/checkpoint.json",
            "checkpoints/step_1/state.safetensors", "checkpoints/step_2/checkpoint.json",
            "checkpoints/step_2/state.safetensors"})
        self.assertEqual([(line["step"], line["split"]) for line in records(run)],
                         [(1, "training"), (1, "validation"), (2, "training"), (2, "validation")])
        self.assertEqual(json.loads(files["run.json"])["experiment"], name)
        result = json.loads(files["result.json"])
        self.assertEqual((result["experiment"], result["steps"], result["seed"]), (name, 2, 1))
        self.assertTrue(result["metrics"])


class RunTest(ProgramTest):
    def test_seeds(self):
        weights = [self.finished_run(f"seed_{i}", *SHORT, "--seed", seed) / "weights.safetensors"
                   for i, seed in enumerate([1, 1, 2])]
        self.assertEqual(weights[0].read_bytes(), weights[1].read_bytes())
        tensors = [each.read_bytes()[-400:] for each in weights]
        self.assertNotEqual(tensors[0], tensors[2])

    def test_seed_of_the_command_line_is_that_of_the_file(self):
        one = self.finished_run("by_option", *SHORT, "--seed", "7")
        other = self.finished_run("by_set", *SHORT, "--set", "seed=7")
        self.assert_same_training(one, other)

    def test_workers_change_nothing(self):
        none = self.finished_run("no_worker", *SHORT)
        two = self.finished_run("two_workers", *SHORT, "--set", "trainer.loader_threads=2")
        self.assertEqual(records(none), records(two))

    def test_folder_by_time(self):
        for _ in range(2):  # in the same second, most likely
            shown = self.done("run", "tiny/copy", *SHORT).stdout
            folder = shown.splitlines()[2]
            self.assertRegex(folder, r"^runs/tiny/copy/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(_\d+)?$")
            self.assertTrue((self.home / folder / "result.json").exists())
        self.assertEqual(len(list((self.home / "runs" / "tiny" / "copy").iterdir())), 2)

    def test_runs_that_start_together_do_not_share_a_folder(self):
        processes = [self.start("run", "tiny/copy", *SHORT) for _ in range(4)]
        ends = [self.ended(process) for process in processes]
        self.assertEqual([end.returncode for end in ends], [0] * 4, ends)
        self.assertEqual(len({end.stdout.splitlines()[2] for end in ends}), 4)

    def test_output_in_a_pipe(self):
        result = self.done("run", "tiny/copy", "--output", self.home / "piped")
        for text in (result.stdout, result.stderr):
            self.assertNotRegex(text, r"[^\n -~]", "control characters")
        self.assertNotIn("nan", result.stderr)
        first, last = result.stderr.splitlines()[0], result.stderr.splitlines()[-1]
        self.assertRegex(first, r"^(zoo: this build is slow.*|step 1/1500 \(0%\)  [\d.]+[MG]B)$")
        self.assertRegex(last, r"^step 1500/1500 \(100%\)  loss \d+\.\d+  ")
        self.assertRegex(result.stderr, r"(?m)^step 200  validation  bits_per_sequence ")
        self.assertRegex(result.stdout,
                         r"(?m)^trained 1500 steps in [\dms.]+, [\d.]+k? examples/s, "
                         r"\d+\.\d% of the time waiting for data$")
        self.assertRegex(result.stdout,
                         r"(?m)^bits_per_sequence +[\d.]+ +0 +at most 100 +pass$")

    def test_plausible_speed(self):
        run = self.finished_run("speed")
        seconds = json.loads((run / "result.json").read_text())["seconds"]
        shown = self.done("run", "tiny/copy", "--output", self.home / "speed_2").stderr
        for number, unit in re.findall(r"([\d.]+)([kMG]?) examples/s", shown):
            speed = float(number) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[unit]
            self.assertLess(speed, 20 * 3000 / seconds)

    def test_source_is_recorded(self):
        def git(*arguments):
            return subprocess.run(
                ["git", "-C", self.home, "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
                check=True, capture_output=True, text=True).stdout.strip()

        def source(name):
            run = self.finished_run(name, *SHORT)
            return json.loads((run / "result.json").read_text())["source"]

        self.assertEqual(source("without"), "unknown")
        git("init", "-q")
        (self.home / "results").mkdir()
        (self.home / "results" / "page.json").write_text("{}")
        git("add", "configs", "results")
        git("commit", "-qm", "a")
        commit = git("rev-parse", "--short=12", "HEAD")
        git("tag", "-a", "v1", "-m", "no name but the commit's")
        self.assertEqual(source("clean"), commit)
        (self.home / "results" / "page.json").write_text("[]")
        self.assertEqual(source("ledger_changed"), commit)
        with (self.home / "configs" / "tiny" / "copy.yaml").open("a") as file:
            file.write("# changed\n")
        self.assertEqual(source("changed"), commit + "-dirty")

    def test_command_is_recorded_so_that_a_shell_takes_it(self):
        run = self.finished_run("it's here", *SHORT)
        command = json.loads((run / "run.json").read_text())["command"]
        self.assertIn("'" + str(run).replace("'", "'\\''") + "'", command)


if __name__ == "__main__":
    main()
