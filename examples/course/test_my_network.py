"""Checks the answers in `my_network.py`.

    pytest examples/course                      all of them
    pytest examples/course -k cube              one of them

`python -m tools.make_course` writes this file from the chapters in docs/learn. (For pytest:
PYTEST_DONT_REWRITE. The checks have their own messages.)
"""

# ruff: noqa
# mypy: ignore-errors
# fmt: off

import numpy as np

import tinynet as tn
from tinynet.gradcheck import check_gradients
from judging import judged


def test_1_1_weights():
    """Which weights."""
    with judged("weights") as mine:
        weights = mine("weights")
        assert np.size(weights) == 2, "`weights` must hold two numbers."
        neuron = tn.Dense(1, input_shape=(2,)).build()
        neuron.W[...] = np.reshape(weights, (2, 1))
        for inputs, wanted in (([1, 2], 8), ([2, 1], 7)):
            answer = neuron.forward(np.array([inputs], dtype=float)).item()
            given = f"With these weights the neuron gives {answer:g} for {inputs}"
            assert np.isclose(answer, wanted), f"{given}; it should give {wanted}."


def test_1_2_dense_forward():
    """A layer of neurons."""
    with judged("dense-forward") as mine:
        dense = mine("dense")
        rng = np.random.default_rng(0)
        x, W, b = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
        y = dense(x.copy(), W.copy(), b.copy())
        assert y is not None, "dense returns nothing: is a `return` missing?"
        y = np.asarray(y)
        assert y.shape == (4, 2), f"y must have shape (4, 2), one row per example; it has {y.shape}."
        assert not np.allclose(y, x @ W), "The bias is missing."
        assert not np.allclose(y, x @ W - b), "The bias must be added."
        wrong = np.argwhere(~np.isclose(y, x @ W + b))
        assert len(wrong) == 0, f"y is wrong in {len(wrong)} of 8 entries, first in y{wrong[0].tolist()}."


def test_1_3_count_parameters():
    """How many parameters."""
    with judged("count-parameters") as mine:
        count = mine("count")
        for sizes in ([3, 1], [2, 5], [784, 128, 128, 10]):
            pairs = list(zip(sizes, sizes[1:]))
            weights, biases = sum(i * o for i, o in pairs), sum(sizes[1:])
            found = count(list(sizes))
            said = f"count({sizes}) gives {found}; it should give {weights + biases}"
            assert found != weights, f"{said}. The biases are missing."
            assert found != weights + sum(sizes), f"{said}. The inputs have no biases."
            assert found == weights + biases, f"{said}: {weights} for the weights, {biases} for the biases."


def test_2_1_relu_forward():
    """ReLU."""
    with judged("relu-forward") as mine:
        relu = mine("relu")
        for z in (np.array([[-2.0, -0.5, 0.0, 0.5, 2.0]]), np.array([1.0, -1.0]), -np.ones((2, 3, 4))):
            given = z.copy()
            y = relu(given)
            assert y is not None, "relu returns nothing: is a `return` missing?"
            y = np.asarray(y)
            assert np.array_equal(given, z), "relu has changed its argument; return a new array."
            assert y.shape == z.shape, f"For z of shape {z.shape}, y has shape {y.shape}."
            assert (y[z > 0] == z[z > 0]).all(), "Positive numbers must stay as they are."
            assert (y[z < 0] == 0).all(), "Negative numbers must become 0."
            assert (y[z == 0] == 0).all(), "0 must stay 0."


def test_2_2_absolute_value():
    """The absolute value of x."""
    with judged("absolute-value") as mine:
        W1 = mine("W1")
        b1 = mine("b1")
        W2 = mine("W2")
        b2 = mine("b2")
        hidden = tn.Dense(2, "relu", input_shape=(1,)).build()
        output = tn.Dense(1, input_shape=(2,)).build()
        for name, array, shape in (("W1", W1, (1, 2)), ("W2", W2, (2, 1))):
            assert np.shape(array) == shape, f"{name} must have shape {shape}, not {np.shape(array)}."
        hidden.W[...], hidden.b[...], output.W[...], output.b[...] = W1, b1, W2, b2
        for x in (-3.0, -0.5, 0.0, 2.0):
            y = output.forward(hidden.forward(np.array([[x]]))).item()
            assert np.isclose(y, abs(x)), f"At x = {x:g} the network gives {y:g}, not {abs(x):g}."


def test_2_3_tent():
    """A tent."""
    with judged("tent") as mine:
        W1 = mine("W1")
        b1 = mine("b1")
        W2 = mine("W2")
        b2 = mine("b2")
        hidden = tn.Dense(3, "relu", input_shape=(1,)).build()
        output = tn.Dense(1, input_shape=(3,)).build()
        for name, array, shape in (("W1", W1, (1, 3)), ("W2", W2, (3, 1))):
            assert np.shape(array) == shape, f"{name} must have shape {shape}, not {np.shape(array)}."
        hidden.W[...], hidden.b[...], output.W[...], output.b[...] = W1, b1, W2, b2
        for x in (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 4.0):
            y, wanted = output.forward(hidden.forward(np.array([[x]]))).item(), max(0, 1 - abs(x - 1))
            assert np.isclose(y, wanted), f"At x = {x:g} the network gives {y:g}, not {wanted:g}."


def test_3_1_squared_error():
    """The squared error."""
    with judged("squared-error") as mine:
        squared_error = mine("squared_error")
        rng = np.random.default_rng(0)
        t, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
        found, wanted = squared_error(t, y), ((y - t) ** 2).mean()
        assert np.ndim(found) == 0, f"The loss is one number, not an array of shape {np.shape(found)}."
        said = f"Your function gives {float(found):.4f}; it should be {wanted:.4f}."
        assert not np.isclose(found, 15 * wanted), f"{said} That is the sum; take the mean."
        assert not np.isclose(found, 3 * wanted), f"{said} Divide by the K outputs, too."
        assert not np.isclose(found, 5 * wanted), f"{said} Divide by the N examples, too."
        assert not np.isclose(found, wanted / 2), f"{said} There is no ½ in this loss."
        assert not np.isclose(found, np.sqrt(wanted)), f"{said} There is no square root in this loss."
        assert not np.isclose(found, np.abs(y - t).mean()), f"{said} Square the differences."
        assert np.isclose(found, wanted), said


def test_3_2_cross_entropy():
    """The cross-entropy."""
    with judged("cross-entropy") as mine:
        cross_entropy = mine("cross_entropy")
        p = np.array([[0.2, 0.7, 0.1], [0.5, 0.2, 0.3], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]])
        t = np.eye(3)[[1, 2, 2, 0]]
        with np.errstate(all="ignore"):
            found = cross_entropy(t, p)
        wanted, others = -np.log([0.7, 0.3, 0.8, 0.6]).mean(), -np.log(1 - p[t == 0]).sum() / 4
        assert np.ndim(found) == 0, f"The loss is one number, not an array of shape {np.shape(found)}."
        said = f"Your function gives {float(found):.4f}; it should be {wanted:.4f}."
        assert np.isfinite(found), f"{said} Take the logarithm of p, not of t."
        assert not np.isclose(found, wanted + others), f"{said} The correct class alone has a cost."
        assert not np.isclose(found, -wanted), f"{said} The minus is missing."
        assert not np.isclose(found, 4 * wanted), f"{said} That is the sum; take the mean over N."
        assert not np.isclose(found, wanted / 3), f"{said} Divide by N alone, not by the K classes."
        assert not np.isclose(found, wanted / np.log(2)), f"{said} Use the natural logarithm."
        assert not np.isclose(found, wanted / np.log(10)), f"{said} Use the natural logarithm."
        assert np.isclose(found, wanted), said


def test_3_3_integer_labels():
    """Labels as integers."""
    with judged("integer-labels") as mine:
        sparse_cross_entropy = mine("sparse_cross_entropy")
        p = np.array([[0.2, 0.7, 0.1], [0.5, 0.2, 0.3], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]])
        labels = np.array([1, 2, 2, 0])
        found = sparse_cross_entropy(labels, p)
        wanted = tn.losses.SparseCategoricalCrossentropy().forward(labels, p)
        assert np.ndim(found) == 0, f"The loss is one number, not an array of shape {np.shape(found)}."
        said = f"Your function gives {float(found):.4f}; it should be {wanted:.4f}."
        everything, rows = -np.log(p[:, labels]).mean(), -np.log(p[labels]).mean()
        assert not np.isclose(found, everything), f"{said} p[:, labels] takes each label in every row."
        assert not np.isclose(found, rows), f"{said} p[labels] takes whole rows."
        assert not np.isclose(found, -wanted), f"{said} The minus is missing."
        assert not np.isclose(found, 4 * wanted), f"{said} That is the sum; take the mean over N."
        assert not np.isclose(found, wanted / 3), f"{said} Divide by N alone, not by the K classes."
        assert np.isclose(found, wanted), said


def test_3_4_best_forecast():
    """The honest forecast."""
    with judged("best-forecast") as mine:
        slope = mine("slope")
        from tinynet.gradcheck import numerical_gradient

        for p, t in ((0.6, 0.3), (0.3, 0.3), (0.1, 0.3), (0.9, 0.2)):
            wanted = numerical_gradient(
                lambda v: float(-t * np.log(v[0]) - (1 - t) * np.log(1 - v[0])), np.array([p])
            ).item()
            found = float(slope(p, t))
            said = f"At p = {p}, t = {t} your slope is {found:.4f}; a difference gives {wanted:.4f}."
            assert abs(wanted) < 1e-6 or not np.isclose(found, -wanted), f"{said} The sign is wrong."
            unbracketed = p != t and np.isclose(found, (p - t) / p * (1 - p))
            assert not unbracketed, f"{said} Divide by both: put parentheses around p * (1 - p)."
            assert np.isclose(found, wanted, rtol=1e-5, atol=1e-7), said


def test_4_1_one_neuron():
    """One neuron, three derivatives."""
    with judged("one-neuron") as mine:
        gradients = mine("gradients")
        from tinynet.gradcheck import numerical_gradient

        for x, w, b, t in ((3.0, 2.0, 1.0, 5.0), (-1.5, 0.5, 2.0, 4.0)):
            wanted = numerical_gradient(
                lambda v: float((v[0] * v[2] + v[1] - t) ** 2), np.array([w, b, x])
            )
            given = gradients(x, w, b, t)
            assert np.size(given) == 3, "Return three numbers: dw, db and dx."
            for name, found, right in zip(("dw", "db", "dx"), given, wanted):
                at = f"At x = {x}, w = {w}, b = {b}, t = {t}"
                said = f"{at} your {name} is {float(found):g}; a difference gives {right:.6g}."
                assert not np.isclose(found, right / 2), f"{said} Where is the 2?"
                assert not np.isclose(found, -right), f"{said} The sign is wrong."
                assert np.isclose(found, right, rtol=1e-6), said


def test_4_2_central_difference():
    """The central difference."""
    with judged("central-difference") as mine:
        slope = mine("slope")
        for name, f, x, right in (("sin", np.sin, 1.0, np.cos(1.0)), ("exp", np.exp, 0.5, np.exp(0.5))):
            found = float(slope(f, x))
            said = f"For {name} at {x} you have {found:.6f}; the slope is {right:.6f}."
            assert not np.isclose(found, 2 * right, rtol=1e-5), f"{said} The distance is 2h."
            assert not np.isclose(found, -right, rtol=1e-5), f"{said} The sign is wrong."
            unbracketed = np.isclose(found, right * 1e-6, rtol=1e-5)
            assert not unbracketed, f"{said} Divide by 2h: put parentheses around 2 * h."
            for side, h in (("right", 1e-3), ("left", -1e-3)):
                one_sided = (f(x + h) - f(x)) / h
                assert not np.isclose(found, one_sided, rtol=1e-9), f"{said} You look to the {side} alone."
            assert np.isclose(found, right, rtol=1e-5), said
        wide = float(slope(np.sin, 1.0, h=0.1))
        assert np.isclose(wide, np.cos(1) * np.sin(0.1) / 0.1), "Step as far as `h` says."


def test_4_3_cube():
    """The slope of a cube."""
    with judged("cube") as mine:
        Cube = mine("Cube")
        x = np.random.default_rng(0).normal(size=(7, 5))
        assert np.allclose(Cube().forward(x), x**3), "forward must still return x**3."
        report = check_gradients(Cube(), x)
        report.assert_ok()


def test_4_4_reverse():
    """A layer that swaps."""
    with judged("reverse") as mine:
        Reverse = mine("Reverse")
        x = np.random.default_rng(0).normal(size=(7, 5))
        assert np.allclose(Reverse().forward(x), x[:, ::-1]), "forward must still reverse the columns."
        report = check_gradients(Reverse(), x)
        report.assert_ok()


def test_5_1_dense_backward():
    """Your dense layer."""
    with judged("dense-backward") as mine:
        Dense = mine("Dense")
        x = np.random.default_rng(0).normal(size=(5, 4))
        layer = Dense(3)
        layer.build((4,), rng=np.random.default_rng(1))
        layer.b[...] = [0.5, -1.0, 2.0]
        y = layer.forward(x)
        assert np.shape(y) == (5, 3), f"forward must return shape (5, 3), it returned {np.shape(y)}."
        assert np.allclose(y, x @ layer.W + layer.b), "forward must return x @ W + b."
        report = check_gradients(layer, x)
        report.assert_ok()


def test_5_2_scale():
    """A factor for each input."""
    with judged("scale") as mine:
        Scale = mine("Scale")
        x = np.random.default_rng(0).normal(size=(5, 4))
        layer = Scale()
        layer.build((4,))
        layer.s[...] = [0.5, -1.5, 2.0, 3.0]
        assert np.allclose(layer.forward(x), x * layer.s), "forward must still return x * s."
        report = check_gradients(layer, x)
        report.assert_ok()


def test_5_3_tied_weights():
    """Harder: tied weights."""
    with judged("tied-weights") as mine:
        Tied = mine("Tied")
        x = np.random.default_rng(0).normal(size=(5, 4))
        layer = Tied()
        layer.build((4,), rng=np.random.default_rng(1))
        W = layer.W
        assert np.allclose(layer.forward(x), x @ W @ W.T), "forward must still return x @ W @ W.T."
        dy = np.random.default_rng(2).normal(size=(5, 4))
        layer.backward(dy)
        way_in, way_out = x.T @ dy @ W, dy.T @ x @ W
        assert not np.allclose(layer.dW, way_in), "dW has the way in, x @ W, alone; add the way out."
        assert not np.allclose(layer.dW, way_out), "dW has the way out, h @ W.T, alone; add the way in."
        twice = np.allclose(layer.dW, 2 * way_in) or np.allclose(layer.dW, 2 * way_out)
        assert not twice, "The way in and the way out give two different products, not one twice."
        report = check_gradients(layer, x)
        report.assert_ok()


def test_6_1_relu_layer():
    """Your ReLU."""
    with judged("relu-layer") as mine:
        ReLU = mine("ReLU")
        x = np.random.default_rng(0).normal(size=(7, 5))
        y = ReLU().forward(x.copy())
        assert np.allclose(y, np.maximum(x, 0)), "forward must make negative numbers 0, and no others."
        report = check_gradients(ReLU(), x)
        report.assert_ok()


def test_6_2_leaky_relu():
    """A leaky ReLU."""
    with judged("leaky-relu") as mine:
        LeakyReLU = mine("LeakyReLU")
        x = np.random.default_rng(0).normal(size=(7, 5))
        leaky = np.where(x > 0, x, x / 10)
        assert np.allclose(LeakyReLU().forward(x), leaky), "forward must not change."
        report = check_gradients(LeakyReLU(), x)
        report.assert_ok()


def test_6_3_softplus():
    """Softplus."""
    with judged("softplus") as mine:
        Softplus = mine("Softplus")
        x = np.random.default_rng(0).normal(size=(7, 5))
        soft = np.log1p(np.exp(x))
        assert np.allclose(Softplus().forward(x), soft), "forward must not change."
        report = check_gradients(Softplus(), x)
        report.assert_ok()


def test_7_1_softmax_layer():
    """Your softmax."""
    with judged("softmax-layer") as mine:
        Softmax = mine("Softmax")
        x = np.random.default_rng(0).normal(size=(7, 5))
        y = np.asarray(Softmax().forward(x.copy()))
        assert y.shape == x.shape, f"forward must return shape {x.shape}, it returned {y.shape}."
        rows = f"Each row of probabilities must add up to 1; yours: {y.sum(axis=1).round(3).tolist()}."
        assert np.allclose(y.sum(axis=1), 1), rows
        assert np.allclose(y, tn.Softmax().forward(x)), "The probabilities aren't exp(x) / sum."
        with np.errstate(all="ignore"):
            large = Softmax().forward(x + 1000)
        assert np.isfinite(large).all(), "exp(1000) overflows: subtract the row's largest logit first."
        assert np.allclose(large, y), "A constant added to all logits must change nothing."
        with np.errstate(all="ignore"):
            apart = Softmax().forward(x + 1000 * np.arange(7)[:, np.newaxis])
        assert np.allclose(apart, y), "Subtract each row's own largest logit, not the largest of the whole batch."
        with np.errstate(all="ignore"):
            steep = Softmax().forward(2000 * np.eye(7, 5))
        assert np.isfinite(steep).all(), "exp overflows where one logit is large: subtract the row's largest logit."
        report = check_gradients(Softmax(), x)
        report.assert_ok()


def test_7_2_cross_entropy_from_logits():
    """Your loss: p − t."""
    with judged("cross-entropy-from-logits") as mine:
        CrossEntropy = mine("CrossEntropy")
        rng = np.random.default_rng(0)
        z, t = rng.normal(size=(4, 5)), np.eye(5)[[0, 3, 3, 1]]
        loss, exact = CrossEntropy(), tn.losses.CategoricalCrossentropy(from_logits=True)
        found, wanted = loss.value(t, z.copy()), exact.forward(t, z)
        assert np.ndim(found) == 0, f"value must be one number, not an array of shape {np.shape(found)}."
        said = f"value gives {float(found):.4f}; it should be {wanted:.4f}."
        assert not np.isclose(found, 4 * wanted), f"{said} Take the mean over the batch."
        assert not np.isclose(found, -wanted), f"{said} The sign is wrong."
        assert np.isclose(found, wanted), said
        with np.errstate(all="ignore"):
            large = loss.value(t, 1000 * z)
        assert np.isfinite(large), "With large logits value isn't finite: subtract the row's maximum first."
        assert np.isclose(large, exact.forward(t, 1000 * z)), "With large logits value is wrong."
        dz, right = np.asarray(loss.gradient(t, z.copy())), exact.backward(t, z)
        assert dz.shape == z.shape, f"gradient must have the shape of z, {z.shape}; it has {dz.shape}."
        assert not np.allclose(dz, 4 * right), "gradient is p - t; divide it by N: the loss is a mean."
        assert not np.allclose(dz, -right), "gradient has the wrong sign: it is p - t, not t - p."
        for factor in (1 / 5, 4 / 5):
            assert not np.allclose(dz, factor * right), "Divide p - t by N alone, not by the K classes."
        report = check_gradients(loss, z, t)
        report.assert_ok()
        with np.errstate(all="ignore"):
            finite = np.isfinite(loss.gradient(t, 1000 * z)).all()
        assert finite, "With large logits gradient isn't finite: subtract the row's maximum first."


def test_7_3_log_softmax():
    """The logarithm of softmax."""
    with judged("log-softmax") as mine:
        LogSoftmax = mine("LogSoftmax")
        x = np.random.default_rng(0).normal(size=(7, 5))
        logarithm = np.log(tn.Softmax().forward(x))
        layer = LogSoftmax()
        assert np.allclose(layer.forward(x), logarithm), "forward must not change."
        dy = np.random.default_rng(1).normal(size=(7, 5))
        dx = layer.backward(dy.copy())
        if np.shape(dx) == x.shape:
            of_log = dy - logarithm * dy.sum(axis=1, keepdims=True)
            assert not np.allclose(dx, of_log), "self._y is the logarithm; its exponential is p."
            of_all = dy - np.exp(logarithm) * dy.sum()
            assert not np.allclose(dx, of_all), "Sum dy for each row, not over the whole batch."
        report = check_gradients(LogSoftmax(), x)
        report.assert_ok()


def test_7_4_temperature():
    """Temperature."""
    with judged("temperature") as mine:
        WarmSoftmax = mine("WarmSoftmax")
        x = np.random.default_rng(0).normal(size=(7, 5))
        warm = tn.Softmax().forward(x / 2)
        assert np.allclose(WarmSoftmax().forward(x), warm), "forward must not change."
        report = check_gradients(WarmSoftmax(), x)
        report.assert_ok()


def test_8_1_sgd():
    """Your optimizer."""
    with judged("sgd") as mine:
        sgd = mine("sgd")
        w, g = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, -1.0], [0.0, 10.0]])
        before, gradient = w.copy(), g.copy()
        sgd(w, gradient, 0.1)
        assert np.array_equal(gradient, g), "The gradient must stay as it was."
        assert not np.array_equal(w, before), "The array hasn't changed: write into it, `parameter -= ...`."
        assert not np.allclose(w, before + 0.1 * g), "That is a step uphill."
        assert not np.allclose(w, before - g), "Multiply the gradient by the learning rate."
        assert np.allclose(w, before - 0.1 * g), f"w is {w.tolist()}, not {(before - 0.1 * g).tolist()}."


def test_8_2_batches():
    """Your mini-batches."""
    with judged("batches") as mine:
        batches = mine("batches")
        for count, size in ((10, 5), (10, 4), (3, 8)):
            made = [np.asarray(rows) for rows in batches(count, size, np.random.default_rng(0))]
            assert all(rows.ndim == 1 for rows in made), "Return a list with an array for each batch."
            sizes = [len(rows) for rows in made]
            wanted = [min(size, count - start) for start in range(0, count, size)]
            said = f"batches({count}, {size}, rng) makes batches of {sizes}"
            assert sizes == wanted, f"{said}; the sizes should be {wanted}."
            rows = sorted(np.concatenate(made).tolist())
            assert rows == list(range(count)), f"{said}, but not each row once: {rows}."
        first, again, other = (list(batches(50, 50, np.random.default_rng(k)))[0] for k in (0, 0, 1))
        assert not np.array_equal(first, np.sort(first)), "The rows aren't shuffled."
        assert np.array_equal(first, again), "Shuffle with `rng`, so that a run can be repeated."
        assert not np.array_equal(first, other), "Shuffle with the `rng` that you are given."
        made = [np.asarray(rows) for rows in batches(60, 20, np.random.default_rng(0))]
        mixed = all(np.ptp(rows) >= 20 for rows in made)
        assert mixed, "The batches hold the same rows in each epoch. Shuffle all the rows, then cut."


def test_8_3_momentum():
    """Momentum."""
    with judged("momentum") as mine:
        Momentum = mine("Momentum")
        def path(optimizer):
            w, places = np.array([1.0, -2.0]), []
            for _ in range(5):
                optimizer.update(w, w * [1, 4])
                places.append(w.copy())
            return places


        places, wanted, start = path(Momentum(0.1, None)), path(tn.SGD(0.1, momentum=0.9)), [1.0, -2.0]
        moved = not np.array_equal(places[-1], start)
        assert moved, "The array hasn't changed: write into it, `parameters += ...`."
        for k, (found, right) in enumerate(zip(places, wanted), start=1):
            said = f"After {k} step(s) w is {found.round(4).tolist()}, not {right.round(4).tolist()}."
            assert k > 1 or not np.allclose(found - start, start - right), f"{said} That is a step uphill."
            kept = "" if k == 1 else " Is the velocity kept from step to step?"
            assert np.allclose(found, right), said + kept


def test_9_1_lecun_uniform():
    """An initializer."""
    with judged("lecun-uniform") as mine:
        lecun_uniform = mine("lecun_uniform")
        for shape in ((1000, 300), (100, 1000)):
            W = np.asarray(lecun_uniform(shape, np.random.default_rng(0)))
            assert W.shape == shape, f"For shape {shape} the weights have shape {W.shape}."
            said = f"For I = {shape[0]} the variance times I is {W.var() * shape[0]:.3f}, not 1."
            assert not np.isclose(W.var() * shape[1], 1, rtol=0.02), f"{said} I is shape[0]."
            assert abs(W.mean()) < 0.02 * W.std(), f"The mean is {W.mean():.2g}, not 0."
            assert np.isclose(W.var() * shape[0], 1, rtol=0.02), said
            limit = np.sqrt(3 / shape[0])
            assert np.abs(W).max() <= limit + 1e-12, "The variance is right, but W isn't uniform."
            again, other = (lecun_uniform(shape, np.random.default_rng(k)) for k in (0, 1))
            drawn = np.array_equal(again, W) and not np.array_equal(other, W)
            assert drawn, "Draw from the `rng` that you are given."


def test_9_2_he():
    """Your initializer."""
    with judged("he") as mine:
        he = mine("he")
        for shape in ((1000, 300), (100, 1000)):
            W = np.asarray(he(shape, np.random.default_rng(0)))
            assert W.shape == shape, f"For shape {shape} the weights have shape {W.shape}."
            inputs, outputs = shape
            said = f"For I = {inputs} the variance is {W.var():.3g}; it should be {2 / inputs:.3g}."
            near = {"rtol": 0.02}
            assert not np.isclose(W.std(), 2 / inputs, **near), f"{said} Take the square root for scale."
            assert not np.isclose(W.var(), 1 / inputs, **near), f"{said} ReLU needs twice that."
            assert not np.isclose(W.var(), 2 / sum(shape), **near), f"{said} That is Glorot's."
            assert not np.isclose(W.var(), 2 / outputs, **near), f"{said} I is shape[0]."
            assert np.isclose(W.var(), 2 / inputs, **near), said
            assert abs(W.mean()) < 0.02 * W.std(), f"The mean is {W.mean():.2g}, not 0."
            assert np.abs(W).max() > 2 * W.std(), "The variance is right, but W isn't normally distributed."
            again, other = (he(shape, np.random.default_rng(k)) for k in (0, 1))
            drawn = np.array_equal(again, W) and not np.array_equal(other, W)
            assert drawn, "Draw from the `rng` that you are given."


def test_9_3_all_zero():
    """All weights zero."""
    with judged("all-zero") as mine:
        is_zero = mine("is_zero")
        model = tn.Sequential([
            tn.Dense(4, "relu", kernel_initializer="zeros", input_shape=(2,)),
            tn.Dense(2, "softmax", kernel_initializer="zeros"),
        ])
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.train_on_batch([[1.0, 2.0], [3.0, 4.0]], [0, 0])
        formulas = {
            "dW1": "dW1 = x.T @ dz1, and dz1 comes down through W2",
            "db1": "db1 is the sum of dz1, and dz1 comes down through W2",
            "dW2": "dW2 = h.T @ dz2, and h is the output of the hidden units",
            "db2": "db2 is the sum of dz2, which is (p - t) / N",
        }
        assert set(is_zero) == set(formulas), f"`is_zero` must have the keys {', '.join(formulas)}."
        for k, layer in enumerate(model.layers, start=1):
            for name, gradient in layer.gradients.items():
                key, zero = f"d{name}{k}", not gradient.any()
                assert bool(is_zero[key]) == zero, f"{key} isn't right yet: {formulas[key]}."


def test_10_1_two_mistakes():
    """Two mistakes."""
    with judged("two-mistakes") as mine:
        layers = mine("layers")
        from tinynet.datasets import synthetic_digits
        from tinynet.diagnose import diagnose

        (images, labels), _ = synthetic_digits.load_data(2000, 500)
        x = tn.utils.standardize(images)
        model = tn.Sequential(layers(), seed=0)
        model.compile(tn.SGD(0.05), "sparse_categorical_crossentropy")
        kinds = [type(layer).__name__ for layer in model.layers]
        assert kinds.count("Dense") == 3, f"Keep the three Dense layers; you have {', '.join(kinds)}."
        found = dict.fromkeys(finding.code for finding in diagnose(model, x, labels))
        assert not found, f"tinynet.diagnose still finds {' and '.join(found)}."
        loss = model.fit(x, labels, epochs=3, verbose=0).history["loss"][-1]
        assert loss < 0.8, f"After three epochs the loss is {loss:.2f}; without the mistakes it is 0.65."


def test_10_2_dead_units():
    """Count the dead units."""
    with judged("dead-units") as mine:
        dead_units = mine("dead_units")
        rng = np.random.default_rng(0)
        for dead in (0, 3, 8):
            y = np.maximum(rng.normal(size=(6, 8)), 0)
            y[rng.integers(6, size=8), np.arange(8)] = 1.0  # each unit is open for one example
            y[:, rng.permutation(8)[:dead]] = 0
            found = dead_units(y)
            assert np.ndim(found) == 0, f"Return one number, not an array of shape {np.shape(found)}."
            said = f"dead_units gives {found}; {dead} of the 8 units are dead"
            assert found != (y == 0).sum() or found == dead, f"{said}. That counts zeros, not units."
            assert found == dead, f"{said}."


def test_10_3_standardise():
    """Scale the inputs."""
    with judged("standardise") as mine:
        standardise = mine("standardise")
        rng = np.random.default_rng(0)
        train, test = rng.uniform(0, 255, (50, 4, 4)), rng.uniform(100, 255, (20, 4, 4))
        scaled = standardise(train.copy(), test.copy())
        assert len(scaled) == 2, "Return two arrays, the training images and the test images."
        a, b = (np.asarray(part) for part in scaled)
        in_order = a.shape == train.shape and b.shape == test.shape
        assert in_order, "Return first the training images, then the test images, in their shapes."
        wanted = (train - train.mean()) / train.std()
        for axis in (0, (1, 2)):
            mean, std = train.mean(axis, keepdims=True), train.std(axis, keepdims=True)
            for other in ((train - mean) / std, (train - mean) / train.std()):
                assert not np.allclose(a, other), "Use one mean and one deviation for all pixels together."
        said = f"The training images now have mean {a.mean():.2f} and deviation {a.std():.2f}"
        near = {"rtol": 1e-3, "atol": 1e-3}  # float32, or dividing by N - 1, is accurate enough
        fits = np.allclose(a, wanted, **near)
        assert fits, f"{said}; they should be (train - mean) / deviation, 0 and 1."
        own = np.isclose(b.mean(), 0, atol=1e-6) and np.isclose(b.std(), 1)
        assert not own, "The test images are scaled by their own numbers; use the training set's."
        said = "The test images are as they were. Scale them, too, by numbers taken before `train` is scaled."
        assert not np.allclose(b, test), said
        right = (test - train.mean()) / train.std()
        fits = np.allclose(b, right, **near)
        assert fits, "Scale the test images by the training set's mean and deviation."


def test_10_4_read_the_losses():
    """Read the losses."""
    with judged("read-the-losses") as mine:
        runs = mine("runs")
        right = {
            (2.70, 2.51, 2.37): "rate",
            (915.53, 3.12, 2.30): "inputs",
            (2.32, 2.31, 2.31): "vanishing",
            (1.32, 0.74, 0.59): "healthy",
        }
        words = set(right.values())
        assert set(runs) == set(right), "Keep the four runs as they are."
        for losses, word in runs.items():
            assert word in words, f"{losses} has the word {word!r}, which is none of the four."
        wrong = [losses for losses, word in runs.items() if word != right[losses]]
        assert not wrong, f"{4 - len(wrong)} of 4 are right. Look at {wrong[0]} again."


def test_11_1_train_step():
    """Your training step."""
    with judged("train-step") as mine:
        train_step = mine("train_step")
        rng = np.random.default_rng(0)
        x, labels = rng.normal(size=(6, 4)), np.array([0, 2, 1, 1, 0, 2])
        t = np.eye(3)[labels]


        class Loss:
            exact = tn.losses.CategoricalCrossentropy(from_logits=True)

            def value(self, t, z):
                return self.exact.forward(t, z)

            def gradient(self, t, z):
                return self.exact.backward(t, z)


        def descend(parameter, gradient):
            parameter -= 0.5 * gradient


        class Gate(tn.ReLU):
            modes = []

            def forward(self, x, *, training=False):
                self.modes.append(training)
                return super().forward(x)


        def new_layers():
            made = [tn.Dense(5), Gate(), tn.Dense(3)]
            generator, shape = np.random.default_rng(1), (4,)
            for layer in made:
                layer.build(shape, rng=generator)
                shape = layer.output_shape(shape)
            return made


        def forward(layers):
            z = x
            for layer in layers:
                z = layer.forward(z)
            return z


        layers, twins = new_layers(), new_layers()
        value = train_step(layers, Loss(), x, t, descend)
        assert Gate.modes, "Call the forward of each layer."
        assert all(Gate.modes), "Go forward with `training=True`: layer.forward(z, training=True)."
        right = Loss().value(t, forward(twins))
        dy = Loss().gradient(t, forward(twins))
        for layer in reversed(twins):
            dy = layer.backward(dy)
        for layer in twins:
            for name, parameter in layer.parameters.items():
                parameter -= 0.5 * layer.gradients[name]
        for k, (layer, twin, start) in enumerate(zip(layers, twins, new_layers())):
            for name, parameter in layer.parameters.items():
                where = f"{name} of layer {k + 1}"
                before, wanted = start.parameters[name], twin.parameters[name]
                moved = not np.array_equal(parameter, before)
                assert moved, f"{where} hasn't changed: call update after backward."
                uphill = np.allclose(parameter - before, before - wanted)
                assert not uphill, f"{where} went uphill. Give update the gradient as it is."
                divided = np.allclose(len(x) * (parameter - before), wanted - before)
                assert not divided, f"The step of {where} is N times too small: the loss has divided by N already."
                assert np.allclose(parameter, wanted), f"{where} isn't what one step makes of it."
        assert value is not None, "Return the loss."
        assert np.ndim(value) == 0, f"The loss is one number, not an array of shape {np.shape(value)}."
        assert np.isclose(value, right), f"The loss was {right:.4f} before the step; you return {value}."


def test_11_2_read():
    """Your reader."""
    with judged("read") as mine:
        read = mine("read")
        rng = np.random.default_rng(0)
        x, layers = rng.normal(size=(20, 4)), [tn.Dense(5, "relu"), tn.Dense(3)]
        layers[0].build((4,), rng=rng)
        layers[1].build((5,), rng=rng)
        z = layers[1].forward(layers[0].forward(x))
        found = np.asarray(read(layers, x.copy()))
        assert found.shape == (20,), f"One digit for each example: shape (20,), not {found.shape}."
        wrong = int((found != z.argmax(axis=1)).sum())
        assert wrong == 0, f"{wrong} of 20 aren't the index of the largest logit."


def test_11_3_what_matters():
    """Which pixels does the answer depend on."""
    with judged("what-matters") as mine:
        what_matters = mine("what_matters")
        from tinynet.gradcheck import numerical_gradient

        layers = [tn.Dense(6), tn.Tanh(), tn.Dense(3)]
        image, shape = np.random.default_rng(0).normal(size=(1, 5)), (5,)
        for layer in layers:
            layer.build(shape, rng=np.random.default_rng(len(shape)))
            shape = layer.output_shape(shape)


        def logits(pixels):
            for layer in layers:
                pixels = layer.forward(pixels)
            return pixels


        winner = logits(image).argmax()
        wanted = numerical_gradient(lambda pixels: float(logits(pixels)[0, winner]), image)
        found = np.asarray(what_matters(layers, image.copy()))
        assert found.shape == image.shape, f"dx must have the shape {image.shape}, not {found.shape}."
        assert found.any(), "Everything is zero: what is dy at the largest logit?"
        total = numerical_gradient(lambda pixels: float(logits(pixels).sum()), image)
        assert not np.allclose(found, total), "That is the sum of all logits; dy is 1 at the largest alone."
        pixel = int(np.abs(found - wanted).argmax())
        said = f"Pixel {pixel}: you have {found[0, pixel]:.4f}, a difference gives {wanted[0, pixel]:.4f}."
        assert np.allclose(found, wanted, rtol=1e-5), said


def test_12_1_decay_step():
    """A step with weight decay."""
    with judged("decay-step") as mine:
        decayed_step = mine("decayed_step")
        w, g = np.array([1.0, -2.0, 3.0]), np.array([0.5, 0.0, -1.0])
        wanted = w.copy()
        tn.SGD(0.1, weight_decay=0.5).update(wanted, g)
        found = w.copy()
        decayed_step(found, g.copy(), 0.1, 0.5)
        assert not np.array_equal(found, w), "The array hasn't changed: write into it, `parameter *= ...`."
        assert not np.allclose(found, w - 0.1 * g), "The weights don't decay yet."
        assert not np.allclose(found, (w - 0.1 * g) * 0.95), "The step is shrunk too: shrink w first."
        assert np.allclose(found, wanted), f"w becomes {found.round(3)}; it should be {wanted.round(3)}."


def test_12_2_dropout_backward():
    """Dropout."""
    with judged("dropout-backward") as mine:
        MyDropout = mine("MyDropout")
        layer = MyDropout(0.25)
        x = np.random.default_rng(1).normal(size=(6, 5))
        y = layer.forward(x, training=True)
        dy = np.random.default_rng(2).normal(size=(6, 5))
        dx = layer.backward(dy)
        kept = y != 0
        assert not np.allclose(dx, dy), "Nothing is dropped on the way back: where is the mask?"
        assert not np.allclose(dx, dy * kept), "The factor 1 / (1 - rate) is missing."
        assert np.allclose(dx, np.where(kept, dy / 0.75, 0)), "dx should be dy times mask and factor."
        layer.forward(x)
        assert np.allclose(layer.backward(dy), dy), "In prediction nothing is dropped, so dx is dy."


def test_12_3_early_stopping():
    """When to stop."""
    with judged("early-stopping") as mine:
        stopping_epoch = mine("stopping_epoch")
        for losses, patience, wanted in (
            ([3, 2, 1, 2, 3, 4], 2, 5),
            ([3, 2, 2.5, 2.4, 1, 2, 3], 3, 7),
            ([3, 2, 2, 2], 1, 3),
            ([3, 1, 2, 1.5, 1.8, 1.7], 3, 5),
            ([1, 2, 0.5, 3, 4], 2, 5),
        ):
            found = stopping_epoch(losses, patience)
            said = f"For {losses} and patience {patience} you stop after epoch {found}"
            assert found == wanted, f"{said}; it should be {wanted}."


def test_13_1_running_mean():
    """A running mean without bias."""
    with judged("running-mean") as mine:
        running_means = mine("running_means")
        found = running_means([5.0, 5.0, 5.0], 0.9)
        assert found is not None, "running_means returns nothing: is a `return` missing?"
        assert np.shape(found) == (3,), "Return a list with a mean after each of the 3 numbers."
        assert np.allclose(found, 5), f"The running means of 5, 5, 5 are {np.round(found, 3)}, not 5, 5, 5."
        weights = 0.8 ** np.arange(4)[::-1]
        wanted = (weights * [1, 2, 3, 4]).sum() / weights.sum()
        found = running_means([1.0, 2.0, 3.0, 4.0], 0.8)[-1]
        assert np.isclose(found, wanted), f"That of 1, 2, 3, 4 ends with {found:.4f}, not {wanted:.4f}."


def test_13_2_adam():
    """Your Adam."""
    with judged("adam") as mine:
        MyAdam = mine("MyAdam")
        mine, right = MyAdam(0.1, None), tn.Adam(0.1)
        w, wanted = np.array([1.0, -2.0, 3.0]), np.array([1.0, -2.0, 3.0])
        for k in range(1, 6):
            mine.update(w, w * [1, 40, 0.01])
            right.update(wanted, wanted * [1, 40, 0.01])
            said = f"After {k} step(s) w is {w.round(4)}; it should be {wanted.round(4)}."
            if k == 1:
                start = np.array([1.0, -2.0, 3.0])
                unchanged = np.array_equal(w, start)
                assert not unchanged, f"{said} Write into the array, `parameters -= ...`."
                uphill = np.allclose(w - start, start - wanted, atol=1e-5)
                assert not uphill, f"{said} That is a step uphill."
            asked = "Are both means corrected" if k == 1 else "Are m and v kept"
            assert np.allclose(w, wanted, atol=1e-5), f"{said} {asked}, and is t counted from 1?"


def test_13_3_best_momentum():
    """The best momentum."""
    with judged("best-momentum") as mine:
        best_momentum = mine("best_momentum")
        for low, high in ((1.0, 100.0), (0.5, 8.0), (1.0, 1.0)):
            rate, momentum = best_momentum(low, high)
            said = f"For {low:g} to {high:g} you give rate {rate:.4f}, momentum {momentum:.4f}."
            assert 0 <= momentum < 1, said + " The momentum must be at least 0 and below 1."
            root = momentum**0.5
            assert np.isclose((1 - root) ** 2, rate * low), said + " The lower end isn't at `low`."
            assert np.isclose((1 + root) ** 2, rate * high), said + " The upper end isn't at `high`."


def test_14_1_center():
    """Centre a column."""
    with judged("center") as mine:
        Center = mine("Center")
        x = np.random.default_rng(0).normal(size=(6, 3))
        assert np.allclose(Center().forward(x), x - x.mean(axis=0)), "forward must not change."
        report = check_gradients(Center(), x)
        report.assert_ok()


def test_14_2_batch_norm():
    """The backward of batch normalisation."""
    with judged("batch-norm") as mine:
        Standardize = mine("Standardize")
        x = np.random.default_rng(0).normal(size=(7, 3))
        layer = Standardize()
        wanted = (x - x.mean(axis=0)) / x.std(axis=0)
        assert np.allclose(layer.forward(x), wanted), "forward must not change."
        dx = layer.backward(np.random.default_rng(1).normal(size=(7, 3)))
        sums = np.round(dx.sum(axis=0), 3)
        assert np.allclose(dx.sum(axis=0), 0), f"dx sums to {sums}, not 0: the path through the mean."
        along = np.round((dx * wanted).sum(axis=0), 3)
        assert np.allclose(along, 0, atol=1e-9), f"dx has a part along x̂, {along}: the path through s."
        report = check_gradients(Standardize(), x)
        report.assert_ok()


def test_14_3_layer_norm():
    """Layer normalisation."""
    with judged("layer-norm") as mine:
        LayerNorm = mine("LayerNorm")
        x = np.random.default_rng(0).normal(size=(5, 6))
        wanted = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
        assert np.allclose(LayerNorm().forward(x), wanted), "forward must not change."
        report = check_gradients(LayerNorm(), x)
        report.assert_ok()


def test_15_1_value_tanh():
    """One more operation."""
    with judged("value-tanh") as mine:
        Value = mine("Value")
        tanh = mine("tanh")
        x = Value(0.7)
        y = tanh(x)
        assert np.isclose(y.data, np.tanh(0.7)), "The value is wrong."
        for name in ("parents", "slopes"):
            right = isinstance(getattr(y, name), (tuple, list))
            assert right, f"{name} must be a tuple; with one entry, (entry,)."
        assert list(y.parents) == [x], "It must know what it was computed from: parents=(value,)."
        assert len(y.slopes) == 1, "One slope for the one parent."
        wanted = 1 - np.tanh(0.7) ** 2
        assert np.isclose(y.slopes[0], wanted), f"The slope is {y.slopes[0]:.4f}, not {wanted:.4f}."


def test_15_2_graph_backward():
    """The backward pass."""
    with judged("graph-backward") as mine:
        backward = mine("backward")
        from types import SimpleNamespace

        def node(*pairs):
            parents, slopes = [p for p, _ in pairs], [s for _, s in pairs]
            return SimpleNamespace(grad=0.0, parents=parents, slopes=slopes)

        x = node()
        square = node((x, 3.0), (x, 3.0))  # x * x at x = 3
        total = node((square, 1.0), (x, 1.0))  # x * x + x
        end = node((total, 2.0))
        backward([x, square, total, end])
        assert end.grad == 1 and total.grad == 2, "A value's grad is its child's grad times the slope."
        assert square.grad != 0, "Nothing has reached the parents: start from the end of the list."
        assert x.grad != 6, "x is used three times: add to its grad, don't overwrite it."
        assert x.grad == 14, f"The grad of x should be 14; you have {x.grad:g}."


def test_15_3_topological_order():
    """The order."""
    with judged("topological-order") as mine:
        in_order = mine("in_order")
        class Node:
            def __init__(self, *parents):
                self.parents = parents


        a, b = Node(), Node()
        c = Node(a, b)
        d = Node(c, a)
        e = Node(d, c)
        order = in_order(e)
        assert isinstance(order, (list, tuple)), "Return a list. Is a `return` missing?"
        assert len(order) == len(set(order)), "A node is in the list twice."
        assert set(order) == {a, b, c, d, e}, "Some node is missing."
        for n in order:
            for p in n.parents:
                assert order.index(p) < order.index(n), "A node comes before one of its parents."
