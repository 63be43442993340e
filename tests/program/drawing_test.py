"""Drawings of points and answers, in the report as a browser shows it and as files of predict."""

import base64
import json
import re

import report_test
from report_test import NASTY, PHONE
from zoo_program import ProgramTest, SHORT, contents, main

POINTS = [[0, 0], [4, 0], [4, 2], [0, 2], [2, 1]]
HULL = [0, 1, 2, 3]
STEPS = [*HULL, -1]
TRIANGLES = [[0, 1, 4], [1, 2, 4], [2, 3, 4]]


def pointer(steps, points, percent=60):
    """A map in which each step points where it does with that weight, and at the end else."""
    cells = bytearray(len(steps) * (points + 1))
    for row, step in enumerate(steps):
        cells[row * (points + 1)] = 255 * (100 - percent) // 100
        cells[row * (points + 1) + step + 1] = 255 * percent // 100
    return {"name": "pointer", "rows": "step", "columns": "point", "row_labels": [],
            "column_labels": [], "shape": [len(steps), points + 1], "low": 0, "high": 1,
            "values": base64.b64encode(bytes(cells)).decode()}


def layer(name, *lines, closed=True):
    return {"name": name, "lines": [{"indices": list(line), "closed": closed} for line in lines]}


def drawing(name="hull", points=POINTS, layers=None, steps=STEPS, step_weights="pointer"):
    return {"name": name, "points": points, "steps": steps, "step_weights": step_weights,
            "layers": layers or [layer("model", HULL), layer("solver", HULL)]}


def sample(*drawings, title="validation", maps=()):
    return {"title": title, "texts": [{"name": "area", "text": "8"}], "maps": list(maps),
            "drawings": list(drawings)}


HULL_SAMPLE = sample(drawing(), maps=[pointer(STEPS, len(POINTS))])
TRIANGLE_STEPS = [*sum(TRIANGLES, []), -1]
TRIANGLE_SAMPLE = sample(
    drawing("triangles", layers=[layer("model", *TRIANGLES), layer("solver", *TRIANGLES)],
            steps=TRIANGLE_STEPS),
    drawing("plain", steps=[], step_weights=""), title=NASTY,
    maps=[pointer(TRIANGLE_STEPS, len(POINTS))])


class DrawingTest(report_test.PageTest):
    def show_samples(self, name, *samples, **options):
        run = self.copy(name, {"step": 20, "samples": list(samples)})
        self.show(self.report(run), **options)

    def in_drawing(self, expression, name="hull"):
        """Of an expression in which `figure` is the drawing and `all` finds what is in it."""
        self.browser.settle()
        return self.value(f"""(() => {{
            const figure = document.querySelector('[data-drawing={name}]');
            const all = (selector) => [...figure.querySelectorAll(selector)];
            return {expression}; }})()""")

    def chosen(self, name="hull"):
        """The line as far as it is drawn, as a text of points: "M0 1 4Z"."""
        places = self.in_drawing("all('circle.point').map(each => "
                                 "`${each.getAttribute('cx')} ${each.getAttribute('cy')}`)", name)
        path = self.in_drawing("all('.chosen').map(each => each.getAttribute('d')).join('')", name)
        return re.sub(r"L([\d.]+ [\d.]+)", lambda at: f" {places.index(at[1])}",
                      re.sub(r"M([\d.]+ [\d.]+)", lambda at: f"M{places.index(at[1])}", path))

    def test_what_is_drawn(self):
        self.show_samples("drawn", HULL_SAMPLE)
        places = self.in_drawing("all('circle.point').map(each => "
                                 "[each.cx.baseVal.value, each.cy.baseVal.value])")
        self.assertEqual(len(places), len(POINTS))
        width, height = places[1][0] - places[0][0], places[0][1] - places[3][1]
        self.assertGreater(height, 0, "y grows upwards")
        self.assertAlmostEqual(width, 2 * height, delta=0.5, msg="both have one scale")
        self.assertEqual(self.in_drawing("all('.points text').map(each => each.textContent)"),
                         ["0", "1", "2", "3", "4"])
        self.assertEqual(self.in_drawing("all('.layer').map(each => each.dataset.layer)"),
                         ["solver", "model"], "the first layer is on top")
        self.assertEqual(self.in_drawing("all('.legend li').map(each => each.textContent)"),
                         ["model", "solver"])
        road, route = self.in_drawing("all('.layer .road, .layer .route').map(each => "
                                      "each.getBBox().width && "
                                      "parseFloat(getComputedStyle(each).strokeWidth))")
        self.assertGreater(road, 2 * route, "they differ without their colours")
        self.assertEqual(self.in_drawing("all('.area').length"), 0)

    def test_keys_step_through(self):
        self.show_samples("stepped", HULL_SAMPLE)
        figure = "[data-drawing=hull]"
        self.assertEqual(self.readout(figure), "the whole answer, 5 steps")
        self.assertEqual(self.chosen(), "")
        self.focus(figure + " input")
        for key, text, path in (
                ("ArrowRight", "step 1 of 5: points at 0 (60 %)", "M0"),
                ("ArrowRight", "step 2 of 5: points at 1 (60 %)", "M0 1"),
                ("ArrowRight", "step 3 of 5: points at 2 (60 %)", "M0 1 2"),
                ("End", "step 5 of 5: ends (60 %)", "M0 1 2 3Z"),
                ("ArrowLeft", "step 4 of 5: points at 3 (60 %)", "M0 1 2 3"),
                ("Home", "the whole answer, 5 steps", "")):
            self.browser.press(key)
            self.assertEqual(self.readout(figure), text, key)
            self.assertEqual(self.value(f"document.querySelector('{figure} input')"
                                        ".getAttribute('aria-valuetext')"), text)
            self.assertEqual(self.chosen(), path, key)
            opacity = float(self.in_drawing("getComputedStyle(all('.layer')[0]).opacity"))
            self.assertEqual(opacity < 0.5, path != "", "what is to come is pale")

    def test_buttons_step_through(self):
        self.show_samples("buttons", HULL_SAMPLE)
        self.focus("[data-drawing=hull] button:first-child")
        for key, step in ((" ", 0), ("Tab", 0), ("Tab", 0), (" ", 1), (" ", 2)):
            self.browser.press(key)
            self.assertEqual(self.in_drawing("Number(all('input')[0].value)"), step)
        self.assertEqual(self.chosen(), "M0 1")
        labels = self.in_drawing("all('button, input').map(e => e.getAttribute('aria-label'))")
        self.assertEqual(labels, ["One step back", "Step of hull", "One step forward"])

    def step_to(self, step, name="hull"):
        self.in_drawing(f"""(() => {{ const [input] = all('input'); input.value = {step};
                        input.dispatchEvent(new Event('input')); }})()""", name)

    def test_weights_of_a_step(self):
        self.show_samples("weighted", HULL_SAMPLE)
        self.step_to(2)
        weights = self.in_drawing("all('.weight').map(each => ['cx', 'cy', 'r'].map(name => "
                                  "each[name].baseVal.value))")
        point = self.in_drawing("['cx', 'cy'].map(name => all('.point')[1][name].baseVal.value)")
        self.assertEqual(len(weights), 2, "the end and the point; nothing where nothing is")
        (end_x, end_y, end_radius), (x, y, radius) = weights
        self.assertAlmostEqual(x, point[0], delta=0.1)
        self.assertAlmostEqual(y, point[1], delta=0.1)
        self.assertGreater(radius, end_radius)
        self.assertGreater(end_y, point[1], "the end lies below all points")
        self.assertGreater(end_x, 0)

    def test_triangles(self):
        self.show_samples("triangles", TRIANGLE_SAMPLE)
        self.assertEqual(self.in_drawing("all('.area').length", "triangles"), 3)
        for step, path in ((2, "M0 1"), (3, "M0 1 4Z"), (4, "M0 1 4ZM1"),
                           (10, "M0 1 4ZM1 2 4ZM2 3 4Z")):
            self.step_to(step, "triangles")
            self.assertEqual(self.chosen("triangles"), path)
        boxes = self.value("[...document.querySelectorAll('.drawing')].map(each => "
                           "each.getBoundingClientRect()).map(box => [box.left, box.top])")
        self.assertEqual(boxes[0][1], boxes[1][1], "the drawings stand side by side")
        self.assertLess(boxes[0][0], boxes[1][0])
        self.assertEqual(self.in_drawing("all('input, button, output').length", "plain"), 0)

    def test_a_tour_closes_where_it_began(self):
        self.show_samples("tour", sample(drawing(steps=[*HULL, 0, -1], step_weights="")))
        for step, path in ((4, "M0 1 2 3"), (5, "M0 1 2 3ZM0")):
            self.step_to(step)
            self.assertEqual(self.chosen(), path)
        self.assertEqual(self.readout("[data-drawing=hull]"), "step 5 of 6: points at 0")

    def test_steps_that_are_not_the_lines(self):
        self.show_samples("other", sample(drawing(steps=[4, 2, 2, -1], step_weights="")))
        self.step_to(3)
        self.assertEqual(self.chosen(), "M4 2 2")

    def test_only_open_samples_are_drawn(self):
        self.show_samples("closed", HULL_SAMPLE, TRIANGLE_SAMPLE)
        self.assertEqual(self.in_drawing("all('.plane svg').length", "triangles"), 0)
        self.value("document.querySelectorAll('.sample')[1].open = true")
        self.assertEqual(self.in_drawing("all('.plane svg').length", "triangles"), 1)

    def test_on_a_phone(self):
        self.show_samples("phone", HULL_SAMPLE, TRIANGLE_SAMPLE, width=PHONE)
        self.value("document.querySelectorAll('details').forEach(each => each.open = true)")
        self.browser.settle()
        wide = self.value("""[...document.querySelectorAll('.drawings, .drawings *')].filter(
            each => each.getBoundingClientRect().right > innerWidth).map(each => each.outerHTML)""")
        self.assertEqual(wide, [])
        self.assertEqual(self.value("document.documentElement.scrollWidth"), PHONE)
        self.assertGreater(self.in_drawing("all('svg').at(-1).getBoundingClientRect().width"), 250)

    def test_contrast(self):
        for dark in (False, True):
            self.show_samples(f"contrast_{dark}", HULL_SAMPLE, TRIANGLE_SAMPLE, dark=dark)
            self.value("document.querySelectorAll('details').forEach(each => each.open = true)")
            self.browser.settle()
            self.check_contrast()
            self.step_to(2)
            self.check_contrast()
            self.assertGreater(self.in_drawing("all('.route, .road').length"), 3)

    def test_many_points(self):
        points = [[i * 7919 % 1000, i * 104729 % 997] for i in range(500)]
        steps = [*range(500), -1]
        tour = drawing(points=points, layers=[layer("model", range(500))], steps=steps)
        self.show_samples("many", sample(tour, maps=[pointer(steps, 500)]))
        self.assertEqual(self.in_drawing("all('circle.point').length"), 500)
        self.assertEqual(self.in_drawing("all('.points text').length"), 0)
        self.step_to(500)
        self.assertEqual(self.in_drawing("all('.chosen')[0].getAttribute('d').match(/L/g).length"),
                         499)

    def test_hardly_anything(self):
        huge = 1.7e308
        for name, change in (
                ("one_point", {"points": [[3, 3]], "layers": [layer("model", [0])], "steps": [0]}),
                ("same_points", {"points": [[1, 1]] * 5}),
                ("huge", {"points": [[-huge, huge], [huge, -huge], [0, 0], [1, 1], [2, 2]]}),
                ("no_lines", {"layers": [layer("model")]}),
                ("empty_line", {"layers": [layer("model", [], [])]})):
            with self.subTest(name):
                self.show_samples(name, sample(drawing(step_weights="") | change))
                self.step_to(1)
                self.assertNotRegex(self.value("document.querySelector('main').outerHTML"),
                                    "NaN|Infinity")
        self.show_samples("no_layers", sample(drawing(step_weights="") | {"layers": []}))
        self.step_to(2)
        self.assertEqual(self.chosen(), "M0 1")
        self.assertEqual(self.browser.complaints, [])

    def test_foreign_names_are_only_text(self):
        self.show_samples("foreign", sample(drawing(layers=[layer(NASTY, HULL)]) |
                                            {"name": NASTY, "step_weights": ""}))
        self.assertEqual(self.value("document.title"), "tiny/copy")
        self.assertEqual(self.value("document.querySelector('.drawing figcaption').textContent"),
                         NASTY)


class DamagedTest(report_test.ReportTest):
    def test_damaged_drawings(self):
        run = self.copy("unsound")
        for change, problem in (
                ({"points": [[0, 0], [1]]}, "point 2: not two finite numbers"),
                ({"layers": [layer("model", [0, 5])]},
                 "layer 1: line 1: indices has one that is not from 0 to 4"),
                ({"step_weights": "other"}, "step_weights names no map of the sample")):
            samples = {"step": 1, "samples": [HULL_SAMPLE | {"drawings": [drawing() | change]}]}
            (run / "samples.json").write_text(json.dumps(samples))
            self.assert_fails(self.zoo("report", "unsound"), 3,
                              "zoo: unsound/samples.json: these are not the samples of a run: "
                              f"sample 1: drawing 1: {problem}")


class PredictTest(ProgramTest):
    def test_answers_that_are_no_points(self):
        self.finished_run("trained", *SHORT)
        before = contents(self.home)
        result = self.zoo("predict", "trained", "--svg", "drawn", stdin='{"bits": [[1,0,1,1]]}\n')
        self.assert_fails(result, 2, "zoo: --svg draws answers that are points in the plane; the "
                          "answers of tiny/copy are not")
        self.assertEqual(result.stdout, "")
        self.assertFalse((self.home / "drawn").exists())
        self.assertEqual(contents(self.home), before)


if __name__ == "__main__":
    main()
