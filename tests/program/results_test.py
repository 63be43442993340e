"""results: the ledger as a table, what betrays a change of it, and the tables of the READMEs."""

import json
import re
import shutil
import statistics
import xml.etree.ElementTree

from zoo_program import TINY, ProgramTest, main

README = """# A project

<!-- results tiny/quick: sequences = examples, bits = bits_per_sequence,
     wrong = length_6.wrong_bits %, paper = paper bits_per_sequence, seeds -->
old
<!-- end of results -->

| model | paper |
|---|---|
| `tiny/quick` | Graves et al. 2014 |
"""

RECORD_BLOCK = """
<!-- results benchmarks/results/speed.json: experiment, batch = batch_size,
     ours = ours_milliseconds ms, share = wait % -->
<!-- end of results -->
"""

RECORD = {"rows": [
    {"experiment": "tiny/quick", "batch_size": 16, "ours_milliseconds": 1234.5, "wait": 0.0123},
    {"experiment": "tiny/quick", "batch_size": 1, "ours_milliseconds": 1.528}]}


class ResultsTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.config = cls.home / "configs" / "tiny" / "quick.yaml"
        cls.config_text = TINY.replace("steps: 1500", "steps: 20")
        cls.config.write_text(cls.config_text)
        cls.done("reproduce", "tiny/quick", "--seeds", "3")
        cls.file = cls.home / "results" / "tiny" / "quick.json"
        cls.sound = cls.file.read_text()
        cls.readme = cls.home / "README.md"

    def setUp(self):
        for path in (self.home / "results", self.home / "docs", self.home / "benchmarks"):
            shutil.rmtree(path, ignore_errors=True)
        self.file.parent.mkdir(parents=True)
        self.file.write_text(self.sound)
        self.config.write_text(self.config_text)
        self.readme.write_text("# A project\n")

    def entry(self):
        return json.loads(self.file.read_text())

    def edit(self, change):
        """Changes the entry as somebody with an editor would."""
        entry = self.entry()
        change(entry)
        self.file.write_text(json.dumps(entry, indent=2) + "\n")
        return entry

    def assert_agrees(self, entries=1, tables=0, figures=0):
        result = self.done("results", "--check")
        self.assertEqual((result.stdout, result.stderr),
                         (f"{entries} entries, {tables} tables, {figures} figures agree\n", ""))

    def assert_problems(self, *lines):
        result = self.zoo("results", "--check")
        self.assert_fails(result, 1, *lines)
        self.assertEqual(result.stdout, "")

    def problem(self):
        """The only problem there is."""
        result = self.zoo("results", "--check")
        self.assertEqual((result.returncode, len(result.stderr.splitlines())), (1, 1), result)
        return result.stderr.rstrip("\n")


class LedgerTest(ResultsTest):
    def test_table(self):
        bits = self.entry()["expect"][0]["median"]
        rows = self.done("results").stdout.splitlines()
        date = self.entry()["date"]
        self.assertRegex(rows[0], r"^EXPERIMENT +seeds +metric +ours +paper +expected +date$")
        self.assertEqual(rows[1].split(), ["tiny/quick", "3", "bits_per_sequence", f"{bits:.4g}",
                                           "0", "at", "most", "100", "pass", date])
        self.assertRegex(rows[2], r"^tiny/quick +3 +length_6.wrong_bits .* at most 1 +pass +")
        self.assertEqual(len(rows), 3)
        for name in ("tiny", "tiny/quick"):
            self.assertEqual(self.done("results", name).stdout.splitlines(), rows)
        self.assert_fails(self.zoo("results", "tiny/quik"), 2,
                          "zoo: the ledger has nothing of 'tiny/quik'; did you mean 'tiny/quick'?")

    def test_table_for_programs(self):
        (entry,) = json.loads(self.done("results", "--json").stdout)
        own = self.entry()
        self.assertEqual(entry["experiment"], "tiny/quick")
        self.assertEqual((entry["seeds"], entry["pass"], entry["stale"], entry["date"]),
                         (3, True, None, own["date"]))
        self.assertEqual(entry["expect"], own["expect"])
        self.assertEqual(entry["medians"], {metric: summary["median"]
                                            for metric, summary in own["summary"].items()})

    def test_empty_ledger(self):
        self.file.unlink()
        self.assertEqual(self.done("results").stdout,
                         "the ledger is empty; `zoo reproduce EXPERIMENT` makes an entry\n")
        self.assertEqual(json.loads(self.done("results", "--json").stdout), [])
        self.assert_agrees(entries=0)

    def test_what_does_not_go_together(self):
        self.assert_fails(self.zoo("results", "--check", "tiny"), 2,
                          "zoo: --check looks at everything; leave out 'tiny'")
        for flags in (("--check", "--write"), ("--check", "--json"), ("--write", "--json")):
            self.assertEqual(self.zoo("results", *flags).returncode, 2, flags)

    def test_sound(self):
        self.assert_agrees()
        self.assertEqual(list(self.entry())[-1], "checksums")
        self.file.write_text(json.dumps(self.entry()))  # on one line
        self.assert_agrees()

    def test_derived_values(self):
        def change(entry):
            entry["summary"]["wrong_bits"]["median"] = 0.125
            entry["expect"][1]["median"] = 0
            entry["expect"][0]["pass"] = entry["pass"] = False
        sound = self.entry()
        self.edit(change)
        self.assert_problems(
            "results/tiny/quick.json: summary.wrong_bits.median is 0.125, but the seeds give "
            f"{sound['summary']['wrong_bits']['median']}",
            "results/tiny/quick.json: expect[0].pass is false, but the seeds give true",
            "results/tiny/quick.json: expect[1].median is 0, but the seeds give "
            f"{sound['expect'][1]['median']}",
            "results/tiny/quick.json: pass is false, but the seeds give true")

    def test_summary_of_other_metrics(self):
        def change(entry):
            entry["summary"]["beauty"] = entry["summary"].pop("wrong_bits")
        self.edit(change)
        self.assert_problems(
            "results/tiny/quick.json: summary.wrong_bits is missing, but the seeds have it",
            "results/tiny/quick.json: summary.beauty is of no seed")

    def test_consistent_edit(self):
        """Everything that follows from a changed seed is changed, too."""
        def change(entry):
            values = []
            for seed in entry["seeds"]:
                if seed["seed"] == 2:
                    seed["metrics"]["wrong_bits"] = 0.25
                values.append(seed["metrics"]["wrong_bits"])
            entry["summary"]["wrong_bits"] = {
                "mean": sum(values) / 3, "standard_deviation": statistics.stdev(values),
                "median": statistics.median(values)}
        self.edit(change)
        self.assertEqual(self.zoo("results", "--check").stderr.splitlines()[0],
                         "results/tiny/quick.json: summary was changed after it was recorded")
        self.assertIn("results/tiny/quick.json: seeds[1] was changed after it was recorded\n",
                      self.zoo("results", "--check").stderr)

    def test_other_fields(self):
        self.edit(lambda entry: entry.update(date="2001-01-01", note="made up"))
        self.assert_problems("results/tiny/quick.json: date was changed after it was recorded",
                             "results/tiny/quick.json: note was added after it was recorded")

    def test_seed_left_out(self):
        self.edit(lambda entry: entry["seeds"].pop())
        self.assertEqual(self.problem(),
                         "results/tiny/quick.json: seeds[2] was removed after it was recorded")

    def test_name_of_another(self):
        other = self.file.with_name("copy.json")
        self.file.rename(other)
        problems = self.zoo("results", "--check").stderr
        other.unlink()
        self.assertIn("results/tiny/copy.json: experiment is 'tiny/quick', but the file is that of "
                      "'tiny/copy'\n", problems)

    def test_not_json(self):
        self.file.write_text(self.sound[:200])
        self.assertRegex(self.problem(), r"^results/tiny/quick.json: this is not JSON: parse error "
                         r"at line \d+, column \d+: ")
        self.assertIn("cannot be read; `zoo results --check` says why", self.done("results").stdout)
        (entry,) = json.loads(self.done("results", "--json").stdout)
        self.assertEqual((entry["experiment"], len(entry["problems"])), ("tiny/quick", 1))

    def test_shape(self):
        def change(entry):
            del entry["seeds"][0]["weights"]
            entry["seeds"][1]["metrics"]["wrong_bits"] = "0"
            del entry["seeds"][2]["metrics"]["wrong_bits"]
            entry["expect"][0]["pass"] = 1
        self.edit(change)
        self.assert_problems(
            "results/tiny/quick.json: expect[0].pass must be true or false, got 1",
            "results/tiny/quick.json: seeds[0].weights is missing",
            'results/tiny/quick.json: seeds[1].metrics.wrong_bits must be a number or null, '
            'got "0"')
        self.file.write_text(self.sound)
        self.edit(lambda entry: entry["seeds"][2]["metrics"].pop("wrong_bits"))
        self.assertEqual(self.problem(),
                         "results/tiny/quick.json: seeds[2].metrics.wrong_bits is missing")
        self.file.write_text("[]")
        self.assertEqual(self.problem(), "results/tiny/quick.json: a ledger entry must be an object")

    def test_without_checksums(self):
        self.edit(lambda entry: entry.pop("checksums"))
        self.assertEqual(self.problem(), "results/tiny/quick.json: checksums is missing")

    def test_stale(self):
        self.config.write_text(self.config_text.replace("batch_size: 2", "batch_size: 3", 1))
        self.assertRegex(self.problem(), "^results/tiny/quick.json: stale: configs/tiny/quick.yaml "
                         "has changed since: its hash is [0-9a-f]{16}, the entry's "
                         f"{self.entry()['config_hash']}; `zoo reproduce tiny/quick --seeds 3` makes "
                         'it anew, or a field "stale": "why" says why it stays$')
        self.assertIn("stale: configs/tiny/quick.yaml has changed since", self.done("results").stdout)
        self.edit(lambda entry: entry.update(stale="the paper was misread"))
        self.assert_agrees()
        self.assertRegex(self.done("results").stdout, r"(?m)  stale: the paper was misread$")
        (entry,) = json.loads(self.done("results", "--json").stdout)
        self.assertEqual(entry["stale"], "the paper was misread")

    def test_configuration_gone_or_damaged(self):
        self.config.write_text("model: {}\n")
        self.assertIn("stale: configs/tiny/quick.yaml cannot be read; `zoo describe tiny/quick` "
                      "says why; ", self.problem())
        self.config.unlink()
        self.assertIn("stale: there is no configs/tiny/quick.yaml any more; ", self.problem())

    def test_bounds_are_part_of_the_configuration(self):
        self.config.write_text(self.config_text.replace("at_most: 100", "at_most: 99"))
        self.assertIn("has changed since", self.problem())


class TablesTest(ResultsTest):
    def written(self, text):
        self.readme.write_text(text)
        self.assertEqual(self.done("results", "--write").stdout, "README.md has new tables\n")
        return self.readme.read_text()

    def test_write_mends(self):
        self.readme.write_text(README)
        self.assertRegex(self.problem(), r"^README.md:5: the table has 'old', but the results give "
                         r"'\| experiment \| sequences \| bits \| wrong \| paper \| seeds \| met \|'"
                         r"; `./zoo results --write` mends it$")
        text = self.written(README)
        summary = self.entry()["summary"]
        lines = text.splitlines()
        self.assertEqual(lines[4:6], ["| experiment | sequences | bits | wrong | paper | seeds | met |",
                                      "|---|---|---|---|---|---|---|"])
        wrong = 100 * summary["length_6.wrong_bits"]["median"]
        cells = [cell.strip() for cell in lines[6].split("|")][1:-1]
        bits = summary["bits_per_sequence"]["median"]
        self.assertAlmostEqual(float(cells.pop(2)), bits, delta=bits / 200)
        self.assertEqual(cells, ["`tiny/quick`", "40", f"{wrong:.1f} %", "0", "3", "yes"])
        self.assertEqual(lines[:4] + lines[7:], README.splitlines()[:4] + README.splitlines()[5:])
        self.assert_agrees(tables=1)
        self.assertEqual(self.done("results", "--write").stdout, "1 tables, 0 figures agree already\n")
        self.assertEqual(self.readme.read_text(), text)

    def test_edited_row(self):
        text = self.written(README)
        self.readme.write_text(text.replace("| 40 |", "| 41 |"))
        self.assertRegex(self.problem(), r"^README.md:7: the table has '\| `tiny/quick` \| 41 .* but "
                         r"the results give '\| `tiny/quick` \| 40 ")
        lines = text.splitlines(keepends=True)
        self.readme.write_text("".join(lines[:6] + lines[7:]))
        self.assertRegex(self.problem(), r"^README.md:7: the table has no row, but the results give "
                         r"'\| `tiny/quick`")
        self.readme.write_text("".join(lines[:7] + ["| `tiny/more` |\n"] + lines[7:]))
        self.assertIn("README.md:8: the table has '| `tiny/more` |', but the results give no row",
                      self.problem())
        self.assertEqual(self.written(self.readme.read_text()), text)

    def test_two_tables_and_other_files(self):
        page = self.home / "models" / "tiny" / "README.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(README)
        self.readme.write_text(README + README)
        self.assertEqual(self.done("results", "--write").stdout,
                         "README.md has new tables\nmodels/tiny/README.md has new tables\n")
        self.assertEqual(self.readme.read_text(), page.read_text() * 2)
        self.assert_agrees(tables=3)
        page.unlink()

    def test_stale_in_the_table(self):
        self.edit(lambda entry: entry.update(stale="the paper was misread"))
        self.assertRegex(self.written(README), r"(?m)^\| `tiny/quick` .* \| yes, stale \|$")

    def test_record_of_a_benchmark(self):
        folder = self.home / "benchmarks" / "results"
        folder.mkdir(parents=True)
        (folder / "speed.json").write_text(json.dumps(RECORD))
        self.assertIn("| experiment | batch | ours | share |\n|---|---|---|---|\n"
                      "| `tiny/quick` | 16 | 1,234 ms | 1.2 % |\n"
                      "| `tiny/quick` | 1 | 1.53 ms |  |\n<!-- end", self.written(RECORD_BLOCK))
        self.assert_agrees(tables=1)
        (folder / "speed.json").write_text("[]")
        self.assertEqual(self.problem(), "README.md:2: benchmarks/results/speed.json, which the "
                         "block shows, has no list `rows` of objects")
        (folder / "speed.json").unlink()
        self.assertIn("speed.json: No such file", self.problem())

    def test_blocks_that_cannot_be_filled(self):
        for old, new, line, problem in (
                ("tiny/quick:", "tiny/quik:", 3,
                 "the ledger has no entry of 'tiny/quik'; did you mean 'tiny/quick'?"),
                ("tiny/quick:", "other/thing:", 3, "the ledger has no entry of 'other/thing'; `zoo "
                 "reproduce other/thing` makes one"),
                ("= examples", "= exmples", 3, "there is no 'exmples' in what the block shows"),
                ("paper bits", "paper bit", 3, "there is no 'paper bit_per_sequence' in what the "
                 "block shows"),
                ("= examples", "= examples pieces", 3,
                 "the column 'sequences' ends in 'pieces'; only % is known there"),
                ("tiny/quick:", "tiny/quick", 3, "the block must begin with `<!-- results "
                 "EXPERIMENT…: column, column`"),
                ("<!-- end of results -->", "", 3,
                 "this block of results has no `<!-- end of results -->`")):
            self.assertIn(old, README)
            self.readme.write_text(README.replace(old, new))
            self.assert_problems(f"README.md:{line}: {problem}")
            before = self.readme.read_text()
            self.assert_fails(self.zoo("results", "--write"), 1, f"README.md:{line}: {problem}")
            self.assertEqual(self.readme.read_text(), before)

    def test_entry_that_is_damaged(self):
        self.readme.write_text(README)
        self.file.write_text("{")
        self.assertEqual(self.zoo("results", "--check").stderr.splitlines()[1:],
                         ["README.md:3: results/tiny/quick.json, which the block shows, is damaged"])

    def test_number_outside_of_blocks(self):
        row = "| [`tiny/quick`](x.md) | Graves | **0.5 %** |\n"
        self.readme.write_text("| experiment | by | wrong |\n|---|---|---|\n" + row)
        self.assertEqual(self.problem(), "README.md:3: this row gives a number for tiny/quick "
                         "outside of a block `<!-- results …`, so nothing tells whether it is the "
                         "ledger's; results/README.md shows how to write such a block")
        page = self.home / "docs" / "page.md"
        page.parent.mkdir()
        page.write_text(row)
        self.readme.write_text(f"```\n{row}```\n    {row}")
        self.assertIn("docs/page.md:1: this row gives a number for tiny/quick", self.problem())
        page.write_text("| `tiny/quick` | table 2 |\n| `tiny/unknown` | 3 |\n")
        self.assert_agrees()


FIGURE = """
<!-- figure lengths.svg: tiny/quick:
     x = length; y = wrong bits %; 3 = wrong_bits, 6 = length_6.wrong_bits -->
![Wrong bits by length](lengths.svg)
"""
SPEED_FIGURE = """
<!-- figure speed.svg: benchmarks/results/speed.json: x = symbols = length; y = time = wait %; lines = model -->
![Time](speed.svg)
"""
SPEED = {"rows": [{"model": "lstm", "length": 20, "wait": 0.25},
                  {"model": "lstm", "length": 10, "wait": 0.125, "wait_lowest": 0.1,
                   "wait_highest": 0.15},
                  {"model": "gru", "length": 10, "wait": 0.5},
                  {"model": "gru", "length": 20}, {"length": 30, "wait": 1}, {"model": "gru"}]}
SVG = "{http://www.w3.org/2000/svg}"


def texts(picture):
    return [each.text for each in picture.iter(SVG + "text")]


def told(picture):
    """What a pointer is told of each point."""
    return [each.find(SVG + "title").text for each in picture.iter(SVG + "path") if len(each)]


class FiguresTest(ResultsTest):
    def setUp(self):
        super().setUp()
        for name in ("lengths.svg", "speed.svg"):
            (self.home / name).unlink(missing_ok=True)

    def drawn(self, text, name="lengths.svg"):
        self.readme.write_text(text)
        self.assertEqual(self.done("results", "--write").stdout, f"{name} is drawn anew\n")
        self.assertEqual(self.readme.read_text(), text)
        return xml.etree.ElementTree.parse(self.home / name).getroot()

    def test_write_draws(self):
        self.readme.write_text(FIGURE)
        self.assertEqual(self.problem(), "README.md:2: there is no lengths.svg; `./zoo results "
                         "--write` draws it")
        picture = self.drawn(FIGURE)
        self.assertEqual(picture.find(SVG + "title").text, "wrong bits by length: tiny/quick")
        words = texts(picture)
        self.assertEqual(words[0], "wrong bits")
        for word in ("length", "tiny/quick", "Medians over the seeds; bars from the lowest to the "
                     "highest."):
            self.assertIn(word, words)
        self.assertTrue(any(word.endswith(" %") for word in words), words)
        summary = self.entry()["summary"]
        points = told(picture)
        self.assertEqual(len(points), 2)
        for place, metric, text in zip((3, 6), ("wrong_bits", "length_6.wrong_bits"), points):
            values = [100 * seed["metrics"][metric] for seed in self.entry()["seeds"]]
            found = re.fullmatch(rf"{place}: ([\d.]+) % \(([\d.]+) % to ([\d.]+) %\)", text)
            for number, value in zip(found.groups(), (100 * summary[metric]["median"],
                                                      min(values), max(values))):
                self.assertAlmostEqual(float(number), value, delta=value / 200)
        self.assert_agrees(figures=1)
        self.assertEqual(self.done("results", "--write").stdout,
                         "0 tables, 1 figures agree already\n")

    def test_figure_that_is_not_of_the_results(self):
        self.drawn(FIGURE)
        file = self.home / "lengths.svg"
        sound = file.read_text()
        file.write_text(sound.replace("tiny/quick", "tiny/other"))
        self.assertEqual(self.problem(), "README.md:2: lengths.svg does not show what the results "
                         "give; `./zoo results --write` draws it")
        self.drawn(FIGURE)
        self.assertEqual(file.read_text(), sound)
        self.edit(lambda entry: entry.update(stale="the paper was misread"))
        self.assertIn("lengths.svg does not show", self.problem())
        self.assertIn("tiny/quick (stale)", texts(self.drawn(FIGURE)))

    def test_names_on_the_axis(self):
        picture = self.drawn(FIGURE.replace("3 =", "1-3 =").replace("6 = l", "more = l"))
        for word in ("1-3", "more"):
            self.assertIn(word, texts(picture))
        self.assertEqual([text.split(":")[0] for text in told(picture)], ["1-3", "more"])

    def test_beside_its_page(self):
        page = self.home / "models" / "tiny" / "README.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(FIGURE)
        self.assertEqual(self.done("results", "--write").stdout,
                         "models/tiny/lengths.svg is drawn anew\n")
        self.assertTrue((page.parent / "lengths.svg").exists())
        self.assert_agrees(figures=1)
        page.unlink()

    def test_record_of_a_benchmark(self):
        folder = self.home / "benchmarks" / "results"
        folder.mkdir(parents=True)
        (folder / "speed.json").write_text(json.dumps(SPEED))
        picture = self.drawn(SPEED_FIGURE, "speed.svg")
        self.assertEqual(told(picture), ["10: 12.5 % (10 % to 15 %)", "20: 25 %", "10: 50 %"])
        self.assertEqual(picture.find(SVG + "title").text, "time by symbols: lstm, gru")
        self.assertIn("Bars from the lowest to the highest.", texts(picture))
        self.assert_agrees(figures=1)

    def test_figures_that_cannot_be_drawn(self):
        shown = "](lengths.svg)"
        for old, new, problem in (
                ("tiny/quick:", "tiny/quik:",
                 "the ledger has no entry of 'tiny/quik'; did you mean 'tiny/quick'?"),
                ("= wrong_bits", "= rong_bits", "there is no 'rong_bits' in what the block shows"),
                ("x = length; ", "", "the block says nothing of 'x'; write `x = …;`"),
                ("; 3 = wrong_bits, 6 = length_6.wrong_bits", "",
                 "the block has no point `place = metric`"),
                ("3 = wrong_bits", "wrong_bits", "'wrong_bits' in the block is no `name = value`"),
                ("3 = wrong", "9 = wrong",
                 "the places of the points are numbers, but not in their order"),
                ("lengths.svg: ", "pictures/lengths.svg: ",
                 "the figure must begin with `<!-- figure FILE.svg: `"),
                (shown, "](other.svg)", "the line after the figure must show it: `![what it shows]"
                 "(lengths.svg)`"),
                (" -->", "\n", "the head of this figure has no `-->`")):
            self.assertIn(old, FIGURE)
            self.readme.write_text(FIGURE.replace(old, new))
            self.assert_problems(f"README.md:2: {problem}")
            self.assert_fails(self.zoo("results", "--write"), 1, f"README.md:2: {problem}")
            self.assertFalse((self.home / "lengths.svg").exists())


if __name__ == "__main__":
    main()
