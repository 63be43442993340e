// What the page's parts share, and what happens when it opens. Foreign text only ever becomes the
// content of text nodes.

const SVG = "http://www.w3.org/2000/svg";

function fillElement(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function element(name, attributes = {}, ...children) {
  return fillElement(document.createElement(name), attributes, children);
}

function shape(name, attributes = {}, ...children) {
  return fillElement(document.createElementNS(SVG, name), attributes, children);
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

const countText = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 8 });

/// Four digits: "0.001235", "83.6", "1.2e-7", "1,091".
function numberText(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "not a number";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return Number(value.toPrecision(4)).toExponential();
  return countText(Number(value.toPrecision(4)));
}

/// Calls `redraw` with the width of an element, now and whenever that changes.
function drawToWidth(holder, redraw) {
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.floor(holder.clientWidth);
    if (now === width || now === 0) return;
    width = now;
    redraw(width);
  }).observe(holder);
}

/// The place that a key moves to among `count` ones; nothing for other keys.
function movedIndex(key, index, count, back = "ArrowLeft", forth = "ArrowRight") {
  const page = Math.max(1, Math.round(count / 10));
  const moves = { [back]: -1, [forth]: 1, PageUp: -page, PageDown: page, Home: -count, End: count };
  return key in moves ? clamp(index + moves[key], 0, count - 1) : undefined;
}

function start() {
  const data = JSON.parse(document.getElementById("data").textContent);
  showLengths(document.getElementById("results"), data.runs);
  showCurves(document.getElementById("curves"), data.runs);
  showSamples(document.getElementById("samples"), data.runs);
}
