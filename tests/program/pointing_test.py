"""Questions about points: predict and its drawings, the report's samples, weights that are shipped."""

import json
import shutil
import xml.etree.ElementTree

from zoo_program import ProgramTest, main

POINTS = """
model:   {pointer_network: {hidden_size: 8}}
dataset: {tsp: {min_points: 5, max_points: 5}}
task:    {pointing: {decoding: valid}}
trainer: {steps: 20, batch_size: 8, evaluate_every: 20, evaluate_batches: 2, evaluate_batch_size: 5}
expect:  {gap: {at_most: 10}}
"""
QUESTION = '{"points": [[0, 0], [4, 0], [4, 2], [0, 2], [2, 1]]}\n'
SVG = "{http://www.w3.org/2000/svg}"


class PointingTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.home / "configs" / "tiny" / "tour.yaml").write_text(POINTS)
        cls.done("run", "tiny/tour", "--output", "tour")

    def answers(self, run, text, *options):
        result = self.done("predict", run, *options, stdin=text)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_predict(self):
        (answer,) = self.answers("tour", QUESTION)
        self.assertEqual(sorted(answer["indices"]), [0, 1, 2, 3, 4])
        self.assertEqual(answer["indices"][0], 0)
        self.assertGreater(answer["length"], 12)
        (larger,) = self.answers("tour", json.dumps({"points": [[i, i * i] for i in range(9)]}))
        self.assertEqual(sorted(larger["indices"]), list(range(9)))

    def test_errors_name_the_line(self):
        for line, message in (
                ('{"points": [[0, 0], [1, 1]]}', '"points" must be at least 3 points, got 2'),
                ('{"points": [[0, 0], [1, 1], [2, "a"]]}',
                 'point 2 must be two finite numbers, got [2,"a"]'),
                ("nonsense", "this is not JSON")):
            result = self.zoo("predict", "tour", stdin=QUESTION + line + "\n")
            self.assert_fails(result, 2, f"zoo: standard input:2: {message}; expected "
                                         '{"points": [[x, y], ...]}')

    def test_drawings(self):
        self.answers("tour", QUESTION + "\n" + QUESTION, "--svg", "drawn")
        self.assertEqual(sorted(path.name for path in (self.home / "drawn").iterdir()),
                         ["001.svg", "003.svg"])
        root = xml.etree.ElementTree.parse(self.home / "drawn" / "001.svg").getroot()
        self.assertEqual(root.tag, SVG + "svg")
        self.assertGreaterEqual(len(root.findall(f".//{SVG}circle")), 5)

    def test_samples(self):
        samples = json.loads((self.home / "tour" / "samples.json").read_text())["samples"]
        self.assertEqual([sample["title"] for sample in samples],
                         ["test 1", "test 2", "test 3", "test 4"])
        for sample in samples:
            (drawing,) = sample["drawings"]
            self.assertEqual([layer["name"] for layer in drawing["layers"]], ["model", "solver"])
            self.assertEqual(drawing["step_weights"], sample["maps"][0]["name"])

    def test_instances_from_a_file(self):
        (self.home / "own.jsonl").write_text(QUESTION * 3)
        change = "dataset={point_sets: {file: own.jsonl, problem: tsp}}"
        metrics = json.loads(self.done("evaluate", "tour", "--json", "--set", change).stdout)
        self.assertAlmostEqual(metrics["solver_length"], 3.118, places=3)
        (self.home / "own.jsonl").write_text(QUESTION + '{"points": 1}\n')
        result = self.zoo("evaluate", "tour", "--set", change)
        self.assertEqual(result.returncode, 3)
        self.assertIn("own.jsonl:2:", result.stderr)


class ShippingTest(ProgramTest):
    """Weights in weights/ stand in for a run, and the ledger knows whose they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.home / "configs" / "tiny" / "tour.yaml").write_text(POINTS)
        (cls.home / "README.md").write_text("# A project\n")
        cls.done("reproduce", "tiny/tour", "--seeds", "2", "--ship")
        cls.weights = cls.home / "weights" / "tiny" / "tour.safetensors"
        cls.entry = cls.home / "results" / "tiny" / "tour.json"
        first = cls.home / "runs" / "tiny" / "tour" / "reproduce_seed_1"
        cls.expected = cls.done("predict", first, stdin=QUESTION).stdout
        shutil.rmtree(cls.home / "runs")

    def problem(self):
        return self.zoo("results", "--check").stderr

    def test_shipped_weights_answer(self):
        seeds = json.loads(self.entry.read_text())["seeds"]
        self.assertEqual(self.done("predict", "tiny/tour", stdin=QUESTION).stdout, self.expected)
        metrics = json.loads(self.done("evaluate", "tiny/tour", "--json").stdout)
        self.assertEqual(metrics, seeds[0]["metrics"])
        self.done("results", "--check")

    def test_what_disagrees(self):
        kept = self.weights.read_bytes()
        self.addCleanup(self.weights.write_bytes, kept)
        self.weights.write_bytes(kept[:-1] + b"\1")
        self.assertIn("weights/tiny/tour.safetensors has the checksum", self.problem())
        self.weights.unlink()
        self.assertIn("there is no weights/tiny/tour.safetensors", self.problem())
        self.weights.write_bytes(kept)
        stray = self.weights.with_name("stray.safetensors")
        stray.write_bytes(kept)
        self.addCleanup(stray.unlink)
        self.assertEqual(self.problem(), "weights/tiny/stray.safetensors: no entry of results/ names "
                                         "these weights; `zoo reproduce` names them with --ship\n")

    def test_not_with_changes(self):
        self.assert_fails(self.zoo("reproduce", "tiny/tour", "--ship", "--set", "trainer.steps=10"),
                          2, "zoo: --ship keeps weights of the experiment as it stands; leave out "
                             "--set")


if __name__ == "__main__":
    main()
