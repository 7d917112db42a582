// What one sees and does on the page: drawing or numbers on the left, the network's answer on the
// right, and below it what goes on inside. All numbers come from network.js.

"use strict";

const description = JSON.parse(document.getElementById("description").textContent);
const network = new Network(description);
const { image, classes, features } = description;
const examples = description.examples.map(decode);

let input = new Float64Array(description.size); // what the network is given
let chosen = null; // the class asked about; null follows the prediction

const $ = (id) => document.getElementById(id);
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const largest = (values) => values.reduce((best, value, k) => (value > values[best] ? k : best), 0);
const shown = (value) => (Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3)).replace("-", "−");
const asked = () => chosen ?? largest(network.outputs.at(-1));

// ------------------------------------------------------------------------------------ colours

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));

// Paint numbers as squares: from the paper to `more` above zero and to `less` below.
function paint(canvas, width, height, values, limit, tint = null) {
  canvas.width = width;
  canvas.height = height;
  const [paper, more, less] = ["paper", tint ?? "more", "less"].map((name) => rgb(color(name)));
  const pixels = new ImageData(width, height);
  values.forEach((value, k) => {
    const share = Math.min(1, Math.abs(value) / (limit || 1));
    const end = value < 0 ? less : more;
    for (let c = 0; c < 3; c++) pixels.data[4 * k + c] = paper[c] + share * (end[c] - paper[c]);
    pixels.data[4 * k + 3] = 255;
  });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

const limitOf = (values) => values.reduce((limit, value) => Math.max(limit, Math.abs(value)), 0);
const inkOf = (x) => x.map((value) => (value - description.low) / (description.high - description.low));

// Averages over neighbours: the slope of a single pixel is mostly noise.
function smooth(values, [height, width]) {
  const weights = [0.06, 0.24, 0.4, 0.24, 0.06];
  const pass = (from, step, position, size) =>
    from.map((_, k) => {
      let sum = 0;
      for (let d = -2; d <= 2; d++) {
        const place = position(k) + d;
        if (place >= 0 && place < size) sum += weights[d + 2] * from[k + d * step];
      }
      return sum;
    });
  const across = pass(values, 1, (k) => k % width, width);
  return pass(across, width, (k) => Math.floor(k / width), height);
}

// ----------------------------------------------------------------------------------- an image

const CELL = 10; // pixels of the sheet that is drawn on, for each pixel of the network

function drawingPad() {
  const [height, width] = image;
  const sheet = make("canvas", { width: width * CELL, height: height * CELL });
  const pen = sheet.getContext("2d", { willReadFrequently: true });
  const canvas = make("canvas", { id: "drawing", className: "big", tabIndex: 0 });
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Sheet to draw on. Arrow keys move the pen, space puts it down or lifts it, Delete clears.");
  const centred = make("input", { type: "checkbox", id: "centred", checked: width === 28 && height === 28 });
  const eraser = make("button", { type: "button", textContent: "Eraser", id: "eraser" });
  eraser.setAttribute("aria-pressed", "false");
  const clear = make("button", { type: "button", textContent: "Clear", id: "clear" });
  let last = null;
  let cursor = [width / 2, height / 2];
  let down = false;

  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = Math.max(1.2, Math.max(width, height) / 13) * CELL;

  function stroke(from, to) {
    const erasing = eraser.getAttribute("aria-pressed") === "true";
    pen.globalCompositeOperation = erasing ? "destination-out" : "source-over";
    pen.strokeStyle = "#000";
    pen.beginPath();
    pen.moveTo(from[0] * CELL, from[1] * CELL);
    pen.lineTo(to[0] * CELL, to[1] * CELL + 0.01);
    pen.stroke();
    read();
  }

  // The sheet as the network's pixels: averaged over squares, and if wished scaled and shifted as
  // MNIST's digits were: the longer side becomes 20 of 28 pixels, the centre of mass the middle.
  function read() {
    const { data } = pen.getImageData(0, 0, sheet.width, sheet.height);
    const at = (x, y) =>
      x < 0 || y < 0 || x >= sheet.width || y >= sheet.height ? 0 : data[4 * (y * sheet.width + x) + 3] / 255;
    let scale = CELL;
    let middle = [sheet.width / 2, sheet.height / 2];
    if (centred.checked) {
      let [left, right, top, bottom, mass, mx, my] = [Infinity, -1, Infinity, -1, 0, 0, 0];
      for (let y = 0; y < sheet.height; y++) {
        for (let x = 0; x < sheet.width; x++) {
          const ink = at(x, y);
          if (ink < 0.1) continue;
          [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
          [mass, mx, my] = [mass + ink, mx + ink * x, my + ink * y];
        }
      }
      if (mass) {
        scale = Math.max(right - left + 1, bottom - top + 1) / ((20 / 28) * Math.max(width, height));
        middle = [mx / mass + 0.5, my / mass + 0.5];
      }
    }
    const ink = new Float64Array(width * height);
    const parts = 6;
    for (let k = 0; k < ink.length; k++) {
      for (let part = 0; part < parts * parts; part++) {
        const u = (k % width) + ((part % parts) + 0.5) / parts - width / 2;
        const v = Math.floor(k / width) + (Math.floor(part / parts) + 0.5) / parts - height / 2;
        ink[k] += at(Math.floor(middle[0] + u * scale), Math.floor(middle[1] + v * scale));
      }
    }
    const range = description.high - description.low;
    setInput(ink.map((sum) => description.low + (range * sum) / (parts * parts)));
  }

  // The other way round: put the network's pixels on the sheet.
  function write(x) {
    const small = make("canvas", { width, height });
    const pixels = new ImageData(width, height);
    inkOf(x).forEach((ink, k) => (pixels.data[4 * k + 3] = 255 * Math.min(1, Math.max(0, ink))));
    small.getContext("2d").putImageData(pixels, 0, 0);
    pen.globalCompositeOperation = "source-over";
    pen.clearRect(0, 0, sheet.width, sheet.height);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(small, 0, 0, sheet.width, sheet.height);
  }

  function show() {
    canvas.width = sheet.width;
    canvas.height = sheet.height;
    const brush = canvas.getContext("2d");
    brush.drawImage(sheet, 0, 0);
    brush.globalCompositeOperation = "source-in";
    brush.fillStyle = color("ink");
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.globalCompositeOperation = "source-over";
    if (document.activeElement === canvas && canvas.matches(":focus-visible")) {
      brush.strokeStyle = color(down ? "more" : "less");
      brush.lineWidth = 3;
      brush.beginPath();
      brush.arc(cursor[0] * CELL, cursor[1] * CELL, 1.3 * CELL, 0, 7);
      brush.stroke();
    }
  }

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    stroke(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = place(event);
    stroke(last, next);
    last = next;
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (last = null));
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) {
      const next = [Math.min(width, Math.max(0, cursor[0] + move[0])), Math.min(height, Math.max(0, cursor[1] + move[1]))];
      if (down) stroke(cursor, next);
      cursor = next;
    } else if (event.key === " ") {
      down = !down;
      if (down) stroke(cursor, cursor);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      clear.click();
    } else {
      return;
    }
    event.preventDefault();
    show();
  });
  for (const change of ["focus", "blur"]) canvas.addEventListener(change, show);
  clear.addEventListener("click", () => {
    down = false;
    pen.clearRect(0, 0, sheet.width, sheet.height);
    read();
  });
  eraser.addEventListener("click", () => {
    eraser.setAttribute("aria-pressed", String(eraser.getAttribute("aria-pressed") !== "true"));
  });
  centred.addEventListener("change", read);

  $("input-title").textContent = "Draw here";
  $("input-body").append(
    canvas,
    make("div", { className: "row" }, clear, eraser, make("label", {}, centred, "centre it, as MNIST does")),
  );
  return { show, write };
}

function wishPad() {
  const canvas = make("canvas", { className: "big", id: "wishes" });
  const step = make("button", { type: "button", id: "step" });
  step.addEventListener("click", () => {
    const slopes = network.gradient(asked());
    const limit = limitOf(slopes) || 1;
    const reach = 0.15 * (description.high - description.low);
    setInput(
      input.map((value, k) =>
        Math.min(description.high, Math.max(description.low, value + (reach * slopes[k]) / limit)),
      ),
      true,
    );
  });
  $("wish-body").append(
    canvas,
    make("div", { className: "row" }, step),
    make("p", { className: "hint", innerHTML: '<span class="key more"></span> ink here raises its score, <span class="key less"></span> ink here lowers it. The outline is your drawing as the network sees it.' }),
  );

  return () => {
    const [height, width] = image;
    const name = classes[asked()];
    $("wish-title").textContent = `To make it more of ${article(name)}`;
    step.textContent = "Go a step that way";
    const slopes = smooth(network.gradient(asked()), image);
    const small = make("canvas");
    paint(small, width, height, slopes, limitOf(slopes));
    canvas.width = width * CELL;
    canvas.height = height * CELL;
    const brush = canvas.getContext("2d");
    brush.imageSmoothingEnabled = false;
    brush.drawImage(small, 0, 0, canvas.width, canvas.height);
    hatch(brush, slopes, width);
    outline(brush, inkOf(input), width, height);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `For each pixel, how more ink there would change the score of ${name}.`);
  };
}

// Strokes over the pixels that are clearly below zero, so that the sign is seen without colour.
function hatch(brush, values, width) {
  const limit = limitOf(values);
  brush.strokeStyle = color("ink");
  brush.lineWidth = 1;
  brush.beginPath();
  values.forEach((value, k) => {
    if (value >= 0 || value > -0.2 * limit) return;
    const [x, y] = [(k % width) * CELL, Math.floor(k / width) * CELL];
    brush.moveTo(x + 2, y + CELL - 2);
    brush.lineTo(x + CELL - 2, y + 2);
  });
  brush.stroke();
}

// The edge between pixels with more and with less than half of the ink.
function outline(brush, ink, width, height) {
  const full = (x, y) => x >= 0 && y >= 0 && x < width && y < height && ink[y * width + x] > 0.5;
  brush.strokeStyle = color("ink");
  brush.lineWidth = 2;
  brush.beginPath();
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      if (full(x, y) !== full(x - 1, y)) {
        brush.moveTo(x * CELL, y * CELL);
        brush.lineTo(x * CELL, (y + 1) * CELL);
      }
      if (full(x, y) !== full(x, y - 1)) {
        brush.moveTo(x * CELL, y * CELL);
        brush.lineTo((x + 1) * CELL, y * CELL);
      }
    }
  }
  brush.stroke();
}

const article = (name) => (/^([aeio]|8|11$|18$)/i.test(name) ? "an " : "a ") + name;

// --------------------------------------------------------------------------------- plain numbers

function numberPad() {
  document.body.classList.add("numbers");
  $("input-title").textContent = "Set the numbers";
  const heading = make("div", { className: "feature head" });
  heading.append(make("span", { id: "slope-title" }));
  $("input-body").append(heading);
  const rows = features.map((name, k) => {
    const [low, high] = [description.low[k], description.high[k]];
    const id = `feature-${k}`;
    const step = (high - low) / 200;
    const range = make("input", { type: "range", min: low, max: high, step: "any", id });
    const number = make("input", { type: "number", step: step.toPrecision(1) });
    number.setAttribute("aria-label", `${name}, as a number`);
    const slope = make("span", { className: "slope" }, make("i"));
    const change = (event) => {
      const value = Number(event.target.value);
      if (event.target.value === "" || !Number.isFinite(value)) return;
      const next = Float64Array.from(input);
      next[k] = value;
      setInput(next);
    };
    range.addEventListener("input", change);
    number.addEventListener("change", change);
    const label = make("label", { textContent: /^\d+$/.test(name) ? `x${name}` : name, htmlFor: id });
    $("input-body").append(make("div", { className: "feature" }, label, range, number, slope));
    return { range, number, slope, width: high - low };
  });
  return () => {
    const slopes = network.gradient(asked()).map((slope, k) => slope * rows[k].width);
    const limit = limitOf(slopes) || 1;
    $("slope-title").textContent = classes.length > 1 ? `effect on ${classes[asked()]}` : "effect";
    rows.forEach(({ range, number, slope, width }, k) => {
      range.value = input[k];
      if (document.activeElement !== number) number.value = Number(input[k].toPrecision(6));
      const share = (50 * slopes[k]) / limit;
      const bar = slope.firstChild;
      bar.className = share < 0 ? "less" : "";
      bar.style.left = `${share < 0 ? 50 + share : 50}%`;
      bar.style.width = `${Math.abs(share)}%`;
      const effect = shown(slopes[k] / width);
      slope.title = `raise it by 1, and the score changes by about ${effect}`;
      slope.setAttribute("role", "img");
      slope.setAttribute("aria-label", `effect ${effect}`);
    });
  };
}

// ------------------------------------------------------------------------------ what comes out

function outputBars() {
  const bars = classes.map((name, k) => {
    const fill = make("span", { className: "fill" });
    const value = make("span", { className: "value" });
    const bar = make(
      "button",
      { type: "button", className: "bar" },
      make("span", { className: "name", textContent: name }),
      make("span", { className: "track" }, fill),
      value,
    );
    bar.addEventListener("click", () => {
      chosen = chosen === k ? null : k;
      refresh();
    });
    $("bars").append(bar);
    return { bar, fill, value };
  });
  $("bars").classList.toggle("named", classes.some((name) => name.length > 3));
  return (y) => {
    const best = largest(y);
    const values = description.output === "values";
    const limit = values ? limitOf(y) || 1 : 1;
    bars.forEach(({ bar, fill, value }, k) => {
      const share = y[k] / limit;
      const signed = values && y.some((other) => other < 0);
      fill.style.left = signed ? `${share < 0 ? 50 + 50 * share : 50}%` : 0;
      fill.style.width = `${Math.abs(share) * (signed ? 50 : 100)}%`;
      value.textContent = values ? shown(y[k]) : `${(100 * y[k]).toFixed(1)} %`;
      bar.classList.toggle("first", k === best && (classes.length > 1 || values));
      bar.setAttribute("aria-pressed", String(k === chosen));
    });
    $("said").textContent = values || classes.length < 2
      ? ""
      : `It says ${classes[best]}, with ${(100 * y[best]).toFixed(1)} %.`;
  };
}

// ---------------------------------------------------------------------------------- the layers

function layerViews() {
  const views = [];
  description.steps.forEach((step, k) => {
    if (step.kind !== "affine") return;
    const next = description.steps[k + 1];
    const activated = next && !["affine", "scale", "layer_norm"].includes(next.kind);
    const end = k + (activated ? 2 : 1); // the steps up to and with the activation
    if (end >= network.scored) return; // what comes out has its own place
    const strip = make("canvas", { className: "strip" });
    const units = make("div", { className: "units" });
    const text = `${step.name}: ${step.outputs} units${activated ? `, ${next.kind}` : ""}`;
    const silent = make("p", { className: "hint" });
    $("layer-list").append(
      make("div", { className: "layer" }, make("div", {}, make("h3", { textContent: text }), strip, silent), units),
    );
    views.push({ end, strip, units, silent, count: step.outputs });
  });
  $("layers").hidden = !views.length;
  $("layers-hint").textContent = image
    ? "Each unit is a square, coloured by its activation. Beside them are the six most active units, each with the derivative of its activation with respect to every pixel."
    : "Each unit is a square, coloured by its activation. Beside them are the six most active units.";
  return () => {
    for (const { end, strip, units, silent, count } of views) {
      const values = network.outputs[end];
      const columns = Math.min(count, 32);
      const rows = Math.ceil(count / columns);
      paint(strip, columns, rows, Float64Array.from({ length: columns * rows }, (_, k) => values[k] ?? 0), limitOf(values));
      strip.style.width = `${columns * 11}px`;
      strip.style.height = `${rows * 11}px`;
      const off = values.filter((value) => value === 0).length;
      silent.textContent = off ? `${off} of ${count} are silent` : "";
      const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a]).slice(0, 6);
      strip.setAttribute("role", "img");
      strip.setAttribute("aria-label", `Most active: ${order.map((k) => `unit ${k} with ${shown(values[k])}`).join(", ")}`);
      units.replaceChildren(
        ...order.filter((k) => values[k] !== 0).map((k) => {
          const unit = make("div", { className: "unit" });
          if (image) {
            const canvas = make("canvas");
            const slopes = smooth(network.gradient(k, end), image);
            paint(canvas, image[1], image[0], slopes, limitOf(slopes));
            unit.append(canvas);
          }
          unit.append(`unit ${k}`, make("b", { textContent: shown(values[k]) }));
          return unit;
        }),
      );
    }
  };
}

// ------------------------------------------------------------------------------------- all of it

function exampleList() {
  $("examples").hidden = !examples.length;
  examples.forEach((x, k) => {
    const label = description.labels[k] ?? "";
    const button = make("button", { type: "button", className: "example" });
    button.setAttribute("aria-label", `Example ${k + 1}${label && `, ${label}`}`);
    if (image) {
      const canvas = make("canvas");
      button.append(canvas);
      thumbnails.push(() => paint(canvas, image[1], image[0], inkOf(x), 1, "ink"));
    }
    button.append(label || (image ? "" : `example ${k + 1}`));
    button.addEventListener("click", () => setInput(x, true));
    $("example-list").append(button);
  });
}

function setInput(x, fromOutside = false) {
  input = Float64Array.from(x);
  if (fromOutside && pad) pad.write(input);
  refresh();
}

function refresh() {
  const y = network.forward(input);
  showInput();
  showWishes();
  showBars(y);
  showLayers();
}

const thumbnails = [];
const pad = image ? drawingPad() : null;
const showInput = image ? pad.show : () => {};
const showWishes = image ? wishPad() : numberPad();
const showBars = outputBars();
const showLayers = layerViews();
exampleList();

$("title").textContent = description.title;
$("about").textContent =
  `A network with ${description.parameters.toLocaleString("en")} parameters, which runs in this page. ` +
  "What you enter stays in your browser.";

function start() {
  thumbnails.forEach((draw) => draw());
  refresh();
}

const middle = image ? new Float64Array(description.size).fill(description.low)
  : description.low.map((low, k) => (low + description.high[k]) / 2);
setInput(examples[0] ?? middle, true);
start();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", start);
new MutationObserver(start).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
