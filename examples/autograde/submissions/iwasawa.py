import numpy as np

seed = np.random.RandomState(1)


class Affine:
    """weights, biases and their gradients; the gradient by x is an attribute."""

    def __init__(self, n_in, n_out):
        self.weights = 0.1 * seed.randn(n_in, n_out)
        self.biases = np.zeros((1, n_out))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
        return self.output

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
        return self.output

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def cross_entropy(scores, labels):
    p = softmax(scores)
    t = np.eye(scores.shape[1])[labels]
    return -np.mean(np.sum(t * np.log(p), axis=1)), (p - t) / len(scores)


def norm_forward(x, gamma, beta):
    mu = x.mean(axis=0)
    centred = x - mu
    var = (centred**2).mean(axis=0)
    inverse = 1 / np.sqrt(var + 1e-8)
    x_hat = centred * inverse
    return gamma * x_hat + beta, (centred, inverse, x_hat, gamma)


def norm_backward(dout, cache):
    centred, inverse, x_hat, gamma = cache
    n = len(dout)
    dx_hat = dout * gamma
    dvar = (dx_hat * centred).sum(axis=0) * -0.5 * inverse**3
    dmu = -(dx_hat * inverse).sum(axis=0) + dvar * (-2 * centred).mean(axis=0)
    dx = dx_hat * inverse + dvar * 2 * centred / n + dmu / n
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
