// Drawings: points in the plane with answers drawn on them, and the way to the model's answer, step
// by step.

const DRAWING_MARGIN = 26;
const END_ROOM = 22;  // below the points, for the mark of the end
const MOST_NUMBERED = 30;  // points whose numbers are legible
const MANY = 100;  // points that need a larger picture
const NEARBY = 28;  // pixels within which a number would touch another point

const percent = (weight) => `${Math.round(100 * weight)} %`;

/// Lines become thinner where there are many points.
const thinness = (count) => clamp(Math.sqrt(40 / count), 0.42, 1);

/// The first layer is a line that lies on the others, which are roads, the wider the deeper.
const roadWidth = (depth, thin) => (2 + 5.5 * depth) * thin;

/// Moves points into a plane `width` pixels wide, both coordinates by one scale, y upwards.
function placesOf(points, width, below) {
  // Halves of the coordinates, whose difference is a number however large they are.
  const ranges = [0, 1].map((axis) => points.reduce(([low, high], point) =>
    [Math.min(low, point[axis] / 2), Math.max(high, point[axis] / 2)], [Infinity, -Infinity]));
  const [rangeX, rangeY] = ranges.map(([low, high]) => high - low);
  const size = Math.max(rangeX, rangeY) || 1;
  const room = width - 2 * DRAWING_MARGIN;
  const place = (value, [low, high]) => ((value / 2 - low - (high - low) / 2) / size) * room;
  const depth = Math.max((rangeY / size) * room, 40) + 2 * DRAWING_MARGIN;
  return {
    height: Math.ceil(depth + below),
    places: points.map(([x, y]) => ({
      x: width / 2 + place(x, ranges[0]), y: depth / 2 - place(y, ranges[1]) })),
  };
}

function linePath({ indices, closed }, places) {
  const line = pathText(indices.map((index) => places[index]));
  return closed && indices.length > 1 ? `${line}Z` : line;
}

const closedLines = (lines) => lines.filter(({ closed }) => closed);

const linesPath = (lines, places) => lines.map((line) => linePath(line, places)).join("");

/// For each point the angles at which lines leave it and other points lie close.
function takenAngles(layers, places) {
  const taken = places.map((from, i) => places.filter((to, j) =>
    i !== j && Math.hypot(to.x - from.x, to.y - from.y) < NEARBY)
    .map((to) => Math.atan2(to.y - from.y, to.x - from.x)));
  const join = (a, b) => taken[a].push(
    Math.atan2(places[b].y - places[a].y, places[b].x - places[a].x));
  for (const { indices, closed } of layers.flatMap(({ lines }) => lines)) {
    for (let i = closed ? 0 : 1; i < indices.length; ++i) {
      const [from, to] = [indices.at(i - 1), indices[i]];
      join(from, to);
      join(to, from);
    }
  }
  return taken;
}

/// The middle of the widest gap between angles: where a number touches least.
function freeAngle(taken) {
  if (taken.length === 0) return -Math.PI / 4;
  const sorted = [...taken].sort((a, b) => a - b);
  let [widest, middle] = [-1, 0];
  sorted.forEach((angle, i) => {
    const next = i + 1 < sorted.length ? sorted[i + 1] : sorted[0] + 2 * Math.PI;
    if (next - angle > widest) [widest, middle] = [next - angle, (angle + next) / 2];
  });
  return middle;
}

/// The lines of `layer` as far as the first `count` of `steps` have drawn them. Where the steps do
/// not spell the lines one after the other, they are joined as they come.
function linesUpTo(layer, steps, count) {
  const pointed = steps.filter((step) => step >= 0);
  const taken = steps.slice(0, count).filter((step) => step >= 0);
  const lines = layer?.lines ?? [];
  const spelt = lines.flatMap(({ indices }) => indices);
  if (spelt.length > pointed.length || spelt.some((index, i) => index !== pointed[i])) {
    return [{ indices: taken, closed: false }];
  }
  const drawn = [];
  let start = 0;
  for (const { indices, closed } of lines) {
    const end = start + indices.length;
    // One line is closed by the step after its last point: the end, or the first point again.
    const closing = lines.length > 1 ? end : Math.min(end + 1, steps.length);
    drawn.push({ indices: taken.slice(start, end), closed: closed && count >= closing });
    start = end;
  }
  return [...drawn, { indices: taken.slice(start), closed: false }]
    .filter(({ indices }) => indices.length > 0);
}

/// The weights of each step, if the sample has a map of them.
function stepWeights(drawing, maps) {
  const map = maps.find(({ name }) => drawing.step_weights !== "" && name === drawing.step_weights);
  if (!map) return () => null;
  const bytes = bytesOf(map);
  const columns = map.shape[1];
  return (step) => Array.from(bytes.subarray(step * columns, (step + 1) * columns),
    (byte) => map.low + (byte / 255) * (map.high - map.low));
}

function inked(depth, made) {
  made.style.setProperty("--ink", seriesColor(depth));
  return made;
}

/// The first layer as a line, the others as roads.
function layerLines(depth, d, thin) {
  if (depth === 0) return [shape("path", { class: "route", d, "stroke-width": 2.25 * thin })];
  const width = roadWidth(depth, thin);
  return [shape("path", { class: "road", d, "stroke-width": width }),
    shape("path", { class: "road-middle", d, "stroke-width": width - Math.max(2 * thin, 1.2) })];
}

function layerLegend(layers) {
  const swatchOf = (depth) => shape("svg", { viewBox: "0 0 36 12", "aria-hidden": "true" },
    inked(depth, shape("g", {}, ...layerLines(depth, "M4 6L32 6", 1))));
  return element("ul", { class: "legend", "aria-label": "Lines" }, ...layers.map(
    ({ name }, depth) => element("li", {},
      element("span", { class: "swatch" }, swatchOf(depth)), name)));
}

class PointDrawing {
  constructor(drawing, maps) {
    this.drawing = drawing;
    this.weightsOf = stepWeights(drawing, maps);
    this.step = 0;  // how many were taken; 0: the whole answer is shown
    this.build();
    drawToWidth(this.plane, (width) => this.draw(width));
  }

  build() {
    const { name, points, layers, steps } = this.drawing;
    this.plane = element("div", { class: "plane" });
    const size = points.length > MANY ? "drawing large" : "drawing";
    this.figure = element("figure", { class: size, "data-drawing": name },
      element("figcaption", {}, name), layerLegend(layers), this.plane);
    if (steps.length > 0) this.figure.append(...this.buildSteps());
  }

  buildSteps() {
    const { name, steps } = this.drawing;
    this.slider = element("input", {
      type: "range", min: 0, max: steps.length, value: 0, "aria-label": `Step of ${name}` });
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
    const button = (text, label, change) => {
      const made = element("button", { type: "button", "aria-label": label }, text);
      made.addEventListener("click", () => this.show(clamp(this.step + change, 0, steps.length)));
      return made;
    };
    this.readout = element("output", { "aria-live": "polite" });
    this.tell();
    return [element("div", { class: "steps" }, button("‹", "One step back", -1), this.slider,
      button("›", "One step forward", 1)), this.readout];
  }

  tell() {
    const { steps } = this.drawing;
    const text = this.step === 0 ? `the whole answer, ${steps.length} steps` : this.stepText();
    this.readout.replaceChildren(text);
    this.slider.setAttribute("aria-valuetext", text);
  }

  stepText() {
    const { steps } = this.drawing;
    const target = steps[this.step - 1];
    const weights = this.weightsOf(this.step - 1);
    return `step ${this.step} of ${steps.length}: ${target < 0 ? "ends" : `points at ${target}`}` +
      (weights ? ` (${percent(weights[target + 1])})` : "");
  }

  show(step) {
    this.step = step;
    this.slider.value = step;
    this.tell();
    if (this.places) this.drawStep();
  }

  draw(width) {
    const { name, points, layers, steps } = this.drawing;
    const hasEnd = steps.includes(-1) || this.drawing.step_weights !== "";
    const { places, height } = placesOf(points, width, hasEnd ? END_ROOM : 0);
    this.places = places;
    this.end = { x: width - 14, y: height - 14 };
    this.thin = thinness(points.length);
    this.stepMarks = shape("g", { class: "step-marks" });
    this.stepLines = inked(0, shape("g", { class: "step-lines" }));
    this.svg = shape("svg", { width, height, role: "img",
                              "aria-label": `${name}: ${points.length} points` },
      ...layers.map((layer, depth) => this.drawLayer(layer, depth)).reverse(), this.stepLines,
      this.stepMarks, this.drawPoints(), ...(hasEnd ? [this.drawEnd()] : []));
    this.plane.replaceChildren(this.svg);
    if (this.step > 0) this.drawStep();
  }

  drawLayer({ name, lines }, depth) {
    return inked(depth, shape("g", { class: "layer", "data-layer": name },
      ...(depth === 0 ? this.drawAreas(closedLines(lines)) : []),
      ...layerLines(depth, linesPath(lines, this.places), this.thin)));
  }

  /// One outline is plain enough; of many, light areas tell where there is none.
  drawAreas(lines) {
    const isPlain = closedLines(this.drawing.layers[0]?.lines ?? []).length < 2;
    return isPlain ? [] : lines.map((line) =>
      shape("path", { class: "area", d: linePath(line, this.places) }));
  }

  drawPoints() {
    const group = shape("g", { class: "points" });
    const radius = Math.max(3.6 * this.thin, 1.6);
    for (const { x, y } of this.places) {
      group.append(shape("circle", { class: "point", cx: x.toFixed(1), cy: y.toFixed(1),
                                     r: radius.toFixed(1) }));
    }
    if (this.places.length > MOST_NUMBERED) return group;
    takenAngles(this.drawing.layers, this.places).forEach((taken, index) => {
      const angle = freeAngle(taken);
      group.append(shape("text", {
        x: (this.places[index].x + 15 * Math.cos(angle)).toFixed(1),
        y: (this.places[index].y + 15 * Math.sin(angle) + 4).toFixed(1), "text-anchor": "middle",
      }, String(index)));
    });
    return group;
  }

  drawEnd() {
    const { x, y } = this.end;
    return shape("g", { class: "end" },
      shape("rect", { class: "point", x: x - 3.5, y: y - 3.5, width: 7, height: 7 }),
      shape("text", { x: x - 15, y: y + 4, "text-anchor": "end" }, "end"));
  }

  /// What the steps so far have drawn, and where the latest one attends.
  drawStep() {
    const { layers, steps } = this.drawing;
    const { step, places } = this;
    this.svg.classList.toggle("stepping", step > 0);
    this.stepLines.replaceChildren();
    this.stepMarks.replaceChildren();
    if (step === 0) return;
    const lines = linesUpTo(layers[0], steps, step);
    this.stepLines.append(...this.drawAreas(closedLines(lines)), shape("path", {
      class: "route chosen", d: linesPath(lines, places),
      "stroke-width": 3.5 * Math.max(this.thin, 0.5) }));
    const placeOf = (column) => (column === 0 ? this.end : places[column - 1]);
    (this.weightsOf(step - 1) ?? []).forEach((weight, column) => {
      if (weight < 0.004) return;
      const { x, y } = placeOf(column);
      this.stepMarks.append(shape("circle", {
        class: "weight", cx: x, cy: y, r: (3 + 9 * Math.sqrt(weight)).toFixed(1),
        "fill-opacity": (0.35 + 0.5 * weight).toFixed(2) }));
    });
    const { x, y } = placeOf(steps[step - 1] + 1);
    this.stepMarks.append(shape("circle", { class: "target", cx: x, cy: y, r: 8 }));
  }
}

/// Side by side where there is room.
function showDrawings(sample) {
  const drawings = sample.drawings ?? [];
  if (drawings.length === 0) return [];
  return [element("div", { class: "drawings" },
    ...drawings.map((drawing) => new PointDrawing(drawing, sample.maps).figure))];
}
