// A neural network: forward, backward, and nothing else.
//
// A network is a list of steps. Each step is a function with a way back: `forward(x)` gives y and
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

  // Of the others each y depends on its own x: the function, and its slope from x and y.
  scale: ({ slope, shift }) => elementwise((x) => x * slope + shift, () => slope),
  relu: () => elementwise((x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)),
  sigmoid: () => elementwise(sigmoid, (x, y) => y * (1 - y)),
  tanh: () => elementwise(Math.tanh, (x, y) => 1 - y * y),
};

function elementwise(f, slope) {
  let x, y;
  return {
    forward(input) {
      x = input;
      y = x.map((value) => f(value));
      return y;
    },
    backward(dy) {
      return dy.map((value, k) => value * slope(x[k], y[k]));
    },
  };
}

// exp is only taken of numbers that aren't positive.
function sigmoid(x) {
  const exp = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : exp) / (1 + exp);
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

  // The way back to the input, from what the first `steps` of the steps gave in the last forward.
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
