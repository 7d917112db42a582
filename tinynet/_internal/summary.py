"""Descriptions of a model: the tables of `Sequential.summary`, the `repr`, and HTML."""

from math import prod

from tinynet._internal.protocols import Trained

WIDTH = 65
COLUMNS = (0, 29, 55)  # where the columns of Keras's table start


def architecture(model: Trained) -> str:
    """Layer, output shape and number of parameters, one line per layer, as Keras prints them."""
    lines = ["_" * WIDTH, row("Layer (type)", "Output Shape", "Param #"), "=" * WIDTH]
    for k, layer in enumerate(model.layers):
        shape, count = "?", "unbuilt"
        if model.built:
            shape = "(None" + "".join(f", {size}" for size in model.output_shapes[k]) + ")"
            count = str(layer.count_params())
        lines.append(row(f"{layer.name} ({type(layer).__name__})", shape, count))
        lines.append(("=" if layer is model.layers[-1] else "_") * WIDTH)
    # The flags count, not `model.parameters`, which changes at the next compile only.
    trained = sum(array.size for array in model.trainable_weights)
    total = model.values.size
    lines += [f"Total params: {total:,}", f"Trainable params: {trained:,}"]
    lines += [f"Non-trainable params: {total - trained:,}"]
    return "\n".join([*lines, "_" * WIDTH])


def in_one_line(model: Trained) -> str:
    """Return the name, the layers and the number of parameters, for a terminal."""
    kinds = ", ".join(type(layer).__name__ for layer in model.layers) or "no layers"
    size = f"{model.values.size:,} parameters" if model.built else "not built yet"
    return f"<Sequential {model.name!r}: {kinds}; {size}>"


def as_html(model: Trained) -> str:
    """Return a table of the layers, for a notebook."""
    import html  # here, since training doesn't need it

    if not model.built:
        return f"<p>{html.escape(in_one_line(model))}</p>"
    left = "style='text-align:left'"
    rows = []
    for layer, shape in zip(model.layers, model.output_shapes, strict=True):
        activation = vars(layer).get("activation")
        kind = type(layer).__name__ + (f", {type(activation).__name__}" if activation else "")
        size = " × ".join(str(number) for number in shape)
        rows.append(
            f"<tr><td {left}>{html.escape(layer.name)}</td><td {left}>{html.escape(kind)}</td>"
            f"<td>{size}</td><td>{layer.count_params():,}</td></tr>"
        )
    heads = f"<th {left}>layer</th><th {left}>type</th><th>outputs</th><th>parameters</th>"
    inputs = " × ".join(str(number) for number in model.input_shapes[0])
    return (
        f"<p><b>{html.escape(model.name)}</b>: {inputs} inputs, "
        f"{model.values.size:,} parameters</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def row(*cells: str) -> str:
    """Put each cell at the start of its column, truncated where the next begins."""
    line = ""
    for start, cell in zip(COLUMNS, cells, strict=True):
        line = line[: max(0, start - 1)].ljust(start) + cell
    return line[:WIDTH]


def costs(model: Trained, batch_size: int) -> str:
    """Multiply-adds and bytes of one training step, layer by layer.

    A matrix product of shapes (N, I) and (I, O) takes N I O multiply-adds. The forward pass
    computes one such product, the backward pass two of the same size: one for dW, one for dx.
    Elementwise operations aren't counted. The bytes are those of the arrays that a step creates or
    fills: each layer's output, its parameters and their gradients, and dx.
    """
    rows = [["Layer", "forward", "dW", "dx", "bytes"]]
    shapes = model.input_shapes
    itemsize = model.dtype.itemsize
    totals = [0, 0, 0, 0]
    lowest = next((k for k, layer in enumerate(model.layers) if layer.learns), len(model.layers))
    for k, layer in enumerate(model.layers):
        products = batch_size * layer.multiply_adds(shapes[k])
        skipped = k <= lowest
        weights = products if layer.parameter_names and k >= lowest else 0
        inputs = 0 if skipped else products
        learned = sum(array.size for array in layer.parameters.values())
        entries = batch_size * prod(model.output_shapes[k]) + 2 * learned
        entries += 0 if skipped else batch_size * prod(shapes[k])
        cells = [products, weights, inputs, entries * itemsize]
        totals = [a + b for a, b in zip(totals, cells, strict=True)]
        texts = [f"{cell:,}" for cell in cells]
        if skipped:
            texts[2] = "skipped"
        rows.append([layer.name, *texts])
    rows.append(["Total", *(f"{total:,}" for total in totals)])
    widths = [2 + max(map(len, column)) for column in zip(*rows, strict=True)]
    widths = [max(20, widths[0] - 1), *(max(14, width) for width in widths[1:])]
    lines = [
        f"{name:<{widths[0]}}"
        + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        for name, *cells in rows
    ]
    rule, title = "-" * sum(widths), f"One training step, batch size {batch_size}"
    table = [lines[0], rule, *lines[1:-1], rule, lines[-1]]
    return "\n".join([f"{title}: multiply-adds, and bytes", *table])
