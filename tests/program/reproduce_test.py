"""reproduce: several seeds, the ledger, and the exit code that says whether it came out."""

import json
import shutil
import signal
import statistics

from zoo_program import TINY, ProgramTest, checkpoints, contents, main, table, wait_until


class ReproduceTest(ProgramTest):
    def experiment(self, name, **changes):
        """An experiment of its own, so that no test sees the runs of another."""
        text = TINY.replace("steps: 1500", "steps: 100")
        for old, new in changes.values():
            self.assertIn(old, text)
            text = text.replace(old, new)
        (self.home / "configs" / "tiny" / f"{name}.yaml").write_text(text)
        return f"tiny/{name}"

    def ledger(self, experiment):
        return json.loads((self.home / "results" / f"{experiment}.json").read_text())

    def run_of(self, experiment, seed):
        return self.home / "runs" / experiment / f"reproduce_seed_{seed}"

    def test_within_the_bounds(self):
        name = self.experiment("within")
        result = self.zoo("reproduce", name, "--seeds", "2")
        self.assertEqual(result.returncode, 0, result)
        ledger = self.ledger(name)
        self.assertTrue(ledger["pass"])
        self.assertEqual([seed["seed"] for seed in ledger["seeds"]], [1, 2])
        for metric in ledger["seeds"][0]["metrics"]:
            values = [seed["metrics"][metric] for seed in ledger["seeds"]]
            summary = ledger["summary"][metric]
            self.assertAlmostEqual(summary["median"], statistics.median(values))
            self.assertAlmostEqual(summary["mean"], statistics.mean(values))
            self.assertAlmostEqual(summary["standard_deviation"], statistics.stdev(values))
        self.assertEqual([(each["metric"], each["at_most"], each["pass"])
                          for each in ledger["expect"]],
                         [("bits_per_sequence", 100, True), ("length_6.wrong_bits", 1, True)])
        for seed in ledger["seeds"]:
            run = self.run_of(name, seed["seed"])
            own = json.loads((run / "result.json").read_text())
            self.assertEqual(seed["metrics"], own["metrics"])
            self.assertEqual(seed["weights"], own["weights"])
            self.assertEqual(seed["machine"], own["machine"])
        self.assertEqual(ledger["command"], f"zoo reproduce {name} --seeds 2")
        self.assertIn(f"{name}  2 seeds", result.stdout)
        self.assertRegex(result.stdout,
                         r"(?m)^length_6.wrong_bits( +[\d.]+){3} +0 +at most 1 +pass$")
        self.assertRegex(self.done("list").stdout, rf"(?m)^{name} +reproduced$")
        self.check_again(name)

    def check_again(self, name):
        """What is finished is not run again."""
        before = contents(self.home / "runs")
        result = self.done("reproduce", name, "--seeds", "2")
        self.assertNotIn("trained", result.stdout)
        self.assertEqual(contents(self.home / "runs"), before)

    def test_outside_the_bounds(self):
        name = self.experiment("outside", bound=("at_most: 100", "at_most: 0.001"))
        result = self.zoo("reproduce", name)
        self.assertEqual(result.returncode, 1, result)
        self.assertRegex(result.stdout, r"(?m)^bits_per_sequence .* at most 0.001 +FAIL$")
        self.assertFalse(self.ledger(name)["pass"])
        self.assertEqual([each["pass"] for each in self.ledger(name)["expect"]], [False, True])
        self.assertRegex(self.done("list").stdout, rf"(?m)^{name} +falls short$")

    def test_interrupted(self):
        name = self.experiment("interrupted", steps=("steps: 100", "steps: 1500"))
        whole = self.finished_run("whole", "--seed", "2")
        process = self.start("reproduce", name, "--seeds", "2")
        second = self.run_of(name, 2)
        wait_until(lambda: process.poll() is not None or len(checkpoints(second)) > 1,
                   "the second seed has two checkpoints")
        process.send_signal(signal.SIGTERM)
        end = self.ended(process)
        self.assertEqual(end.returncode, 130, end)
        self.assertEqual(end.stderr.splitlines()[-1], "interrupted; the state is saved: "
                         f"`zoo reproduce {name} --seeds 2` goes on")
        self.assertFalse((self.home / "results" / f"{name}.json").exists())
        result = self.done("reproduce", name, "--seeds", "2")
        self.assertEqual(result.stdout.count("trained 1500 steps"), 1, "the first one was done")
        self.assertEqual(table(second), table(whole))
        state = "checkpoints/step_1500/state.safetensors"
        self.assertEqual((second / state).read_bytes(), (whole / state).read_bytes())

    def test_runs_of_another_configuration(self):
        name = self.experiment("changed")
        self.done("reproduce", name)
        finished = self.run_of(name, 1)
        unfinished = self.run_of(name, 2)
        shutil.copytree(finished, unfinished)
        message = ("zoo: runs/{0}/reproduce_seed_{1} is a run of another configuration of {0}; "
                   "remove the folder to run it anew")
        # That of the second seed says that its seed is 1, finished or not.
        self.assert_fails(self.zoo("reproduce", name, "--seeds", "2"), 2, message.format(name, 2))
        (unfinished / "result.json").unlink()
        shutil.rmtree(unfinished / "checkpoints")
        before = contents(self.home / "runs" / name)
        self.assert_fails(self.zoo("reproduce", name, "--seeds", "2"), 2, message.format(name, 2))
        self.experiment("changed", steps=("steps: 100", "steps: 101"))
        self.assert_fails(self.zoo("reproduce", name), 2, message.format(name, 1))
        (finished / "result.json").unlink()
        self.assert_fails(self.zoo("reproduce", name), 2, message.format(name, 1))
        shutil.rmtree(finished)
        self.assertEqual(contents(self.home / "runs" / name),
                         {path: data for path, data in before.items() if "seed_2" in path})
        self.done("reproduce", name)

    def test_damaged_result(self):
        name = self.experiment("damaged")
        self.done("reproduce", name)
        file = self.run_of(name, 1) / "result.json"
        sound = json.loads(file.read_text())
        for text in ("", "{}", "[1]", json.dumps(sound | {"metrics": 3}),
                     json.dumps({key: sound[key] for key in sound if key != "weights"})):
            file.write_text(text)
            self.assert_fails(self.zoo("reproduce", name), 3,
                              f"zoo: {file}: this is not the result of a run")

    def test_metric_that_is_not_a_number(self):
        name = self.experiment("nan")
        self.done("reproduce", name)
        file = self.run_of(name, 1) / "result.json"
        sound = json.loads(file.read_text())
        sound["metrics"]["bits_per_sequence"] = None
        file.write_text(json.dumps(sound))
        result = self.zoo("reproduce", name)
        self.assertEqual((result.returncode, result.stderr), (1, ""))
        self.assertRegex(result.stdout, r"(?m)^bits_per_sequence +nan +nan +0 +at most 100 +FAIL$")
        self.assertFalse(self.ledger(name)["pass"])

    def test_nothing_is_expected(self):
        text = TINY[:TINY.index("expect:")]
        (self.home / "configs" / "tiny" / "plain.yaml").write_text(text)
        self.assert_fails(self.zoo("reproduce", "tiny/plain"), 2,
                          "zoo: tiny/plain expects nothing: it has no `expect`")


if __name__ == "__main__":
    main()
