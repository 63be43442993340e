"""kill -9 at random moments: after every resume the end is that of an undisturbed run."""

import json
import random
import time

from zoo_program import ProgramTest, checkpoints, main, wait_until

KILLS = 20
SETTINGS = ("--set", "trainer.checkpoint_every=5", "--set", "trainer.log_every=2",
            "--set", "trainer.evaluate_every=50")


class KillTest(ProgramTest):
    def test_kill_at_random_moments(self):
        begin = time.monotonic()
        undisturbed = self.finished_run("undisturbed", *SETTINGS)
        whole = time.monotonic() - begin
        training = json.loads((undisturbed / "result.json").read_text())["seconds"]
        seed = random.randrange(2**32)
        print(f"the moments come from the seed {seed}", flush=True)
        moments = random.Random(seed)
        kills = runs = 0
        while kills < KILLS:
            run = self.home / f"killed_{runs}"
            runs += 1
            while self.begin_and_kill(run, moments, whole - training, training) and kills < KILLS:
                kills += 1
            self.go_on(run)
            self.assert_same_training(run, undisturbed)
        self.assertLess(runs, KILLS, "most runs were over before they could be killed")

    def command(self, run):
        """A process killed before it has written its configuration leaves no run."""
        if (run / "config.yaml").exists():
            return "resume", run
        return "run", "tiny/copy", "--output", run, *SETTINGS

    def begin_and_kill(self, run, moments, starting, training):
        """False if the run was over before it could be killed."""
        process = self.start(*self.command(run))
        if moments.random() < 0.25:
            time.sleep(moments.uniform(0, starting))  # while it starts
        else:
            before = checkpoints(run)
            wait_until(lambda: process.poll() is not None or checkpoints(run) != before,
                       "it trains")
            time.sleep(moments.uniform(0, training / 6))
        process.kill()
        end = self.ended(process)
        self.assertIn(end.returncode, (-9, 0), end)
        return end.returncode == -9

    def go_on(self, run):
        self.done(*self.command(run))


if __name__ == "__main__":
    main()
