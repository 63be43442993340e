// Samples: heat maps, those over the same columns below each other so that the columns line up.

// Viridis, and blue to orange for signed values, as colours that are mixed in between.
const SEQUENTIAL = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962",
                    "#addc30", "#fde725"];
const DIVERGING = ["#08306b", "#2171b5", "#6baed6", "#c6dbef", "#f7f7f5", "#fdd0a2", "#fd8d3c",
                   "#d94801", "#7f2704"];
const TICK_ROOM = 22;

function bytesOfHex(color) {
  return [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
}

/// 256 colours.
function palette(stops) {
  const colors = stops.map(bytesOfHex);
  return Array.from({ length: 256 }, (_, byte) => {
    const place = (byte / 255) * (colors.length - 1);
    const left = Math.min(Math.floor(place), colors.length - 2);
    return colors[left].map((value, channel) =>
      Math.round(value + (place - left) * (colors[left + 1][channel] - value)));
  });
}

const PALETTES = { sequential: palette(SEQUENTIAL), diverging: palette(DIVERGING) };
const paletteOf = (map) => (map.low < 0 ? PALETTES.diverging : PALETTES.sequential);

function bytesOf(map) {
  return Uint8Array.from(atob(map.values), (letter) => letter.charCodeAt(0));
}

/// A canvas of one pixel for each byte, which the style sheet makes larger.
function paint(bytes, columns, rows, colors) {
  const canvas = element("canvas", { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  bytes.forEach((byte, i) => image.data.set([...colors[byte], 255], 4 * i));
  context.putImageData(image, 0, 0);
  return canvas;
}

function colorBar(map) {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  return element("span", { class: "bar tick" }, numberText(map.low),
    paint(bytes, 256, 1, paletteOf(map)), numberText(map.high));
}

/// Which rows or columns are named on the axis: each if there are labels, else round numbers.
function axisTicks(labels, count, size) {
  if (labels.length > 0) return labels.map((text, index) => ({ index, text }));
  const step = Math.max(1, niceStep(count, (count * size) / 34));
  const ticks = [];
  for (let index = 0; index < count; index += step) ticks.push({ index, text: String(index) });
  return ticks;
}

function textWidth(text) {
  const context = textWidth.context ??= element("canvas").getContext("2d");
  context.font = "12px system-ui, sans-serif";
  return context.measureText(text).width;
}

/// Width of the widest of the labels, or of the largest number.
function labelRoom(labels, count) {
  const texts = labels.length > 0 ? labels : [String(count - 1)];
  return Math.ceil(Math.max(...texts.map(textWidth))) + 12;
}

class HeatMap {
  /// `size` is that of a cell, `gutter` the room for the names of rows. `onColumn` hears which
  /// column is pointed at.
  constructor(map, size, gutter, onColumn) {
    this.map = map;
    this.size = size;
    [this.rows, this.columns] = map.shape;
    this.onColumn = onColumn;
    this.row = null;
    this.column = null;
    this.build(gutter);
    this.listen();
  }

  build(gutter) {
    const { map, size } = this;
    this.readout = element("output", { "aria-live": "polite" });
    this.line = element("div", { class: "mark-column", hidden: true });
    this.cell = element("div", { class: "mark-cell", hidden: true });
    this.canvas = element("canvas");
    this.bar = element("span");
    this.cells = element("div", {
      class: "cells", tabindex: 0, role: "application",
      "aria-label": `${map.name}: ${map.rows} by ${map.columns}; the arrow keys read its values`,
    }, this.canvas, this.line, this.cell);
    this.paintVariant(map.chosen);
    this.figure = element("figure", { class: "map", "data-map": map.name },
      element("figcaption", {}, map.name, ...this.variantChoice(),
        element("small", { "aria-hidden": "true" }, `${map.rows} ↓ ${map.columns} →`),
        this.bar, this.readout),
      element("div", { class: "map-body" }, this.rowAxis(gutter), this.cells, this.columnAxis()));
  }

  /// Shows that of the variants.
  paintVariant(index) {
    const { map, size } = this;
    map.chosen = index;
    this.shown = map.variants[index];
    this.bytes = bytesOf(this.shown);
    const canvas = paint(this.bytes, this.columns, this.rows, paletteOf(this.shown));
    canvas.style.width = `${this.columns * size.width}px`;
    canvas.style.height = `${this.rows * size.height}px`;
    this.canvas.replaceWith(canvas);
    this.canvas = canvas;
    const bar = colorBar(this.shown);
    this.bar.replaceWith(bar);
    this.bar = bar;
  }

  variantChoice() {
    const { map } = this;
    if (map.variants.length === 1) return [];
    const select = element("select", { "aria-label": `Which of ${map.name}` },
      ...map.variants.map(({ variant }, index) =>
        element("option", { value: index, selected: index === map.chosen }, variant)));
    select.addEventListener("change", () => {
      this.paintVariant(Number(select.value));
      this.onColumn(null);
    });
    return [select];
  }

  rowAxis(gutter) {
    const axis = element("div", { class: "rows", "aria-hidden": "true" });
    axis.style.width = `${gutter}px`;
    for (const { index, text } of axisTicks(this.map.row_labels, this.rows, this.size.height)) {
      const tick = element("span", { class: "tick" }, text);
      tick.style.top = `${(index + 0.5) * this.size.height}px`;
      axis.append(tick);
    }
    return axis;
  }

  columnAxis() {
    const labels = this.map.column_labels;
    const axis = element("div", { class: "columns", "aria-hidden": "true" });
    const upright = labels.length > 0;
    axis.style.height = `${upright ? labelRoom(labels, 1) : TICK_ROOM}px`;
    for (const { index, text } of axisTicks(labels, this.columns, this.size.width)) {
      const tick = element("span", { class: upright ? "tick upright" : "tick" }, text);
      tick.style.left = `${(index + 0.5) * this.size.width}px`;
      axis.append(tick);
    }
    return axis;
  }

  listen() {
    this.cells.addEventListener("pointermove", (event) => {
      const box = this.cells.getBoundingClientRect();
      this.show(
        clamp(Math.floor((event.clientY - box.top) / this.size.height), 0, this.rows - 1),
        clamp(Math.floor((event.clientX - box.left) / this.size.width), 0, this.columns - 1));
    });
    for (const end of ["pointerleave", "blur"]) {
      this.cells.addEventListener(end, () => this.onColumn(null));
    }
    this.cells.addEventListener("keydown", (event) => this.move(event));
  }

  move(event) {
    const vertical = event.key === "ArrowUp" || event.key === "ArrowDown";
    const row = vertical
      ? movedIndex(event.key, this.row ?? -1, this.rows, "ArrowUp", "ArrowDown") : this.row ?? 0;
    const column = vertical ? this.column ?? 0
      : movedIndex(event.key, this.column ?? -1, this.columns);
    if (event.key === "Escape") this.onColumn(null);
    if (column === undefined) return;
    event.preventDefault();
    this.show(row, column);
    this.cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  show(row, column) {
    this.onColumn(column);
    [this.row, this.column] = [row, column];
    const { map, shown, size } = this;
    const share = this.bytes[row * this.columns + column] / 255;
    const value = shown.low + share * (shown.high - shown.low);
    Object.assign(this.cell.style, {
      left: `${column * size.width}px`, top: `${row * size.height}px`,
      width: `${size.width}px`, height: `${size.height}px` });
    this.cell.hidden = false;
    this.readout.replaceChildren(
      `${map.rows} ${map.row_labels[row] ?? row}, ${map.columns} ${map.column_labels[column] ?? column}: `,
      element("strong", {}, String(Number(value.toPrecision(3)))));
  }

  /// Marks a column that is pointed at in this map or in one beside it; null: none is.
  markColumn(column) {
    [this.row, this.column] = [null, null];
    this.cell.hidden = true;
    this.line.hidden = column === null;
    this.line.style.left = `${column * this.size.width}px`;
    this.line.style.width = `${this.size.width}px`;
    this.readout.replaceChildren();
  }
}

/// One entry for each map; those of one name that are variants of each other share one.
function withVariants(maps) {
  const entries = [];
  for (const map of maps) {
    const known = map.variant && entries.find((each) =>
      each.variant && each.name === map.name && String(each.shape) === String(map.shape));
    if (known) known.variants.push(map);
    else entries.push({ ...map, variants: [map], chosen: 0 });
  }
  return entries;
}

/// Maps with the same columns, in the order in which the first of each kind comes.
function mapsByColumns(maps) {
  const groups = new Map();
  for (const map of maps) {
    const key = JSON.stringify([map.columns, map.shape[1]]);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(map);
  }
  return [...groups.values()];
}

/// Square where there is room for it.
function cellHeight(map, width) {
  if (map.row_labels.length > 0) return 18;
  return clamp(Math.floor(320 / map.shape[0]), 2, Math.max(width, 10));
}

function drawMaps(holder, maps, width) {
  const gutter = Math.max(...maps.map((map) => labelRoom(map.row_labels, map.shape[0])));
  const columns = maps[0].shape[1];
  const labelled = maps.some((map) => map.column_labels.length > 0);
  const cellWidth = clamp(Math.floor((width - gutter - 16) / columns), labelled ? 18 : 4, 22);
  const drawn = maps.map((map) => new HeatMap(map, { width: cellWidth, height: cellHeight(map, cellWidth) },
    gutter, (column) => drawn.forEach((each) => each.markColumn(column))));
  holder.replaceChildren(...drawn.map((map) => map.figure));
}

function showMaps(maps) {
  const holder = element("div", { class: "maps" });
  drawToWidth(holder, (width) => drawMaps(holder, maps, width));
  return holder;
}

function textList(texts) {
  return element("dl", { class: "facts-list" }, ...texts.map(({ name, text }) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, text))));
}

/// Drawings and maps are drawn when the sample is opened, as only then their width is known.
function showSample(sample, open) {
  return element("details", { class: "sample", open },
    element("summary", {}, sample.title),
    textList(sample.texts), ...showDrawings(sample),
    ...mapsByColumns(withVariants(sample.maps)).map(showMaps));
}

function showSamples(section, runs) {
  const shown = runs.filter((run) => run.samples && run.samples.samples.length > 0);
  for (const run of shown) {
    const step = `After ${countText(run.samples.step)} steps.`;
    section.append(
      ...(runs.length > 1 ? [element("h3", {}, run.label)] : []),
      element("p", { class: "note" }, step),
      ...run.samples.samples.map((sample, i) => showSample(sample, i === 0)));
  }
  section.hidden = shown.length === 0;
  document.querySelector("[data-for=samples]").hidden = shown.length === 0;
}

start();
