// From numbers to places: ticks, linear and logarithmic axes, lines of thousands of points.

const isDrawable = (value) => typeof value === "number" && Number.isFinite(value);

function drawableValues(series) {
  return series.flatMap(({ values }) => values.filter(isDrawable));
}

/// The numbers 1, 2 and 5 times a power of ten apart, about `count` of them.
function niceStep(range, count) {
  const rough = range / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
}

function niceTicks(low, high, count) {
  const step = niceStep(high - low, count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/// From values to heights: 0 at the bottom of the axis, 1 at its top.
function linearScale(values) {
  let low = values.reduce((a, b) => Math.min(a, b), Infinity);
  let high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low > 0 && low < high / 2) low = 0;
  if (low === high) [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const step = niceStep(high - low, 5);
  low = Math.floor(low / step + 1e-9) * step;
  high = Math.ceil(high / step - 1e-9) * step;
  return {
    place: (value) => (value - low) / (high - low),
    ticks: niceTicks(low, high, 5).map((value) => ({ value, text: numberText(value) })),
  };
}

/// A logarithm knows nothing of zero and below: such values lie on a shelf under the axis.
function logarithmicScale(values) {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(positive.reduce((a, b) => Math.min(a, b), Infinity)) + 1e-9);
  const top = Math.ceil(Math.log10(positive.reduce((a, b) => Math.max(a, b), 0)) - 1e-9);
  const high = Math.max(top, low + 1);
  const shelf = positive.length < values.length ? 0.1 : 0;
  const every = Math.ceil((high - low) / 6);
  const ticks = [];
  for (let power = low; power <= high; power += every) {
    for (const factor of high - low === 1 && power < high ? [1, 2, 5] : [1]) {
      const value = Number(`${factor}e${power}`);
      ticks.push({ value, text: numberText(value) });
    }
  }
  if (shelf) ticks.unshift({ value: 0, text: "≤ 0" });
  return {
    place: (value) => (value > 0
      ? shelf + (1 - shelf) * ((Math.log10(value) - low) / (high - low)) : 0),
    ticks,
  };
}

/// Keeps the first, lowest, highest and last point of each pixel, so that thousands draw quickly
/// and no spike is lost. A gap stays one.
function thinnedPoints(points) {
  const kept = [];
  let pixel = [];
  const flush = () => {
    if (pixel.length === 0) return;
    const lowest = pixel.reduce((a, b) => (b.y > a.y ? b : a));
    const highest = pixel.reduce((a, b) => (b.y < a.y ? b : a));
    const wanted = new Set([pixel[0], lowest, highest, pixel.at(-1)]);
    kept.push(...pixel.filter((point) => wanted.has(point)));
    pixel = [];
  };
  for (const point of points) {
    if (point === null) {
      flush();
      kept.push(null);
    } else {
      if (pixel.length > 0 && Math.floor(point.x) !== Math.floor(pixel[0].x)) flush();
      pixel.push(point);
    }
  }
  flush();
  return kept;
}

function pathText(points) {
  let text = "";
  let pen = "M";
  for (const point of points) {
    if (point === null) {
      pen = "M";
    } else {
      text += `${pen}${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
      pen = "L";
    }
  }
  return text;
}
