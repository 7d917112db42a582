// A neural network: forward, backward, and nothing else.
//
// A network is a list of steps. Each step has a backward pass: `forward(x)` gives y and
// keeps what `backward` needs; `backward(dy)` takes the derivative of some number by y and returns
// its derivative by x. Numbers are in double precision, one example at a time.

"use strict";

const STEPS = {
  // y = x W + b, and dx = dy Wᵀ. W lies row by row, one row for each input.
  affine({ inputs, outputs, W, b }) {
    const weights = decode(W);
    const bias = b ? decode(b) : new Float64Array(outputs);
    return {
      forward(x) {
        const y = Float64Array.from(bias);
        for (let i = 0; i < inputs; i++) {
          if (x[i] === 0) continue; // most pixels are blank, and most units closed
          for (let o = 0; o < outputs; o++) y[o] += x[i] * weights[i * outputs + o];
        }
        return y;
      },
      backward(dy) {
        const dx = new Float64Array(inputs);
        for (let i = 0; i < inputs; i++) {
          for (let o = 0; o < outputs; o++) dx[i] += dy[o] * weights[i * outputs + o];
        }
        return dx;
      },
    };
  },

  // y = exp(x) / Σ exp(x), and dx = y (dy − Σ dy y).
  softmax() {
    let y;
    return {
      forward(x) {
        const largest = x.reduce((a, b) => Math.max(a, b)); // so that no exp overflows
        const exp = x.map((value) => Math.exp(value - largest));
        const sum = exp.reduce((a, b) => a + b);
        y = exp.map((value) => value / sum);
        return y;
      },
      backward(dy) {
        const sum = dy.reduce((total, value, k) => total + value * y[k], 0);
        return y.map((value, k) => value * (dy[k] - sum));
      },
    };
  },

  // y = x − log Σ exp(x), and dx = dy − softmax(x) Σ dy.
  log_softmax() {
    let p;
    return {
      forward(x) {
        const largest = x.reduce((a, b) => Math.max(a, b));
        const rest = Math.log(x.reduce((sum, value) => sum + Math.exp(value - largest), 0));
        const y = x.map((value) => value - largest - rest);
        p = y.map(Math.exp);
        return y;
      },
      backward(dy) {
        const sum = dy.reduce((a, b) => a + b);
        return dy.map((value, k) => value - p[k] * sum);
      },
    };
  },

  // Each row has its mean subtracted and is divided by its deviation s, then y = γ x̂ + β, and
  // dx = (g − mean(g) − x̂ mean(g x̂)) / s, with g = γ dy.
  layer_norm({ gamma, beta, epsilon }) {
    const [scale, shift] = [decode(gamma), decode(beta)];
    const size = scale.length;
    let hat, s;
    const rows = (x) => Array.from({ length: x.length / size }, (_, r) => x.slice(r * size, (r + 1) * size));
    const mean = (row) => row.reduce((a, b) => a + b, 0) / size;
    const joined = (parts) => Float64Array.from(parts.flatMap((part) => Array.from(part)));
    return {
      forward(x) {
        s = rows(x).map((row) => Math.sqrt(mean(row.map((value) => (value - mean(row)) ** 2)) + epsilon));
        hat = rows(x).map((row, r) => row.map((value) => (value - mean(row)) / s[r]));
        return joined(hat.map((row) => row.map((value, k) => scale[k] * value + shift[k])));
      },
      backward(dy) {
        return joined(
          rows(dy).map((row, r) => {
            const g = row.map((value, k) => scale[k] * value);
            const along = mean(g.map((value, k) => value * hat[r][k]));
            const middle = mean(g);
            return g.map((value, k) => (value - middle - hat[r][k] * along) / s[r]);
          }),
        );
      },
    };
  },

  // Of the others each y depends on its own x: the function, and its slope from x, y and the place.
  scale({ slope, shift }) {
    const [by, plus] = [perFeature(slope), perFeature(shift)];
    return elementwise((x, k) => x * by(k) + plus(k), (x, y, k) => by(k));
  },
  relu: () => elementwise((x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)),
  sigmoid: () => elementwise(sigmoid, (x, y) => y * (1 - y)),
  tanh: () => elementwise(Math.tanh, (x, y) => 1 - y * y),
  leaky_relu: ({ negative_slope: slope }) =>
    elementwise((x) => (x >= 0 ? x : slope * x), (x) => (x >= 0 ? 1 : slope)),
  prelu({ alpha }) {
    const slope = perFeature(alpha);
    return elementwise((x, k) => (x > 0 ? x : slope(k) * x), (x, y, k) => (x > 0 ? 1 : slope(k)));
  },
  relu6: () => elementwise((x) => clip(x, 0, 6), (x) => (x > 0 && x < 6 ? 1 : 0)),
  hard_tanh: () => elementwise((x) => clip(x, -1, 1), (x) => (Math.abs(x) <= 1 ? 1 : 0)),
  hard_sigmoid: () => elementwise(hardSigmoid, (x) => (Math.abs(x) < 3 ? 1 / 6 : 0)),
  hard_silu: () =>
    elementwise((x) => x * hardSigmoid(x), (x) => hardSigmoid(x) + (Math.abs(x) < 3 ? x / 6 : 0)),
  elu: ({ alpha }) => elementwise((x) => (x > 0 ? x : alpha * Math.expm1(x)), (x, y) => (x > 0 ? 1 : y + alpha)),
  selu: () =>
    elementwise(
      (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
      (x, y) => (x > 0 ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA),
    ),
  celu: ({ alpha }) =>
    elementwise(
      (x) => Math.max(x, 0) + alpha * Math.expm1(Math.min(x, 0) / alpha),
      (x) => Math.exp(Math.min(x, 0) / alpha),
    ),
  gelu({ approximate }) {
    const inner = (x) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
    const below = approximate ? (x) => (1 + Math.tanh(inner(x))) / 2 : (x) => erfc(-x / Math.SQRT2) / 2;
    const density = approximate
      ? (x) => ((1 - Math.tanh(inner(x)) ** 2) / 2) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2)
      : (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    return elementwise((x) => x * below(x), (x) => below(x) + x * density(x));
  },
  silu: () => elementwise((x) => x * sigmoid(x), (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x)))),
  mish: () =>
    elementwise(
      (x) => x * Math.tanh(softplus(x)),
      (x) => Math.tanh(softplus(x)) + x * sigmoid(x) * (1 - Math.tanh(softplus(x)) ** 2),
    ),
  softplus: () => elementwise(softplus, sigmoid),
  log_sigmoid: () => elementwise((x) => -softplus(-x), (x) => sigmoid(-x)),
  softsign: () => elementwise((x) => x / (1 + Math.abs(x)), (x) => 1 / (1 + Math.abs(x)) ** 2),
  exponential: () => elementwise(Math.exp, (x, y) => y),
  tanh_shrink: () => elementwise((x) => x - Math.tanh(x), (x) => Math.tanh(x) ** 2),
};

const [SELU_ALPHA, SELU_SCALE] = [1.6732632423543772, 1.0507009873554805];
const clip = (x, low, high) => Math.min(high, Math.max(low, x));
const hardSigmoid = (x) => clip(x + 3, 0, 6) / 6;
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

function elementwise(f, slope) {
  let x, y;
  return {
    forward(input) {
      x = input;
      y = x.map((value, k) => f(value, k));
      return y;
    },
    backward(dy) {
      return dy.map((value, k) => value * slope(x[k], y[k], k));
    },
  };
}

// exp is only taken of numbers that aren't positive.
function sigmoid(x) {
  const exp = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : exp) / (1 + exp);
}

// The complementary error function: a power series near zero, a continued fraction beyond.
function erfc(x) {
  if (x < 0) return 2 - erfc(-x);
  if (x > 27) return 0;
  if (x < 2.5) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 100; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

// A number for each feature, the last axis, or one for all.
function perFeature(numbers) {
  if (typeof numbers === "number") return () => numbers;
  const values = decode(numbers);
  return (k) => values[k % values.length];
}

const READERS = { uint8: [1, "getUint8"], float32: [4, "getFloat32"], float64: [8, "getFloat64"] };

// Numbers from the bytes that Python wrote.
function decode({ dtype, bytes }) {
  const raw = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
  const view = new DataView(raw.buffer);
  const [size, read] = READERS[dtype];
  return Float64Array.from({ length: raw.length / size }, (_, k) => view[read](k * size, true));
}

class Network {
  constructor(description) {
    this.steps = description.steps.map((step) => STEPS[step.kind](step));
    // A class's score is what goes into the last softmax or sigmoid, or else the output.
    this.scored = this.steps.length - (description.output === "values" ? 0 : 1);
  }

  // The output of every step, after the input itself.
  forward(x) {
    this.outputs = [Float64Array.from(x)];
    for (const step of this.steps) this.outputs.push(step.forward(this.outputs.at(-1)));
    return this.outputs.at(-1);
  }

  // The derivative by the input, from what the first `steps` of the steps gave in the last forward.
  backward(dy, steps = this.steps.length) {
    for (const step of this.steps.slice(0, steps).reverse()) dy = step.backward(dy);
    return dy;
  }

  // How one number, the k-th that the first `steps` give, depends on each number of the input.
  gradient(k, steps = this.scored) {
    const dy = new Float64Array(this.outputs[steps].length);
    dy[k] = 1;
    return this.backward(dy, steps);
  }
}
