// Interactive pictures: gradient descent in a valley, a small network that learns to divide the
// plane, and backpropagation through a graph, step by step.
//
// A page contains `<div class="play" data-play="descent"></div>`, which is filled here. Everything
// works from the keyboard: sliders, buttons, and arrow keys on the pictures.

"use strict";

(() => {
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const shown = (value, digits = 3) =>
    (Math.abs(value) >= 1e4 ? value.toExponential(1) : String(Number(value.toPrecision(digits)))).replaceAll("-", "−");

  let named = 0;

  function slider(label, { min, max, step, value, format = shown }, change) {
    const id = `play-${named++}`;
    const output = make("output", { textContent: format(value) });
    output.setAttribute("for", id);
    const input = make("input", { type: "range", id, min, max, step, value });
    input.setAttribute("aria-valuetext", format(value));
    input.addEventListener("input", () => {
      output.textContent = format(Number(input.value));
      input.setAttribute("aria-valuetext", output.textContent);
      change(Number(input.value));
    });
    return make("div", { className: "play-control" }, make("label", { htmlFor: id, textContent: label }), output, input);
  }

  function choice(label, options, value, change) {
    const id = `play-${named++}`;
    const select = make("select", { id }, ...options.map((name) => make("option", { value: name, textContent: name })));
    select.value = value;
    select.addEventListener("change", () => change(select.value));
    return make("div", { className: "play-row" }, make("label", { htmlFor: id, textContent: label }), select);
  }

  function button(text, press) {
    const made = make("button", { type: "button", textContent: text });
    made.addEventListener("click", press);
    return made;
  }

  // A canvas that is sharp on every screen, in units of CSS pixels.
  function canvasOf(width, height, label) {
    const scale = Math.max(1, window.devicePixelRatio || 1);
    const canvas = make("canvas", { width: width * scale, height: height * scale });
    canvas.style.width = `${width}px`;
    canvas.style.aspectRatio = `${width} / ${height}`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    canvas.getContext("2d").scale(scale, scale);
    return canvas;
  }

  const colorsOf = (box) => {
    const style = getComputedStyle(box);
    return (name) => style.getPropertyValue(`--play-${name}`).trim();
  };

  // Redraw where the theme changes.
  function onTheme(draw) {
    new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  }

  // What screen readers speak when it changes.
  function status() {
    const line = make("p", { className: "play-said" });
    line.setAttribute("role", "status");
    return line;
  }

  // Call `tick` about thirty times a second while it runs and can be seen. The line that `tick`
  // writes is spoken where it stops.
  function runner(box, tick, said, label = "Run") {
    let timer = null;
    const toggle = button(label, () => (timer === null ? start() : stop()));
    const start = () => {
      timer = setInterval(tick, 33);
      said.setAttribute("aria-live", "off");
      toggle.textContent = "Pause";
    };
    const stop = () => {
      clearInterval(timer);
      timer = null;
      toggle.textContent = label;
      said.setAttribute("aria-live", "polite");
      said.textContent += ""; // a change, so that it is spoken
    };
    new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting && timer !== null) stop();
    }).observe(box);
    return { toggle, stop, running: () => timer !== null };
  }

  // ------------------------------------------------------------------- gradient descent in a valley

  function descent(box) {
    const [width, height] = [400, 300];
    const state = { rate: 0.1, momentum: 0, steep: 4, start: [-1.6, 1.1], path: [], velocity: [0, 0] };
    const canvas = canvasOf(width, height, "A valley seen from above. Arrow keys move the start.");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const brush = canvas.getContext("2d");
    const color = colorsOf(box);
    const said = status();
    const across = (w) => width / 2 + w[0] * 100;
    const down = (w) => height / 2 - w[1] * 100;
    const loss = ([a, b]) => (a * a + state.steep * b * b) / 2;

    function restart() {
      state.path = [[...state.start]];
      state.velocity = [0, 0];
      draw();
    }

    // v ← m v − η g and w ← w + v, as in tinynet's SGD.
    function step() {
      const w = state.path.at(-1);
      const gradient = [w[0], state.steep * w[1]];
      state.velocity = state.velocity.map((v, k) => state.momentum * v - state.rate * gradient[k]);
      state.path.push(w.map((value, k) => value + state.velocity[k]));
      draw();
      const now = loss(state.path.at(-1));
      if (now < 1e-6 || now > 1e6 || state.path.length > 400) run.stop();
    }

    function draw() {
      brush.fillStyle = color("paper");
      brush.fillRect(0, 0, width, height);
      brush.lineWidth = 1.2;
      brush.strokeStyle = color("rule");
      for (let level = 0.03; level < 20; level *= 2.2) {
        brush.beginPath();
        brush.ellipse(width / 2, height / 2, 100 * Math.sqrt(2 * level), 100 * Math.sqrt((2 * level) / state.steep), 0, 0, 7);
        brush.stroke();
      }
      brush.strokeStyle = color("ink");
      brush.lineWidth = 2;
      brush.beginPath();
      for (const sign of [-1, 1]) {
        brush.moveTo(width / 2 - 6, height / 2 - 6 * sign);
        brush.lineTo(width / 2 + 6, height / 2 + 6 * sign);
      }
      brush.stroke();

      const seen = state.path.filter((w) => Math.abs(w[0]) < 50 && Math.abs(w[1]) < 50);
      brush.strokeStyle = brush.fillStyle = color("blue");
      brush.beginPath();
      seen.forEach((w) => brush.lineTo(across(w), down(w)));
      brush.stroke();
      for (const w of seen) {
        brush.beginPath();
        brush.arc(across(w), down(w), 3.2, 0, 7);
        brush.fill();
      }
      brush.fillStyle = color("paper");
      brush.strokeStyle = color(document.activeElement === canvas ? "orange" : "ink");
      brush.lineWidth = 2.5;
      brush.beginPath();
      brush.arc(across(state.start), down(state.start), 7, 0, 7);
      brush.fill();
      brush.stroke();

      const w = state.path.at(-1);
      const steps = state.path.length - 1;
      const verdict = loss(w) > 10 * loss(state.start) ? ": it leaves the valley" : "";
      said.textContent = `After ${steps} ${steps === 1 ? "step" : "steps"} w = (${shown(w[0])}, ${shown(w[1])}), loss ${shown(loss(w))}${verdict}`;
      limit.textContent = `Without momentum, a step multiplies w₁ by ${shown(1 - state.rate)} and w₂ by ${shown(1 - state.rate * state.steep)}.`;
    }

    function moveStart(to) {
      state.start = [Math.max(-1.9, Math.min(1.9, to[0])), Math.max(-1.4, Math.min(1.4, to[1]))];
      run.stop();
      restart();
    }

    let dragging = false;
    const place = (event) => {
      const frame = canvas.getBoundingClientRect();
      return [((event.clientX - frame.left) / frame.width - 0.5) * (width / 100), (0.5 - (event.clientY - frame.top) / frame.height) * (height / 100)];
    };
    canvas.addEventListener("pointerdown", (event) => {
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      moveStart(place(event));
    });
    canvas.addEventListener("pointermove", (event) => dragging && moveStart(place(event)));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (dragging = false));
    canvas.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
      if (!move) return;
      event.preventDefault();
      moveStart(state.start.map((value, k) => value + move[k]));
    });
    for (const change of ["focus", "blur"]) canvas.addEventListener(change, draw);

    const run = runner(box, step, said);
    const limit = make("p", { className: "play-said" });
    const set = (name) => (value) => {
      state[name] = value;
      draw();
    };
    box.append(
      make("p", { className: "play-title", textContent: "Walk down a valley" }),
      make(
        "div",
        { className: "play-body" },
        canvas,
        make(
          "div",
          { className: "play-side" },
          slider("learning rate η", { min: 0.01, max: 1, step: 0.01, value: state.rate }, set("rate")),
          slider("momentum", { min: 0, max: 0.95, step: 0.05, value: state.momentum }, set("momentum")),
          slider("steepness across", { min: 1, max: 12, step: 1, value: state.steep }, set("steep")),
          make("div", { className: "play-row" }, button("Step", step), run.toggle, button("Back to the start", () => (run.stop(), restart()))),
          limit,
          said,
        ),
      ),
    );
    onTheme(draw);
    restart();
    return { state, step };
  }

  // ------------------------------------------------------------------ a network that divides the plane

  // Random numbers that are the same at each visit (mulberry32), and normally distributed ones.
  function random(seed) {
    let a = seed;
    const uniform = () => {
      a = (a + 0x6d2b79f5) | 0;
      let t = Math.imul(a ^ (a >>> 15), 1 | a);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return { uniform, normal };
  }

  const DATA = {
    moons: (k, { normal, uniform }) => {
      const angle = Math.PI * uniform();
      const noise = () => 0.12 * normal();
      return k % 2
        ? [1 - Math.cos(angle) - 0.5 + noise(), 0.25 - Math.sin(angle) + noise()]
        : [Math.cos(angle) - 0.5 + noise(), Math.sin(angle) - 0.25 + noise()];
    },
    circles: (k, { normal, uniform }) => {
      const [angle, radius] = [2 * Math.PI * uniform(), (k % 2 ? 0.5 : 1.2) + 0.1 * normal()];
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    },
    "exclusive or": (k, { uniform }) => {
      const side = uniform() < 0.5 ? -1 : 1;
      const [a, b] = [0.15 + 1.1 * uniform(), 0.15 + 1.1 * uniform()];
      return [side * a, (k % 2 ? -side : side) * b];
    },
    spirals: (k, { normal, uniform }) => {
      const t = 0.1 + 0.9 * uniform();
      const angle = 4.2 * t + (k % 2) * Math.PI;
      return [1.35 * t * Math.cos(angle) + 0.04 * normal(), 1.35 * t * Math.sin(angle) + 0.04 * normal()];
    },
  };

  const ACTIVATIONS = {
    relu: [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
    tanh: [Math.tanh, (z, y) => 1 - y * y],
  };

  // Dense layers with an activation between them and a sigmoid at the end, trained by SGD on the
  // binary cross-entropy. The gradients are added up example by example, starting from p − t.
  class SmallNetwork {
    constructor(sizes, activation, seed) {
      const { uniform } = random(seed);
      [this.f, this.slope] = ACTIVATIONS[activation];
      this.layers = sizes.slice(1).map((outputs, k) => {
        const limit = Math.sqrt(6 / (sizes[k] + outputs)); // Glorot and Bengio
        return {
          W: Array.from({ length: sizes[k] }, () => Array.from({ length: outputs }, () => limit * (2 * uniform() - 1))),
          b: new Array(outputs).fill(0),
        };
      });
    }

    forward(x) {
      this.kept = [];
      this.layers.forEach(({ W, b }, k) => {
        const z = b.map((bias, o) => x.reduce((sum, value, i) => sum + value * W[i][o], bias));
        const last = k === this.layers.length - 1;
        const y = last ? z : z.map(this.f);
        this.kept.push({ x, z, y });
        x = y;
      });
      return 1 / (1 + Math.exp(-x[0]));
    }

    // One step of gradient descent on the mean loss of some examples; returns that loss.
    step(xs, ts, rate) {
      const gradients = this.layers.map(({ W, b }) => ({ W: W.map((row) => row.map(() => 0)), b: b.map(() => 0) }));
      let loss = 0;
      xs.forEach((x, n) => {
        const p = this.forward(x);
        const z = this.kept.at(-1).z[0];
        loss += Math.log(1 + Math.exp(-Math.abs(z))) + Math.max(z, 0) - ts[n] * z;
        let dy = [(p - ts[n]) / xs.length];
        for (let k = this.layers.length - 1; k >= 0; k--) {
          const { x: input } = this.kept[k];
          const { W } = this.layers[k];
          dy.forEach((d, o) => {
            gradients[k].b[o] += d;
            input.forEach((value, i) => (gradients[k].W[i][o] += value * d));
          });
          if (k > 0) {
            const below = this.kept[k - 1];
            dy = W.map((row, i) => this.slope(below.z[i], below.y[i]) * row.reduce((sum, w, o) => sum + w * dy[o], 0));
          }
        }
      });
      this.layers.forEach(({ W, b }, k) => {
        W.forEach((row, i) => row.forEach((_, o) => (row[o] -= rate * gradients[k].W[i][o])));
        b.forEach((_, o) => (b[o] -= rate * gradients[k].b[o]));
      });
      return loss / xs.length;
    }
  }

  function boundary(box) {
    const side = 340;
    const cells = 68;
    const reach = 1.7;
    const state = { data: "moons", layers: 1, units: 8, rate: 0.3, activation: "relu", seed: 1 };
    const canvas = canvasOf(side, side, "The plane, tinted by the network's answer, with the examples on it");
    const brush = canvas.getContext("2d");
    const curve = canvasOf(200, 54, "The loss so far");
    const color = colorsOf(box);
    const said = status();
    let xs, ts, network, losses, epoch, shuffle;

    function restart() {
      const numbers = random(7);
      xs = Array.from({ length: 160 }, (_, k) => DATA[state.data](k, numbers));
      ts = xs.map((_, k) => k % 2);
      network = new SmallNetwork([2, ...Array(state.layers).fill(state.units), 1], state.activation, state.seed);
      shuffle = random(state.seed + 99);
      losses = [];
      epoch = 0;
      draw();
    }

    // One epoch, in mini-batches of 16.
    function train() {
      const order = xs.map((_, k) => k);
      for (let k = order.length - 1; k > 0; k--) {
        const other = Math.floor(shuffle.uniform() * (k + 1));
        [order[k], order[other]] = [order[other], order[k]];
      }
      let total = 0;
      for (let start = 0; start < order.length; start += 16) {
        const batch = order.slice(start, start + 16);
        total += network.step(batch.map((k) => xs[k]), batch.map((k) => ts[k]), state.rate) * batch.length;
      }
      losses.push(total / order.length);
      epoch += 1;
      if (!Number.isFinite(total)) run.stop();
    }

    const at = (x) => [((x[0] + reach) / (2 * reach)) * side, ((reach - x[1]) / (2 * reach)) * side];
    const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));

    function draw() {
      const [paper, zero, one] = ["paper", "blue", "orange"].map((name) => rgb(color(name)));
      const grid = new ImageData(cells, cells);
      for (let k = 0; k < cells * cells; k++) {
        const x = [((k % cells) + 0.5) / cells, (Math.floor(k / cells) + 0.5) / cells];
        const p = network.forward([reach * (2 * x[0] - 1), reach * (1 - 2 * x[1])]);
        const share = 0.6 * Math.abs(2 * p - 1);
        const end = p > 0.5 ? one : zero;
        for (let c = 0; c < 3; c++) grid.data[4 * k + c] = paper[c] + share * (end[c] - paper[c]);
        grid.data[4 * k + 3] = 255;
      }
      const small = make("canvas", { width: cells, height: cells });
      small.getContext("2d").putImageData(grid, 0, 0);
      brush.imageSmoothingEnabled = true;
      brush.drawImage(small, 0, 0, side, side);

      brush.lineWidth = 1.5;
      xs.forEach((x, k) => {
        const [left, top] = at(x);
        brush.strokeStyle = color("paper");
        brush.fillStyle = color(ts[k] ? "orange" : "blue");
        brush.beginPath();
        if (ts[k]) brush.arc(left, top, 4.5, 0, 7);
        else brush.rect(left - 4, top - 4, 8, 8);
        brush.fill();
        brush.stroke();
      });

      const pen = curve.getContext("2d");
      pen.fillStyle = color("wash");
      pen.fillRect(0, 0, 200, 54);
      const top = Math.max(0.75, losses[0] ?? 0);
      pen.strokeStyle = color("blue");
      pen.lineWidth = 2;
      pen.beginPath();
      losses.forEach((loss, k) => pen.lineTo(4 + (192 * k) / Math.max(60, losses.length - 1), 50 - (46 * Math.min(loss, top)) / top));
      pen.stroke();

      const right = xs.filter((x, k) => network.forward(x) > 0.5 === Boolean(ts[k])).length;
      const loss = losses.length ? `, loss ${Number.isFinite(losses.at(-1)) ? losses.at(-1).toFixed(3) : "not a number: the learning rate is too high"}` : "";
      said.textContent = `Epoch ${epoch}${loss}; ${right} of ${xs.length} correct`;
    }

    const run = runner(box, () => (train(), draw()), said, "Train");
    const anew = (name) => (value) => {
      state[name] = value;
      restart();
    };
    const rates = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
    box.append(
      make("p", { className: "play-title", textContent: "Watch a network divide the plane" }),
      make(
        "div",
        { className: "play-body" },
        canvas,
        make(
          "div",
          { className: "play-side" },
          choice("Examples", Object.keys(DATA), state.data, anew("data")),
          choice("Activation", Object.keys(ACTIVATIONS), state.activation, anew("activation")),
          slider("hidden layers", { min: 0, max: 4, step: 1, value: state.layers }, anew("layers")),
          slider("units in each", { min: 1, max: 16, step: 1, value: state.units }, anew("units")),
          slider(
            "learning rate",
            { min: 0, max: rates.length - 1, step: 1, value: rates.indexOf(state.rate), format: (k) => String(rates[k]) },
            (k) => (state.rate = rates[k]),
          ),
          make(
            "div",
            { className: "play-row" },
            run.toggle,
            button("One epoch", () => (train(), draw())),
            button("New weights", () => ((state.seed += 1), restart())),
          ),
          curve,
          said,
        ),
      ),
    );
    onTheme(draw);
    restart();
    return { state, train, restart, network: () => network, SmallNetwork };
  }

  // ---------------------------------------------------------------- backpropagation through a graph

  // Each operation: its value, its slopes with respect to its inputs, and the text that is shown.
  const OPERATIONS = {
    "×": { value: (a, b) => a * b, slopes: (a, b) => [b, a], text: (a, b) => `${a} · ${b}` },
    "+": { value: (a, b) => a + b, slopes: () => [1, 1], text: (a, b) => `${a} + ${b}` },
    relu: { value: (a) => Math.max(a, 0), slopes: (a) => [a > 0 ? 1 : 0], text: (a) => `relu(${a})` },
    "(y − t)²": { value: (y, t) => (y - t) ** 2, slopes: (y, t) => [2 * (y - t), -2 * (y - t)], text: (y, t) => `(${y} − ${t})²` },
  };
  const GRAPHS = {
    "one neuron": {
      w: { at: [50, 60], value: 2 },
      x: { at: [50, 180], value: 3 },
      b: { at: [210, 220], value: 1 },
      t: { at: [380, 220], value: 5, given: true },
      z: { at: [210, 120], of: ["x", "w"], by: "×" },
      y: { at: [380, 120], of: ["z", "b"], by: "+" },
      L: { at: [560, 120], of: ["y", "t"], by: "(y − t)²" },
    },
    "two paths": {
      u: { at: [180, 40], value: 2 },
      x: { at: [50, 130], value: 1 },
      v: { at: [180, 220], value: -3 },
      t: { at: [480, 230], value: 1, given: true },
      a: { at: [270, 80], of: ["x", "u"], by: "×" },
      c: { at: [270, 180], of: ["x", "v"], by: "×" },
      h: { at: [380, 80], of: ["a"], by: "relu" },
      y: { at: [480, 130], of: ["h", "c"], by: "+" },
      L: { at: [590, 130], of: ["y", "t"], by: "(y − t)²" },
    },
  };

  function graph(box) {
    const state = { name: "one neuron", done: 0, values: {} };
    const color = colorsOf(box);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "16 0 648 270");
    svg.setAttribute("width", "648");
    svg.setAttribute("role", "img");
    svg.setAttribute("tabindex", "0");
    const said = status();
    const inputs = make("div", { className: "play-row" });

    // All steps in order: what is computed, the text below the picture, and the edges involved.
    function steps() {
      const nodes = GRAPHS[state.name];
      const computed = Object.keys(nodes).filter((name) => nodes[name].of);
      const values = { ...state.values };
      const list = [];
      for (const name of computed) {
        const { of, by } = nodes[name];
        const operands = of.map((other) => values[other]);
        values[name] = OPERATIONS[by].value(...operands);
        const text = OPERATIONS[by].text(...operands.map((value) => (value < 0 ? `(${shown(value)})` : shown(value))));
        list.push({ forward: name, value: values[name], edges: of.map((other) => [other, name]), text: `Forward: ${name} = ${text} = ${shown(values[name])}` });
      }
      const slopes = { L: 1 };
      list.push({ slopes: { ...slopes }, edges: [], text: "Backward starts with ∂L/∂L = 1" });
      for (const name of computed.reverse()) {
        const { of, by } = nodes[name];
        const local = OPERATIONS[by].slopes(...of.map((other) => values[other]));
        of.forEach((other, k) => {
          if (nodes[other].given) return;
          const before = slopes[other];
          slopes[other] = (before ?? 0) + slopes[name] * local[k];
          const product = `${shown(slopes[name])} · ${local[k] < 0 ? `(${shown(local[k])})` : shown(local[k])}`;
          const sum = before === undefined ? product : `${shown(before)} + ${product}, since paths add`;
          list.push({
            slopes: { ...slopes },
            edges: [[other, name]],
            local: shown(local[k]),
            text: `Backward: ∂L/∂${other} = ${before === undefined ? `∂L/∂${name} · ∂${name}/∂${other} = ${sum} = ${shown(slopes[other])}` : `${sum}: ${shown(slopes[other])}`}`,
          });
        });
      }
      return list;
    }

    function element(tag, attributes, text = "") {
      const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      made.textContent = text;
      svg.append(made);
    }

    function draw() {
      const nodes = GRAPHS[state.name];
      const list = steps();
      const past = list.slice(0, state.done);
      const values = { ...state.values };
      past.forEach((step) => step.forward && (values[step.forward] = step.value));
      const slopes = past.findLast((step) => step.slopes)?.slopes ?? {};
      const now = past.at(-1);
      svg.replaceChildren();
      for (const [name, node] of Object.entries(nodes)) {
        for (const other of node.of ?? []) {
          const [from, to] = [nodes[other].at, node.at];
          const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
          const unit = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
          const walked = now?.edges.some(([start, end]) => start === other && end === name);
          const back = walked && now.slopes;
          const [start, end] = [from.map((value, k) => value + 27 * unit[k]), to.map((value, k) => value - 29 * unit[k])];
          const [tail, tip] = back ? [end, start] : [start, end];
          const direction = back ? unit.map((value) => -value) : unit;
          const stroke = color(walked ? (back ? "orange" : "blue") : "muted");
          const base = tip.map((value, k) => value - 9 * direction[k]);
          element("line", { x1: tail[0], y1: tail[1], x2: base[0], y2: base[1], stroke, "stroke-width": walked ? 3 : 1.3, "stroke-dasharray": back ? "7 4" : "none" });
          const wing = [-direction[1] * 4.5, direction[0] * 4.5];
          element("polygon", { points: `${tip} ${base[0] + wing[0]},${base[1] + wing[1]} ${base[0] - wing[0]},${base[1] - wing[1]}`, fill: stroke });
          if (back && now.local) {
            element("text", { x: (from[0] + to[0]) / 2 + 16 * unit[1], y: (from[1] + to[1]) / 2 - 12 * Math.abs(unit[0]), "text-anchor": unit[1] > 0.2 ? "start" : unit[1] < -0.2 ? "end" : "middle", "font-size": 14, "font-weight": 600, fill: color("orange") }, `× ${now.local}`);
          }
        }
      }
      for (const [name, { at: [x, y], of, by, given }] of Object.entries(nodes)) {
        const active = now && (now.forward === name || (now.slopes && now.edges.length ? now.edges[0][0] === name : now?.slopes && name === "L"));
        element("rect", { x: x - 24, y: y - 19, width: 48, height: 38, rx: 8, fill: color(of ? "wash" : "pale-blue"), stroke: color(active ? (now.slopes ? "orange" : "blue") : "ink"), "stroke-width": active ? 3 : 1.3 });
        element("text", { x, y: y + 5.5, "text-anchor": "middle", "font-size": 16, "font-style": "italic", fill: color("ink") }, name);
        if (of) element("text", { x: x + 27, y: y - 24, "text-anchor": "start", "font-size": 11, fill: color("muted") }, by);
        if (values[name] !== undefined) element("text", { x, y: y - 25, "text-anchor": "middle", "font-size": 14, "font-weight": 600, fill: color("blue") }, shown(values[name]));
        if (slopes[name] !== undefined) element("text", { x, y: y + 35, "text-anchor": "middle", "font-size": 14, "font-weight": 600, fill: color("orange") }, shown(slopes[name]));
        if (given) element("text", { x, y: y + 35, "text-anchor": "middle", "font-size": 11, fill: color("muted") }, "given");
      }
      said.textContent = now ? now.text : "Values are blue, derivatives of L orange. Press Next, or the right arrow key.";
      svg.setAttribute("aria-label", `The graph of ${state.name}. ${said.textContent}`);
      back.disabled = state.done === 0;
      next.disabled = state.done === list.length;
    }

    const go = (change) => {
      state.done = Math.max(0, Math.min(steps().length, state.done + change));
      draw();
    };
    const back = button("Back", () => go(-1));
    const next = button("Next", () => go(1));

    function choose(name) {
      state.name = name;
      state.done = 0;
      state.values = {};
      inputs.replaceChildren();
      for (const [node, { of, value }] of Object.entries(GRAPHS[name])) {
        if (of) continue;
        state.values[node] = value;
        const id = `play-${named++}`;
        const input = make("input", { type: "number", step: "any", value, id });
        input.addEventListener("input", () => {
          if (input.value === "" || !Number.isFinite(Number(input.value))) return;
          state.values[node] = Number(input.value);
          draw();
        });
        inputs.append(make("label", { htmlFor: id, textContent: node }), input);
      }
      draw();
    }

    svg.addEventListener("keydown", (event) => {
      const change = { ArrowRight: 1, ArrowLeft: -1, Home: -1e9, End: 1e9 }[event.key];
      if (!change) return;
      event.preventDefault();
      go(change);
    });
    const frame = make("div", { className: "play-wide" });
    frame.append(svg);
    box.append(
      make("p", { className: "play-title", textContent: "Backpropagation, one step at a time" }),
      frame,
      said,
      make("div", { className: "play-row" }, back, next, button("All at once", () => go(1e9)), choice("Graph", Object.keys(GRAPHS), state.name, choose)),
      inputs,
    );
    inputs.style.marginTop = "0.6rem";
    onTheme(draw);
    choose(state.name);
    return { state, steps, go };
  }

  // -------------------------------------------------------------------------------------- all of it

  const KINDS = { descent, boundary, graph };
  window.play = {}; // for the console and the tests

  function fill() {
    for (const box of document.querySelectorAll(".play[data-play]")) {
      if (box.dataset.filled) continue;
      box.dataset.filled = "yes";
      box.replaceChildren();
      window.play[box.dataset.play] = KINDS[box.dataset.play](box);
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", fill);
  else fill();
})();
