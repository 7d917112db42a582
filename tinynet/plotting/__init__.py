"""Plots of data, predictions, training and weights.

Every function draws on one matplotlib Axes and returns it. Titles, sizes and files are left to the
caller: ``plot_images(x_train[:25]).figure.savefig("digits.png")``. Pass ``ax`` to draw into your
own figure. A grid of images is a single tiled image on one Axes. Only ``plot_history`` takes and
returns an array of Axes: one for the loss and one for each metric.

Without ``ax``, a new figure is made. In a notebook or on a desktop, where matplotlib can show
figures, it is a pyplot figure, as made by ``plt.subplots()``. A notebook shows it at the end of the
cell and closes it; on a desktop, ``plt.show()`` opens its window. In a long loop, pass ``ax`` or
call ``plt.close(ax.figure)``. On a server, where matplotlib can only write files, it is a plain
``Figure`` that pyplot doesn't keep alive, so that many plots don't fill the memory.
``ax.figure.savefig(...)`` works everywhere. No function calls ``show`` or selects a backend.
matplotlib is imported by the first call.

The modules are named after what they plot: `images`, `predictions`, `history`, `training`,
`boundary`, `diagram` and `inputs`. `drawing` contains shared code.

Colour is never the only distinction, so that the plots can be read in black and white and by
colour-blind readers. Correct and incorrect predictions are also marked ✓ and ✗, curves differ in
line style and marker, classes differ in marker, and scales run from dark to light. The colours are
those of Okabe and Ito, "Color Universal Design" (2008), except for darker shades of green and red,
in which text is easier to read. In a style that writes light text, such as matplotlib's
``dark_background``, they are lighter.

Class, layer and metric names are written as they are: ``$`` and a leading ``_`` have no special
meaning. A legend stands beside the Axes if the figure has a layout, such as ``"constrained"``, that
makes room for it, and otherwise within.
"""

from tinynet._internal.names import public_names
from tinynet.plotting.boundary import animate_decision_boundary, plot_decision_boundary
from tinynet.plotting.diagram import plot_network
from tinynet.plotting.history import plot_history
from tinynet.plotting.images import plot_images, plot_weights
from tinynet.plotting.inputs import plot_preferred_inputs, plot_saliency
from tinynet.plotting.predictions import plot_confusion_matrix, plot_predictions, plot_probabilities
from tinynet.plotting.training import (
    plot_activation_histograms,
    plot_gradient_flow,
    plot_gradient_histograms,
    plot_loss_surface,
    plot_update_ratios,
)

__all__ = [
    "animate_decision_boundary",
    "plot_activation_histograms",
    "plot_confusion_matrix",
    "plot_decision_boundary",
    "plot_gradient_flow",
    "plot_gradient_histograms",
    "plot_history",
    "plot_images",
    "plot_loss_surface",
    "plot_network",
    "plot_predictions",
    "plot_preferred_inputs",
    "plot_probabilities",
    "plot_saliency",
    "plot_update_ratios",
    "plot_weights",
]

__getattr__, __dir__ = public_names(globals())
