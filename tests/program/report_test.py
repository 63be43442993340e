"""report: one file that a browser shows, whatever the runs are like, without a network."""

import base64
import html.parser
import json
import re
import shutil
import signal

from browser import Browser, pixels
from zoo_program import SHORT, ProgramTest, contents, main, wait_until

PHONE = 360
NASTY = "</script><script>document.title='taken'</script> & \u2028 \u00fc"


def heat_map(name, shape, low=0, high=1, rows="location", columns="step", row_labels=(),
             column_labels=()):
    count = shape[0] * shape[1]
    values = bytes(255 * i // max(count - 1, 1) for i in range(count))
    return {"name": name, "rows": rows, "columns": columns, "row_labels": list(row_labels),
            "column_labels": list(column_labels), "shape": list(shape), "low": low, "high": high,
            "values": base64.b64encode(values).decode()}


WORDS = ["the", "agreement", "on", "the", "area"]
SAMPLES = {"step": 20, "samples": [
    {"title": "length_120", "texts": [{"name": "wrong bits", "text": "3 of 960"}],
     "maps": [heat_map("inputs", (9, 245), rows="bit"), heat_map("reads", (128, 245)),
              heat_map("adds", (20, 245), low=-2, high=2, rows="column"),
              heat_map("gate", (1, 199))]},
    {"title": NASTY, "texts": [{"name": "said", "text": NASTY}],
     "maps": [heat_map("attention", (4, 5), rows="target", columns="source",
                       row_labels=["l'", "accord", "sur", "la"], column_labels=WORDS)]}]}


class Elements(html.parser.HTMLParser):
    """What of a page a test asks for without a browser."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.scripts, self.text = [], [], [], ""
        self.data = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attributes]
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "script":
            self.scripts[-1] += data
        else:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "script":
            self.tags.append("")


class ReportTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_folder = cls.finished_run("shown", *SHORT, "--set", "trainer.log_every=1",
                                          "--set", "trainer.evaluate_every=5")

    def copy(self, name, samples=None):
        shutil.copytree(self.run_folder, self.home / name)
        if samples is not None:
            (self.home / name / "samples.json").write_text(json.dumps(samples))
        return self.home / name

    def report(self, *runs):
        """The file that the program wrote of these runs."""
        return self.home / self.done("report", *runs).stdout.strip()


class ContentTest(ReportTest):
    def test_training_leaves_a_report(self):
        page = Elements((self.run_folder / "report.html").read_text())
        for text in ("tiny/copy", "Finished", "seed 1", "step 20 of 20", "length_6.wrong_bits",
                     "at most 100", "./zoo run tiny/copy", "controller_size: 8", "LibTorch"):
            self.assertIn(text, page.text)

    def test_report_of_a_run_that_trains(self):
        run = self.home / "training"
        process = self.start("run", "tiny/copy", "--output", run, "--set",
                             "trainer.steps=1000000")
        wait_until(lambda: process.poll() is not None or (run / "report.html").exists(),
                   "there is a report")
        first = (run / "report.html").read_text()
        wait_until(lambda: (run / "report.html").read_text() != first, "it is written anew")
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.ended(process).returncode, 130)
        text = Elements((run / "report.html").read_text()).text
        self.assertRegex(text, r"Not finished\s+seed 1\s+step [\d,]+ of 1,000,000")
        self.assertIn("not yet", text)
        self.assertRegex(text, r"Evaluation\s*bits_per_sequence[\w\s]*validation\s*\d")
        with (run / "metrics.jsonl").open("a") as log:
            log.write('{"step":99')  # as a killed process leaves it
        self.report("training")

    def test_a_report_that_cannot_be_written_ends_no_training(self):
        run = self.home / "unreported"
        (run / "report.html" / "in_the_way").mkdir(parents=True)
        result = self.done("run", "tiny/copy", "--output", run, *SHORT)
        complaints = [line for line in result.stderr.splitlines() if line.startswith("zoo: can")]
        self.assertEqual(len(complaints), 1, result.stderr)
        self.assertRegex(complaints[0], r"^zoo: cannot write unreported/report.html: Is a directory"
                         r"|^zoo: cannot write .*/unreported/report.html: Is a directory")
        self.assertIn("the run goes on without its report, `zoo report unreported` makes it",
                      complaints[0])
        self.assertTrue((run / "result.json").exists())

    def test_where_it_is_written(self):
        run = self.copy("placed")
        (run / "report.html").unlink()
        self.assertEqual(self.done("report", "placed").stdout, "placed/report.html\n")
        self.assertTrue((run / "report.html").exists())
        self.assertEqual(self.done("report", "placed", "shown").stdout, "report.html\n")
        self.assertTrue((self.home / "report.html").exists())
        self.done("report", "placed", "--output", "mine.html")
        self.assertTrue((self.home / "mine.html").exists())

    def test_an_experiment_means_its_newest_finished_run(self):
        self.done("run", "tiny/copy", *SHORT)
        self.assertRegex(self.done("report", "tiny/copy").stdout,
                         r"^runs/tiny/copy/[^/]+/report\.html\n$")

    def test_nothing_is_loaded(self):
        page = Elements(self.report(self.copy("alone", SAMPLES)).read_text())
        self.assertEqual(set(page.tags) & {"link", "img", "iframe", "object", "embed", "base"},
                         set())
        for tag, name, value in page.attributes:
            self.assertNotIn(name, ("src", "srcset", "background"))
            if "://" in (value or ""):
                self.assertEqual((tag, name), ("a", "href"))
        self.assertNotRegex("".join(page.scripts), r"\bimport\b|fetch\(|XMLHttp|url\(")

    def test_foreign_text_is_only_text(self):
        run = self.copy("nasty", SAMPLES)
        record = json.loads((run / "run.json").read_text())
        (run / "run.json").write_text(json.dumps(record | {"experiment": NASTY, "command": NASTY}))
        text = self.report("nasty").read_text()
        page = Elements(text)
        self.assertEqual(len(page.scripts), 2)
        self.assertNotIn("\u2028", page.scripts[0])
        data = json.loads(page.scripts[0])
        self.assertEqual(data["runs"][0]["samples"], SAMPLES)
        self.assertIn(NASTY, page.text)


class ErrorsTest(ReportTest):
    def assert_complains(self, code, message, *runs):
        before = contents(self.home)
        self.assert_fails(self.zoo("report", *runs), code, "zoo: " + message)
        self.assertEqual(contents(self.home), before)

    def test_no_metrics(self):
        run = self.copy("empty")
        (run / "metrics.jsonl").write_text("")
        self.assert_complains(2, "empty has no metrics yet", "empty")
        (run / "metrics.jsonl").unlink()
        self.assert_complains(2, "empty has no metrics yet", "shown", "empty")

    def test_runs_that_do_not_belong_together(self):
        self.assert_complains(2, "shown is given twice", "shown", self.home / "shown")
        (self.home / "link").symlink_to("shown")
        self.assert_complains(2, "link is given twice", "shown", "link")

    def test_no_run(self):
        self.assert_complains(2, "RUN is required; see `zoo report --help`")
        self.assert_complains(2, "there is no run folder, weights file or experiment 'nowhere'",
                              "nowhere")
        self.assert_complains(2, "shown/weights.safetensors: only of a run folder there is a "
                              "report, weights have no curves", "shown/weights.safetensors")
        self.assert_complains(2, "cannot write configs: it is a folder", "shown", "--output",
                              "configs")
        self.assert_complains(3, "cannot write nowhere/x.html: No such file or directory", "shown",
                              "--output", "nowhere/x.html")

    def test_damaged_files(self):
        run = self.copy("damaged")
        lines = (run / "metrics.jsonl").read_text()
        (run / "metrics.jsonl").write_text("{broken\n" + lines)
        self.assert_complains(
            3, 'damaged/metrics.jsonl:1: not a record of a run: "{broken"', "damaged")
        (run / "metrics.jsonl").write_text(lines)
        result = json.loads((run / "result.json").read_text())
        for text in ("", "[]", json.dumps(result | {"metrics": 3})):
            (run / "result.json").write_text(text)
            self.assert_complains(3, "damaged/result.json: this is not the result of a run",
                                  "damaged")

    def test_damaged_samples(self):
        run = self.copy("unsound")
        sound = heat_map("m", (2, 2))
        short = base64.b64encode(b"abc").decode()
        for change, problem in [
                ({"values": short}, "values are not the 4 bytes of its shape in base64"),
                ({"values": "<>=="}, "values are not the 4 bytes of its shape in base64"),
                ({"shape": [2]}, "shape is not two positive numbers"),
                ({"shape": [2, -2]}, "shape is not two positive numbers"),
                ({"shape": [2, 1e300]}, "shape is not two positive numbers"),
                ({"row_labels": ["a"]}, "row_labels has 1 entries for 2"),
                ({"column_labels": [1, 2]}, "column_labels has one that is not a text"),
                ({"low": 2}, "low and high are not a range"),
                ({"high": None}, "low and high are not a range"),
                ({"name": 3}, "name is not a text")]:
            with self.subTest(change):
                samples = {"step": 1, "samples": [
                    {"title": "t", "texts": [], "maps": [sound, sound | change]}]}
                (run / "samples.json").write_text(json.dumps(samples))
                self.assert_complains(3, "unsound/samples.json: these are not the samples of a "
                                      f"run: sample 1: map 2: {problem}", "unsound")
        for text, problem in [("", "not JSON with a step and samples"),
                              ("[]", "not JSON with a step and samples"),
                              ('{"step": 1, "samples": 3}', "samples is not a list"),
                              ('{"step": 1, "samples": [{}]}', "sample 1: something is missing")]:
            (run / "samples.json").write_text(text)
            self.assert_complains(3, "unsound/samples.json: these are not the samples of a run: "
                                  + problem, "unsound")


class PageTest(ReportTest):
    """What tests of the page in a browser share."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def show(self, file, **options):
        self.browser.open(file, **options)
        self.assertEqual(self.browser.complaints, [])
        self.assertEqual([url for url in self.browser.requests if url != file.as_uri()], [])

    def value(self, expression):
        return self.browser.value(expression)

    def focus(self, selector):
        self.value(f"document.querySelector({json.dumps(selector)}).focus()")

    def readout(self, figure):
        self.browser.settle()
        return self.value(f"document.querySelector({json.dumps(figure)} + ' output').textContent")

    def check_contrast(self):
        """Of all text, at least that of WCAG AA; of lines at least that of graphics."""
        contrasts = self.value("""(() => {
          const light = (color) => color.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = (each) => {
            for (; each; each = each.parentElement) {
              const color = getComputedStyle(each).backgroundColor;
              if (!color.endsWith(', 0)')) return color;
            }
          };
          const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          const lines = '.curve, .route, .road';
          const low = [];
          for (const each of document.querySelectorAll('body *:not(script, canvas)')) {
            const style = getComputedStyle(each);
            const own = [...each.childNodes].some(n => n.nodeType === 3 && n.data.trim());
            const ink = each.matches(lines) ? style.stroke
              : each.matches('svg text') ? style.fill : own ? style.color : null;
            if (!ink || !each.checkVisibility()) continue;
            const found = ratio(light(ink), light(ground(each.closest('svg')?.parentElement ?? each)));
            if (found < (each.matches(lines) ? 3 : 4.5)) low.push([each.outerHTML, found]);
          }
          return low;
        })()""")
        self.assertEqual(contrasts, [])


class BrowserTest(PageTest):
    def records_with(self, name, values):
        """A copy of the run in whose log the loss has these values."""
        run = self.copy(name, SAMPLES)
        with (run / "metrics.jsonl").open("w") as log:
            for step, value in enumerate(values, 1):
                print(json.dumps({"step": step, "examples": 2 * step, "split": "training",
                                  "loss": value, "seconds": step / 4}), file=log)
        return run

    def test_what_stands_there(self):
        self.show(self.report(self.copy("whole", SAMPLES)))
        charts = self.value("[...document.querySelectorAll('.chart')].map(c => c.dataset.metric)")
        self.assertEqual(charts[:2], ["loss", "gradient_norm"])
        self.assertIn("wrong_bits", charts)
        text = self.value("document.body.innerText")
        for part in ("tiny/copy", "Finished", "length_120", "3 of 960", "After 20 steps"):
            self.assertIn(part, text)
        self.assertEqual(self.value("document.title"), "tiny/copy")
        self.assertEqual(self.value("document.documentElement.lang"), "en")
        self.assertEqual(self.value("document.querySelectorAll('main, header, footer, nav').length"),
                         4)

    def test_without_scripts(self):
        self.show(self.report(self.copy("plain", SAMPLES)), scripts=False)
        text = Elements((self.home / "plain" / "report.html").read_text()).text
        self.assertIn("switched off", text)
        self.assertIn("length_6.wrong_bits", text)
        self.assertGreater(len(pixels(self.browser.screenshot())), 20)

    def test_no_sideways_scrolling_on_a_phone(self):
        one, both = self.report(self.copy("narrow", SAMPLES)), self.report("narrow", "shown")
        for file in (one, both):
            self.show(file, width=PHONE)
            self.value("document.querySelectorAll('details').forEach(each => each.open = true)")
            self.browser.settle()
            wide = self.value("""[...document.querySelectorAll('body *')].filter(each =>
                each.getBoundingClientRect().right > innerWidth + 1 &&
                !each.closest('.scroll, .maps, pre, .skip')).map(each => each.outerHTML)""")
            self.assertEqual(wide, [])
            self.assertEqual(self.value("document.documentElement.scrollWidth"), PHONE)
        self.assertGreater(self.value("document.querySelector('.maps').scrollWidth"), PHONE)

    def test_light_and_dark(self):
        file = self.report(self.copy("both", SAMPLES))
        grounds = []
        for dark in (False, True):
            self.show(file, dark=dark)
            counts = pixels(self.browser.screenshot())
            self.assertGreater(len(counts), 50, "the page is blank")
            grounds.append(sum(max(counts, key=counts.get)))
            self.check_contrast()
        self.assertGreater(grounds[0], 3 * 230)
        self.assertLess(grounds[1], 3 * 40)

    def test_colours_of_all_lines(self):
        names = [f"line_{i}" for i in range(7)]
        for name in names:
            self.copy(name)
        file = self.report(*names)
        for dark in (False, True):
            self.show(file, dark=dark)
            self.check_contrast()
        strokes = self.value("""[...document.querySelectorAll('[data-metric=loss] .curve')].map(
            each => getComputedStyle(each).stroke + each.getAttribute('stroke-dasharray'))""")
        self.assertEqual(len(set(strokes)), 7)

    def test_keys_read_a_chart(self):
        file = self.report(self.records_with("keys", [4, None, 0.25, 0.125]))
        self.show(file)
        figure = "[data-metric=loss]"
        self.assertEqual(self.readout(figure), "Latest: training 0.125")
        self.focus(figure + " .plot")
        for key, text in (("ArrowRight", "step 1, training 4"),
                          ("ArrowRight", "step 2, training not a number"),
                          ("End", "step 4, training 0.125"), ("ArrowRight", "step 4, training 0.125"),
                          ("ArrowLeft", "step 3, training 0.25"), ("Home", "step 1, training 4"),
                          ("Escape", "Latest: training 0.125")):
            self.browser.press(key)
            self.assertEqual(self.readout(figure), text, key)
        self.value("""(() => { const axis = document.getElementById('axis');
                   axis.value = 'examples'; axis.dispatchEvent(new Event('change')); })()""")
        self.browser.press("ArrowRight")
        self.assertEqual(self.readout(figure), "examples 2, training 4")
        self.value("""(() => { const axis = document.getElementById('axis');
                   axis.value = 'seconds'; axis.dispatchEvent(new Event('change')); })()""")
        self.browser.press("ArrowRight")
        self.assertEqual(self.readout(figure), "after 0.25 s, training 4")

    def test_pointer_reads_a_chart(self):
        self.show(self.report(self.records_with("pointer", [4, 3, 2, 1])))
        self.value("document.querySelector('.plot').scrollIntoView({block: 'center', behavior: 'instant'})")
        x, y, width = self.value("(() => { const box = document.querySelector('.plot')"
                                 ".getBoundingClientRect(); return [box.x, box.y, box.width]; })()")
        self.browser.point_at(x + width - 12, y + 60)
        self.assertEqual(self.readout("[data-metric=loss]"), "step 4, training 1")

    def path(self):
        self.browser.settle()
        return self.value("document.querySelector('[data-metric=loss] .curve').getAttribute('d')")

    def test_a_gap_and_a_logarithm(self):
        self.show(self.report(self.records_with("gaps", [100, 1, None, 0, -5, 10])))
        self.assertEqual(self.path().count("M"), 2, "the line is cut where there is no number")
        self.value("document.querySelector('[data-metric=loss] input').click()")
        heights = [float(y) for y in re.findall(r" ([\d.]+)", self.path())]
        hundred, one, zero, negative, ten = heights
        self.assertAlmostEqual(one - ten, ten - hundred, delta=0.2)
        self.assertEqual(zero, negative)
        self.assertGreater(zero, one)
        ticks = self.value("[...document.querySelectorAll('[data-metric=loss] text')]"
                           ".map(each => each.textContent)")
        self.assertEqual(ticks[:4], ["≤ 0", "1", "10", "100"])
        self.show(self.report(self.records_with("negative", [-1, -2])))
        self.assertTrue(self.value("document.querySelector('[data-metric=loss] input').disabled"))

    def test_hardly_any_numbers(self):
        for name, values in (("none", [None, None]), ("one", [0]), ("same", [3, 3, 3]),
                             ("tiny", [1e-300, 1e300]), ("zeros", [0, 0])):
            with self.subTest(name):
                self.show(self.report(self.records_with(name, values)))
                self.assertNotIn("NaN", self.value("document.querySelector('main').outerHTML"))
                self.value("document.querySelector('[data-metric=loss] input').click()")
                self.browser.settle()
                self.assertNotIn("NaN", self.value("document.querySelector('main').outerHTML"))

    def test_a_long_run_is_thinned_out(self):
        values = [(i * 7919 % 1000) / 1000 for i in range(10000)]
        values[5000] = 50
        self.show(self.report(self.records_with("long", values)))
        points = re.findall(r"[ML][\d.]+ ([\d.]+)", self.path())
        self.assertLess(len(points), 5000)
        self.assertEqual(min(map(float, points)), 10, "the spike is lost")
        self.assertEqual(self.value("document.querySelectorAll('.dot').length"), 0)

    def test_several_runs_are_overlaid(self):
        self.copy("first")
        self.copy("second")
        self.show(self.report("first", "second"))
        text = self.value("document.body.innerText")
        self.assertIn("tiny/copy: 2 runs", text)
        self.assertEqual(self.value("document.querySelectorAll('[data-metric=loss] .curve').length"),
                         2)
        self.assertEqual(self.value("[...document.querySelectorAll('.legend li')].map("
                                    "each => each.textContent)"),
                         ["first", "second"])
        dashes = self.value("[...document.querySelectorAll('[data-metric=loss] .curve')].map("
                            "each => each.getAttribute('stroke-dasharray'))")
        self.assertEqual(len(set(dashes)), 2)

    def results_with(self, name, metrics):
        """A copy of the run that has come to these metrics as well."""
        run = self.copy(name)
        result = json.loads((run / "result.json").read_text())
        result["metrics"] |= metrics
        (run / "result.json").write_text(json.dumps(result))
        return run

    def curve_of(self, chart):
        self.browser.settle()
        return self.value(f"[...document.querySelectorAll('[data-metric=\"{chart}\"] .curve')]"
                          ".map(each => each.getAttribute('d'))")

    LENGTHS = {"bleu_1_5": 20, "bleu_6_10": 40, "bleu_11_20": None, "bleu_21_up": 30,
               "validation.bleu_1_5": 21, "validation.bleu_6_10": 41, "validation.bleu_21_up": 31,
               "greedy_bleu": 35, "length_9.wrong_bits": 0.25, "length_30.wrong_bits": 0.5,
               "length_30.bits_per_sequence": 9}

    def test_metrics_by_length(self):
        self.show(self.report(self.results_with("lengths", self.LENGTHS)))
        charts = self.value("[...document.querySelectorAll('#results .chart')]"
                            ".map(each => each.dataset.metric)")
        self.assertEqual(charts, ["wrong_bits by length", "bleu by length"],
                         "two points are no chart")
        self.assertEqual(self.curve_of("wrong_bits by length")[0].count("L"), 2)
        test, validation = self.curve_of("bleu by length")
        self.assertEqual((test.count("M"), test.count("L")), (2, 1), "no number, no line")
        self.assertEqual((validation.count("M"), validation.count("L")), (1, 2))
        figure = "[data-metric='bleu by length']"
        self.assertEqual(self.readout(figure), "")
        self.focus(figure + " .plot")
        for key, text in (("ArrowRight", "length 1 to 5, test 20, validation 21"),
                          ("ArrowRight", "length 6 to 10, test 40, validation 41"),
                          ("ArrowRight", "length 11 to 20, test not a number"),
                          ("End", "length 21 and more, test 30, validation 31"), ("Escape", "")):
            self.browser.press(key)
            self.assertEqual(self.readout(figure), text, key)
        self.check_contrast()

    def test_metrics_by_length_of_several_runs(self):
        self.results_with("attending", self.LENGTHS)
        self.results_with("without", {name: value and value / 2
                                    for name, value in self.LENGTHS.items()})
        self.show(self.report("attending", "without"), width=PHONE)
        self.assertEqual(len(self.curve_of("bleu by length")), 2, "the test, not the validation")
        self.assertEqual(self.value("[...document.querySelectorAll('#results .legend li')]"
                                    ".map(each => each.textContent)"), ["attending", "without"])
        self.focus("[data-metric='bleu by length'] .plot")
        self.browser.press("ArrowRight")
        self.assertEqual(self.readout("[data-metric='bleu by length']"),
                         "length 1 to 5, attending, test 20, without, test 10")
        self.assertEqual(self.value("document.documentElement.scrollWidth"), PHONE)

    def test_maps(self):
        self.show(self.report(self.copy("maps", SAMPLES)))
        cells = "document.querySelectorAll('[data-map] .cells')"
        self.assertEqual(self.value(f"{cells}.length"), 4, "only the first sample is open")
        boxes = self.value(f"[...{cells}].slice(0, 3).map(each => each.getBoundingClientRect())"
                           ".map(box => [box.left, box.width])")
        self.assertEqual(boxes, [boxes[0]] * 3, "the time steps line up")
        corners = self.value("""['reads', 'adds'].map(name => {
            const canvas = document.querySelector(`[data-map=${name}] .cells canvas`);
            const at = (x, y) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data];
            return [canvas.width, canvas.height, at(0, 0),
                    at(canvas.width - 1, canvas.height - 1)]; })""")
        self.assertEqual(corners[0], [245, 128, [68, 1, 84, 255], [253, 231, 37, 255]])
        self.assertEqual(corners[1], [245, 20, [8, 48, 107, 255], [127, 39, 4, 255]])

    def test_variants_are_shown_one_at_a_time(self):
        heads = [heat_map("heads", (3, 4), rows="target", columns="source", high=high) | {
            "variant": f"layer 1, head {head}"} for head, high in ((1, 1), (2, 0.5))]
        samples = {"step": 1, "samples": [{"title": "t", "texts": [], "maps": [
            *heads, heat_map("mean", (3, 4), rows="target", columns="source")]}]}
        self.show(self.report(self.copy("variants", samples)))
        self.assertEqual(self.value("document.querySelectorAll('.map').length"), 2)
        self.assertEqual(self.value("[...document.querySelectorAll('[data-map=heads] option')]"
                                    ".map(each => each.textContent)"),
                         ["layer 1, head 1", "layer 1, head 2"])
        self.assertEqual(self.value("document.querySelectorAll('[data-map=mean] select').length"), 0)
        for choice, value in ((0, "1"), (1, "0.5")):
            self.value(f"""(() => {{
                const select = document.querySelector('[data-map=heads] select');
                select.value = {choice};
                select.dispatchEvent(new Event('change')); }})()""")
            self.focus("[data-map=heads] .cells")
            self.browser.press("ArrowDown")
            self.browser.press("End")
            self.assertTrue(self.readout("[data-map=heads]").startswith("target 0, source 3: "))
            high = self.value("document.querySelector('[data-map=heads] .bar').textContent")
            self.assertTrue(high.endswith(value), high)

    def test_keys_read_a_map(self):
        self.show(self.report(self.copy("cells", SAMPLES)))
        self.focus("[data-map=adds] .cells")
        for key, text in (("ArrowRight", "column 0, step 0: -2"), ("ArrowUp", "column 0, step 0: -2"),
                          ("ArrowDown", "column 1, step 0: -1.81"),
                          ("End", "column 1, step 244: -1.61")):
            self.browser.press(key)
            self.assertEqual(self.readout("[data-map=adds]"), text, key)
        self.assertFalse(self.value("document.querySelector('[data-map=reads] .mark-column').hidden"),
                         "the same time step is marked in the other maps")

    def test_words_stand_on_the_axes(self):
        self.show(self.report(self.copy("words", SAMPLES)))
        self.value("document.querySelectorAll('.sample')[1].open = true")
        self.browser.settle()
        self.assertEqual(self.value("[...document.querySelectorAll('[data-map=attention] .columns "
                                    ".tick')].map(each => each.textContent)"), WORDS)
        self.focus("[data-map=attention] .cells")
        self.browser.press("ArrowDown")
        self.assertEqual(self.readout("[data-map=attention]"), "target l', source the: 0")
        self.assertEqual(self.value("document.title"), "tiny/copy")

    def test_all_that_reacts_can_be_reached_by_keys(self):
        self.show(self.report(self.copy("reached", SAMPLES)))
        reached = set()
        for _ in range(60):
            self.browser.press("Tab")
            reached.add(self.value("document.activeElement.className || "
                                   "document.activeElement.localName"))
        self.assertLessEqual({"skip", "a", "scroll", "select", "plot", "input", "cells", "summary",
                              "command"}, reached)
        self.assertEqual(self.value("getComputedStyle(document.activeElement).outlineStyle"),
                         "solid")


if __name__ == "__main__":
    main()
