"""Why deep networks of sigmoids don't learn, and deep networks of ReLUs do.

    python examples/vanishing_gradients.py

In a layer's backward pass, the gradient is multiplied by the slope of the activation. The
slope of a sigmoid is at most 1/4, so eight layers multiply the gradient by at most (1/4)^8, apart
from the effect of the weights, and the first layers hardly learn. The slope of a ReLU is 1 wherever
it is active. The script trains the same network with each activation and compares the gradients
layer by layer. The plots are saved in the folder vanishing-gradients-results.
"""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # draws into files, without a screen
from matplotlib.figure import Figure

from tinynet import plotting
from tinynet.callbacks import GradientRecorder
from tinynet.datasets import DownloadError, mnist, synthetic_digits
from tinynet.layers import Dense
from tinynet.models import Sequential
from tinynet.optimizers import SGD
from tinynet.utils import standardize

DEPTH = 8  # hidden layers


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare sigmoid and ReLU at depth.")
    folder = Path("vanishing-gradients-results")
    parser.add_argument("--out", type=Path, default=folder, help="for the plots")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    try:
        (x_train, y_train), (x_test, y_test) = mnist.load_data()
        print("Data: MNIST")
    except DownloadError:
        (x_train, y_train), (x_test, y_test) = synthetic_digits.load_data()
        print("MNIST is not here and can't be downloaded: using synthetic digits instead.")
    x_train, x_test = standardize(x_train.reshape(-1, 784), x_test.reshape(-1, 784))
    x_train, y_train = x_train[:20000], y_train[:20000]

    flow = Figure(figsize=(12, 4), layout="constrained")
    start = Figure(figsize=(12, 7), layout="constrained")
    flow_axes, start_axes = flow.subplots(1, 2, sharey=True), start.subplots(2, 2)
    # Each activation gets the initial weights that suit it, Glorot's or He's.
    for k, (activation, initializer) in enumerate(
        [("sigmoid", "glorot_uniform"), ("relu", "he_normal")]
    ):
        model = Sequential(seed=0)
        for layer in range(1, DEPTH + 1):
            model.add(Dense(64, activation, kernel_initializer=initializer, name=f"hidden {layer}"))
        model.add(Dense(10, "softmax", name="output"))
        model.build((784,))
        model.compile(SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])

        # Activations and gradients before training.
        few = slice(0, 500)
        plotting.plot_activation_histograms(model, x_train[few], ax=start_axes[0, k])
        plotting.plot_gradient_histograms(model, x_train[few], y_train[few], ax=start_axes[1, k])
        start_axes[0, k].set_title(activation)
        start_axes[1, k].set_xlim(1e-9, 1)  # the same for both

        recorder = GradientRecorder(every=5)
        model.fit(x_train, y_train, epochs=3, verbose=0, callbacks=[recorder])
        loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
        print(f"\n{activation}: test loss {loss:.3f}, test accuracy {100 * accuracy:.1f} %")
        print("norm of the gradient in the first step, from the output down to the input:")
        for name, norms in reversed(recorder.gradient_norms.items()):
            print(f"  {name:>8}  {norms[0]:.1e}")
        plotting.plot_gradient_flow(recorder, ax=flow_axes[k])
        flow_axes[k].set_title(f"{activation}: {100 * accuracy:.1f} % correct")

    flow_axes[0].get_legend().remove()  # one legend is enough
    flow.savefig(out / "gradient_flow.png")
    start.savefig(out / "before_training.png")
    print(f"\nPlots: see {out}")


if __name__ == "__main__":
    main()
