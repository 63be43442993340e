// Metrics that differ in a length alone: one chart for each of them, with a line for each run.

const FEWEST_LENGTHS = 3; // two points say no more than the table

/// What is measured, on what and at which length: of "bleu_6_10" and "bleu_51_up", of
/// "validation.bleu_6_10", and of "length_20.wrong_bits", an evaluation with other lengths.
function lengthOf(name) {
  const range = name.match(/^(?:(validation)\.)?(\w+?)_(\d+)_(\d+|up)$/);
  if (range) {
    const [, split = "test", metric, first, last] = range;
    const low = Number(first);
    return last === "up" ? { metric, axis: "length", split, place: low, text: `${low} and more` }
      : { metric, axis: "length", split, place: (low + Number(last)) / 2, text: `${low} to ${last}` };
  }
  const evaluation = name.match(/^([a-z0-9_]*[a-z])_(\d+)\.(\w+)$/);
  if (!evaluation) return null;
  const [, axis, place, metric] = evaluation;
  return { metric, axis, split: "test", place: Number(place), text: place };
}

/// The points of a run's results, by chart and split, from left to right.
function pointsByChart(metrics) {
  const charts = new Map();
  for (const [name, value] of Object.entries(metrics)) {
    const found = lengthOf(name);
    if (!found) continue;
    const { metric, axis, split } = found;
    const title = `${metric} by ${axis}`;
    if (!charts.has(title)) charts.set(title, { axis, splits: new Map() });
    const { splits } = charts.get(title);
    if (!splits.has(split)) splits.set(split, []);
    splits.get(split).push({ ...found, value });
  }
  for (const { splits } of charts.values()) {
    for (const points of splits.values()) points.sort((a, b) => a.place - b.place);
  }
  return charts;
}

/// The lines of each chart. Of several runs only one split is compared: the test, if there is one.
function seriesByLength(runs) {
  const charts = new Map();
  runs.forEach((run, place) => {
    for (const [title, { axis, splits }] of pointsByChart(run.metrics)) {
      const shown = [...splits].filter(([, points]) => points.length >= FEWEST_LENGTHS);
      shown.slice(0, runs.length > 1 ? 1 : shown.length).forEach(([split, points], i) => {
        if (!charts.has(title)) charts.set(title, { axis, texts: new Map(), series: [] });
        const { series, texts } = charts.get(title);
        for (const { place: at, text } of points) texts.set(at, text);
        series.push({
          curve: { split, lengths: points.map((point) => point.place) },
          values: points.map((point) => point.value),
          style: runs.length > 1 ? place : i,
          line: runs.length > 1 ? run.label : split,
          name: runs.length > 1 ? `${run.label}, ${split}` : split,
          faint: false,
        });
      });
    }
  });
  return charts;
}

class LengthChart extends Chart {
  constructor(title, { axis, texts, series }) {
    super(title, series, "lengths");
    this.texts = texts;
    this.name = axis;
  }

  get axisText() {
    return { title: this.name, name: this.name, text: (place) => this.texts.get(place) };
  }

  /// No point is the latest.
  restParts() {
    return [];
  }
}

function showLengths(section, runs) {
  const found = seriesByLength(runs);
  if (found.size === 0) return;
  const charts = [...found].map(([title, each]) => new LengthChart(title, each));
  const lines = legendOf(new Map([...found].map(([title, { series }]) => [title, series])));
  section.append(element("h3", {}, "By length"), ...(lines.children.length > 1 ? [lines] : []),
    element("div", { class: "charts" }, ...charts.map((chart) => chart.figure)));
}
