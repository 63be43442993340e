"""reproduce: several seeds, the ledger, and the exit code that says whether it came out."""

import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import statistics

from zoo_program import TINY, ProgramTest, checkpoints, contents, main, table, wait_until


def child_of(process, run):
    """The identifier of the child that trains in this folder."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue  # it has ended meanwhile
        if parent == process.pid and os.fsencode(run) in words:
            return int(folder.name)
    raise AssertionError(f"no child trains in {run}")


def is_free(run):
    """Whether nobody trains in this folder."""
    with open(run / "run.json") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


class ReproduceBase(ProgramTest):
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


class ReproduceTest(ReproduceBase):
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

    def test_changed_options(self):
        """What is tried leaves no trace in the ledger, nor in the runs of the experiment itself."""
        name = self.experiment("tried")
        self.done("reproduce", name)
        before = self.ledger(name)
        own = contents(self.run_of(name, 1))
        for jobs in ("1", "2"):
            result = self.done("reproduce", name, "--set", "trainer.steps=20", "--seeds", "2",
                               "--jobs", jobs)
            self.assertEqual(result.stdout.splitlines()[-1],
                             "no ledger entry was written, because of --set")
            self.assertEqual(result.stdout.count("trained 20 steps"), 2 if jobs == "1" else 0)
        other = self.zoo("reproduce", name, "--set", "trainer.steps=30", "--jobs", "2",
                         "--set", "expect.bits_per_sequence.at_most=0.001")
        self.assertEqual((other.returncode, other.stdout.count("trained 30 steps")), (1, 1), other)
        self.assertEqual(self.ledger(name), before)
        self.assertEqual(contents(self.run_of(name, 1)), own)
        names = sorted(path.name for path in (self.home / "runs" / name).iterdir())
        self.assertEqual(len(names), 4)
        self.assertEqual(names[0], "reproduce_seed_1")
        for each in names[1:]:
            self.assertRegex(each, "^reproduce_set_[0-9a-f]{16}_seed_[12]$")


class SideBySideTest(ReproduceBase):
    def test_same_as_in_turn(self):
        name = self.experiment("side_by_side")
        self.done("reproduce", name, "--seeds", "3")
        ledgers = [self.ledger(name)]
        shutil.rmtree(self.home / "runs" / name)
        result = self.done("reproduce", name, "--seeds", "3", "--jobs", "2")
        ledgers.append(self.ledger(name))
        for key in ("pass", "expect", "summary"):
            self.assertEqual(ledgers[0][key], ledgers[1][key])
        for seeds in zip(*(ledger["seeds"] for ledger in ledgers)):
            for key in ("seed", "metrics", "weights", "steps", "machine"):
                self.assertEqual(seeds[0][key], seeds[1][key])
        self.assertEqual(ledgers[1]["command"], f"zoo reproduce {name} --seeds 3 --jobs 2")
        lines = result.stdout[:result.stdout.index(f"\n{name}  3 seeds")].splitlines()
        self.assertTrue(all(re.match("seed [123](  |$)", line) for line in lines), lines)
        for seed in (1, 2, 3):
            self.assertEqual(len([line for line in lines if
                                  line.startswith(f"seed {seed}  trained 100 steps in ")]), 1)
        self.assertRegex(result.stderr, r"(?m)^seed 2  step 100  validation ")
        before = contents(self.home / "runs" / name)
        again = self.done("reproduce", name, "--seeds", "3", "--jobs", "3")
        self.assertEqual((again.stdout.count("trained"), again.stderr), (0, ""))
        self.assertEqual(contents(self.home / "runs" / name), before)

    def begun(self, label, count=2, **options):
        """Seeds that train side by side, each of which has two checkpoints."""
        name = self.experiment(label, steps=("steps: 100", "steps: 1500"))
        process = self.start("reproduce", name, "--seeds", str(count), "--jobs", "2", **options)
        runs = [self.run_of(name, seed) for seed in range(1, count + 1)]
        wait_until(lambda: process.poll() is not None or
                   all(len(checkpoints(run)) > 1 for run in runs[:2]), "both have two checkpoints")
        self.assertIsNone(process.poll(), "it ended too early")
        return name, process, runs

    def check_goes_on(self, name, runs):
        """What was interrupted ends as if it had not been."""
        whole = self.home / "whole"
        if not whole.exists():
            self.finished_run("whole", "--seed", "2")
        self.done("reproduce", name, "--seeds", str(len(runs)), "--jobs", "2")
        self.assertEqual(table(runs[1]), table(whole))
        state = "checkpoints/step_1500/state.safetensors"
        self.assertEqual((runs[1] / state).read_bytes(), (whole / state).read_bytes())

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            name, process, runs = self.begun(f"stopped_{number}", 3)
            process.send_signal(number)
            end = self.ended(process)
            self.assertEqual(end.returncode, 130, end)
            lines = end.stderr.splitlines()
            self.assertEqual(lines[-1], "interrupted; the state is saved: "
                             f"`zoo reproduce {name} --seeds 3 --jobs 2` goes on")
            for seed, run in ((1, runs[0]), (2, runs[1])):
                self.assertIn(f"seed {seed}  interrupted; the state is saved: `zoo resume "
                              f"runs/{name}/reproduce_seed_{seed}` goes on", lines)
                self.assertTrue(is_free(run))
            self.assertFalse([line for line in lines if line.startswith("zoo: ")], lines)
            self.assertFalse(runs[2].exists(), "none is begun any more")
            self.assertFalse((self.home / "results" / f"{name}.json").exists())
        self.check_goes_on(name, runs)

    def test_signal_for_all(self):
        """Ctrl-C in a terminal is sent to a process group, the end of a service to all of it."""
        def to_group(process, runs):
            for run in runs:
                self.assertNotEqual(os.getpgid(child_of(process, run)), process.pid)
            os.killpg(process.pid, signal.SIGINT)

        def to_each(process, runs):
            for each in [child_of(process, run) for run in runs] + [process.pid]:
                os.kill(each, signal.SIGTERM)

        for label, send in (("group", to_group), ("each", to_each)):
            name, process, runs = self.begun(label, start_new_session=True)
            send(process, runs)
            end = self.ended(process)
            self.assertEqual(end.returncode, 130, end)
            self.assertEqual(end.stderr.count("  interrupted; the state is saved: "), 2, end)

    def test_parent_killed(self):
        """Its children save their state and end."""
        name, process, runs = self.begun("orphans")
        process.kill()
        self.ended(process)
        wait_until(lambda: all(is_free(run) for run in runs), "the children have ended")
        for run in runs:
            self.assertFalse((run / "result.json").exists())
            newest = int(checkpoints(run)[-1].name.removeprefix("step_"))
            self.assertLess(newest, 1500)
        self.check_goes_on(name, runs)

    def test_child_killed(self):
        name, process, runs = self.begun("killed")
        os.kill(child_of(process, runs[1]), signal.SIGKILL)
        end = self.ended(process)
        self.assertEqual(end.returncode, 3, end)
        self.assertEqual(end.stderr.splitlines()[-1], "zoo: seed 2 was killed by signal 9 (Killed); "
                         f"its run folder is runs/{name}/reproduce_seed_2")
        self.assertTrue((runs[0] / "result.json").exists(), "the other goes on")
        self.assertFalse((self.home / "results" / f"{name}.json").exists())
        self.check_goes_on(name, runs)

    def test_child_that_fails(self):
        name = self.experiment("failing")
        run = self.run_of(name, 2)
        self.done("run", name, "--seed", "2", "--output", run)
        (run / "result.json").unlink()
        with open(run / "run.json") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            result = self.zoo("reproduce", name, "--seeds", "3", "--jobs", "2")
        shown = f"runs/{name}/reproduce_seed_2"
        self.assertEqual(result.returncode, 2, result)
        lines = result.stderr.splitlines()
        self.assertIn(f"seed 2  zoo: {shown} is being trained by another process", lines)
        self.assertEqual(lines[-1], f"zoo: seed 2 ended with exit code 2; its run folder is {shown}")
        for seed in (1, 3):
            self.assertTrue((self.run_of(name, seed) / "result.json").exists(), seed)
        self.assertFalse((self.home / "results" / f"{name}.json").exists())
        self.done("reproduce", name, "--seeds", "3", "--jobs", "2")

    def test_nothing_starts_beside_another_configuration(self):
        name = self.experiment("mixed")
        self.done("run", name, "--set", "trainer.steps=20", "--seed", "3",
                  "--output", self.run_of(name, 3))
        for result in (True, False):
            if not result:
                (self.run_of(name, 3) / "result.json").unlink()
            self.assert_fails(
                self.zoo("reproduce", name, "--seeds", "3", "--jobs", "2"), 2,
                f"zoo: runs/{name}/reproduce_seed_3 is a run of another configuration of {name}; "
                "remove the folder to run it anew")
            self.assertFalse(self.run_of(name, 1).exists())

    def test_options_reach_the_children(self):
        name = self.experiment("options")
        self.done("reproduce", name, "--seeds", "2", "--jobs", "2", "--threads", "2")
        self.assertEqual([seed["machine"]["threads"] for seed in self.ledger(name)["seeds"]], [2, 2])
        result = self.zoo("reproduce", self.experiment("device"), "--jobs", "2", "--device", "tpu")
        self.assertEqual(result.returncode, 2)
        self.assertIn("seed 1  zoo: there is no device 'tpu'; known are cpu, cuda and cuda:<n>\n",
                      result.stderr)


if __name__ == "__main__":
    main()
