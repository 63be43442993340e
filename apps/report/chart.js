// Curves: one chart for each metric, with a line for each run and split.

const DASHES = ["", "7 4", "2 3", "9 3 2 3", "12 4", "4 2", "1 4"];
const AXES = {
  steps: { title: "step", name: "step", text: countText },
  examples: { title: "examples", name: "examples", text: countText },
  seconds: { title: "seconds of training", name: "after",
             text: (value) => `${numberText(value)} s` },
};
const MARGIN = { left: 58, right: 10, top: 10, bottom: 40 };
const HEIGHT = 250;

const seriesColor = (style) => `var(--series-${style % 7})`;

function swatch(style) {
  return shape("svg", { viewBox: "0 0 36 12", "aria-hidden": "true" },
    shape("line", { x1: 1, x2: 35, y1: 6, y2: 6, stroke: seriesColor(style), "stroke-width": 2.5,
                    "stroke-dasharray": DASHES[style % DASHES.length] }));
}

/// The series of each metric, in the order in which the metrics first come.
function seriesByMetric(runs) {
  const metrics = new Map();
  runs.forEach((run, place) => run.curves.forEach((curve, split) => {
    for (const [metric, values] of Object.entries(curve.metrics)) {
      if (!metrics.has(metric)) metrics.set(metric, []);
      metrics.get(metric).push({
        curve, values,
        style: runs.length > 1 ? place : split,
        line: runs.length > 1 ? run.label : curve.split,
        name: runs.length > 1 ? `${run.label}, ${curve.split}` : curve.split,
        faint: curve.split === "training",
      });
    }
  }));
  return metrics;
}

/// "training (thin), validation": what a legend of runs does not tell.
function splitsOf(series) {
  const splits = [...new Set(series.map(({ curve }) => curve.split))];
  return splits.length === 1 ? splits[0]
    : splits.map((split) => (split === "training" ? "training (thin)" : split)).join(", ");
}

class Chart {
  constructor(metric, series, axis) {
    this.metric = metric;
    this.series = series;
    this.axis = axis;
    this.logarithmic = false;
    this.index = null;
    this.values = drawableValues(series);
    this.build();
    drawToWidth(this.plot, (width) => this.draw(width));
  }

  build() {
    this.plot = element("div", {
      class: "plot", tabindex: 0, role: "application",
      "aria-label": `Chart of ${this.metric}; the arrow keys read its values`,
    });
    this.readout = element("output", { "aria-live": "polite" });
    const box = element("input", { type: "checkbox", disabled: !this.values.some((v) => v > 0) });
    box.addEventListener("change", () => {
      this.logarithmic = box.checked;
      this.draw(this.width);
    });
    this.figure = element("figure", { class: "chart", "data-metric": this.metric },
      element("figcaption", {}, element("h3", {}, this.metric, " ", element("small", {}, splitsOf(this.series))),
        element("label", {}, box, element("span", {}, "logarithmic"))),
      this.plot, this.readout);
    this.listen();
    this.rest();
  }

  listen() {
    this.plot.addEventListener("pointermove", (event) => {
      const left = this.plot.getBoundingClientRect().left;
      this.show(this.nearestIndex(event.clientX - left));
    });
    this.plot.addEventListener("pointerleave", () => this.rest());
    this.plot.addEventListener("blur", () => this.rest());
    this.plot.addEventListener("keydown", (event) => {
      const index = movedIndex(event.key, this.index ?? -1, this.places.length);
      if (event.key === "Escape") this.rest();
      else if (index !== undefined) {
        event.preventDefault();
        this.show(index);
      }
    });
  }

  get axisText() {
    return AXES[this.axis];
  }

  setAxis(axis) {
    this.axis = axis;
    this.rest();
    if (this.width) this.draw(this.width);
  }

  draw(width) {
    this.width = width;
    this.places = [...new Set(this.series.flatMap(({ curve }) => curve[this.axis]))]
      .sort((a, b) => a - b);
    this.scale = this.logarithmic ? logarithmicScale(this.values)
      : linearScale(this.values.length > 0 ? this.values : [0, 1]);
    this.mark = shape("g");
    this.plot.replaceChildren(shape("svg", { height: HEIGHT, "aria-hidden": "true" },
      this.drawGrid(), ...this.series.map((series) => this.drawCurve(series)), this.mark));
    if (this.index !== null) this.show(Math.min(this.index, this.places.length - 1));
  }

  xOf(place) {
    const low = Math.min(0, this.places[0]);
    const range = this.places.at(-1) - low || 1;
    return MARGIN.left + ((place - low) / range) * (this.width - MARGIN.left - MARGIN.right);
  }

  yOf(value) {
    const room = HEIGHT - MARGIN.top - MARGIN.bottom;
    return MARGIN.top + (1 - this.scale.place(value)) * room;
  }

  drawGrid() {
    const right = this.width - MARGIN.right;
    const bottom = HEIGHT - MARGIN.bottom;
    const grid = shape("g");
    for (const { value, text } of this.scale.ticks) {
      const y = this.yOf(value);
      grid.append(shape("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y, y2: y }),
        shape("text", { x: MARGIN.left - 6, y: y + 4, "text-anchor": "end" }, text));
    }
    const end = this.places.at(-1) || 1;
    for (const place of niceTicks(0, end, this.width / 110)) {
      const x = this.xOf(place);
      grid.append(shape("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
        shape("text", { x: Math.min(x, right - 4), y: bottom + 17, "text-anchor": "middle" },
          countText(place)));
    }
    grid.append(shape("line", { class: "axis", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }),
      shape("text", { x: right, y: bottom + 34, "text-anchor": "end" },
        this.axisText.title));
    return grid;
  }

  pointsOf({ curve, values }) {
    return curve[this.axis].map((place, i) => (isDrawable(values[i])
      ? { x: this.xOf(place), y: this.yOf(values[i]) } : null));
  }

  drawCurve(series) {
    const points = this.pointsOf(series);
    const color = seriesColor(series.style);
    const group = shape("g", {}, shape("path", {
      class: series.faint ? "curve faint" : "curve", stroke: color, d: pathText(thinnedPoints(points)),
      "stroke-dasharray": DASHES[series.style % DASHES.length],
    }));
    const drawn = points.filter((point) => point !== null);
    // Few points are shown as such; also one between two gaps, which has no line.
    const dots = drawn.length <= 30 ? drawn : points.filter((point, i) => point !== null &&
      !points[i - 1] && !points[i + 1]);
    for (const { x, y } of dots) {
      group.append(shape("circle", { class: "dot", cx: x, cy: y, r: 3, fill: color }));
    }
    return group;
  }

  nearestIndex(x) {
    let low = 0;
    let high = this.places.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.xOf(this.places[middle]) < x) low = middle;
      else high = middle;
    }
    return x - this.xOf(this.places[low]) < this.xOf(this.places[high]) - x ? low : high;
  }

  show(index) {
    this.index = index;
    const place = this.places[index];
    const x = this.xOf(place);
    this.mark.replaceChildren(shape("line", {
      class: "cursor", x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }));
    const parts = [`${this.axisText.name} ${this.axisText.text(place)}`];
    for (const series of this.series) {
      const i = series.curve[this.axis].indexOf(place);
      if (i < 0) continue;
      const value = series.values[i];
      parts.push(", ", `${series.name} `, element("strong", {}, numberText(value)));
      if (!isDrawable(value)) continue;
      this.mark.append(shape("circle", {
        class: "dot", cx: x, cy: this.yOf(value), r: 4.5, fill: seriesColor(series.style) }));
    }
    this.readout.replaceChildren(...parts);
  }

  /// Nothing is pointed at.
  rest() {
    this.index = null;
    this.mark?.replaceChildren();
    this.readout.replaceChildren(...this.restParts());
  }

  /// The latest values.
  restParts() {
    return this.series.flatMap(({ name, values }, i) => [
      i > 0 ? ", " : "Latest: ", `${name} `, element("strong", {}, numberText(values.at(-1)))]);
  }
}

function axisChoice(charts) {
  const select = element("select", { id: "axis" },
    element("option", { value: "steps" }, "steps"),
    element("option", { value: "examples" }, "examples"),
    element("option", { value: "seconds" }, "training time"));
  select.addEventListener("change", () => charts.forEach((chart) => chart.setAxis(select.value)));
  return element("div", { class: "controls" },
    element("label", { for: "axis" }, "Horizontal axis"), select);
}

function legendOf(metrics) {
  const styles = new Map();
  for (const series of metrics.values()) {
    for (const { line, style } of series) styles.set(line, style);
  }
  return element("ul", { class: "legend", "aria-label": "Lines" }, ...[...styles].map(
    ([line, style]) => element("li", {}, element("span", { class: "swatch" }, swatch(style)), line)));
}

function showCurves(section, runs) {
  const metrics = seriesByMetric(runs);
  const charts = [...metrics].map(([metric, series]) => new Chart(metric, series, "steps"));
  section.append(axisChoice(charts), legendOf(metrics),
    element("div", { class: "charts" }, ...charts.map((chart) => chart.figure)));
  for (const holder of document.querySelectorAll("[data-series]")) {
    holder.append(swatch(Number(holder.dataset.series)));
  }
}
