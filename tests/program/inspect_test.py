"""list, describe, doctor, --help and --version: what there is."""

import json

from zoo_program import ProgramTest, SOURCE, main

EXPERIMENTS = sorted(str(path.relative_to(SOURCE / "configs"))[:-5]
                     for path in (SOURCE / "configs").rglob("*.yaml"))


class InspectTest(ProgramTest):
    def test_list_for_people(self):
        shown = self.done("list").stdout
        for title in ("MODEL", "DATASET", "TASK", "EXPERIMENT"):
            self.assertRegex(shown, rf"(?m)^{title}  ")
        for name in EXPERIMENTS:
            self.assertRegex(shown, rf"(?m)^{name} +\S")
        self.assertNotRegex(shown, r"arXiv:(\s|$)", "an experiment without a paper")
        self.assertNotRegex(shown, r"(?m) $", "a blank at the end of a line")

    def test_list_for_programs(self):
        listed = json.loads(self.done("list", "--json").stdout)
        self.assertEqual([each["name"] for each in listed["experiments"]],
                         sorted(EXPERIMENTS + ["tiny/copy"]))
        self.assertIn({"name": "neural_turing_machine", "tasks": ["transduction"]},
                      listed["models"])
        copy = next(each for each in listed["experiments"]
                    if each["name"] == "neural_turing_machine/copy")
        self.assertEqual((copy["paper"], copy["model"], copy["dataset"], copy["task"]),
                         ("1410.5401", "neural_turing_machine", "copy", "transduction"))

    def test_list_goes_on_after_a_broken_file(self):
        broken = self.home / "configs" / "tiny" / "broken.yaml"
        broken.write_text("model: {no_such_model: {}}\n")
        self.addCleanup(broken.unlink)
        shown = self.done("list").stdout
        self.assertRegex(shown, r"(?m)^tiny/broken +cannot be read; `zoo describe` says why$")
        self.assertRegex(shown, r"(?m)^tiny/copy$")
        entry = next(each for each in json.loads(self.done("list", "--json").stdout)["experiments"]
                     if each["name"] == "tiny/broken")
        self.assertTrue(any("no_such_model" in problem for problem in entry["problems"]))
        described = self.zoo("describe", "tiny/broken")
        self.assertEqual(described.returncode, 2)
        self.assertIn("no_such_model", described.stderr)
        doctor = self.zoo("doctor")
        self.assertEqual(doctor.returncode, 3)
        self.assertIn("1 cannot be read", doctor.stdout)

    def test_describe(self):
        listed = json.loads(self.done("list", "--json").stdout)
        for kind in ("model", "dataset", "task"):
            for entry in listed[kind + "s"]:
                shown = self.done("describe", entry["name"]).stdout
                self.assertTrue(shown.startswith(f"{kind} {entry['name']}\n"), shown)
        self.assertRegex(self.done("describe", "neural_turing_machine").stdout,
                         r"(?m)^  memory_rows +integer +at least 1 +default 128 +\w")
        self.assertRegex(self.done("describe", "trainer").stdout, r"^trainer\n  steps +integer")

    def test_described_experiment_is_a_configuration(self):
        text = self.done("describe", "tiny/copy").stdout
        self.assertIn("memory_rows: 16", text)
        self.assertIn("input_size: 5", text, "what the data determine is filled in")
        self.assertIn("shift_range: 1", text, "defaults are stated")
        file = self.home / "described.yaml"
        file.write_text(text)
        self.done("run", file, "--set", "trainer.steps=2", "--output", self.home / "described")

    def test_doctor(self):
        shown = self.zoo("doctor").stdout
        for what in ("attention-zoo", "build", "LibTorch", "processor", "BLAS", "CUDA", "disk"):
            self.assertRegex(shown, rf"(?m)^(ok|problem) +{what}  ")
        self.assertIn(f"{len(EXPERIMENTS) + 1} in {self.home / 'configs'}", shown)

    def test_doctor_misses_the_experiments(self):
        elsewhere = self.environment | {"ZOO_HOME": str(self.home / "runs")}
        result = self.zoo("doctor", env=elsewhere)
        self.assertEqual(result.returncode, 3)
        self.assertIn("set ZOO_HOME to the folder that holds configs/", result.stdout)

    def test_help_and_version(self):
        self.assertRegex(self.done("--version").stdout, r"^attention-zoo \d+\.\d+\.\d+\n$")
        self.assertEqual(self.done().stdout, self.done("--help").stdout)
        for command in ("list", "describe", "run", "resume", "evaluate", "predict", "reproduce",
                        "results", "doctor"):
            self.assertIn(command, self.done("--help").stdout)
            self.assertIn(command, self.done(command, "--help").stdout)


if __name__ == "__main__":
    main()
