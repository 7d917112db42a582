"""Pictures of data, predictions, training and weights.

Every function draws on one matplotlib Axes and returns it, so that titles, sizes and files stay the
caller's business: ``plot_images(x_train[:25]).figure.savefig("digits.png")``. Pass ``ax`` to draw
into a figure of your own; a grid of images is one tiled picture on that one Axes. The exception is
``plot_history``, which needs a panel for the loss and one for each metric: it takes and returns an
array of Axes.

Without ``ax`` a new figure is made. Where matplotlib can show figures, in a notebook or on a
desktop, it is a pyplot figure, as if made with ``plt.subplots()``: the notebook shows it at the end
of the cell and closes it; on a desktop ``plt.show()`` opens its window, and in a long loop pass
``ax`` or call ``plt.close(ax.figure)``. Where matplotlib can only write files, as on a server,
pyplot would keep figures that nobody ever sees or closes. There it is a plain ``Figure``, which
goes with the last reference to it: a thousand plots leave nothing behind, and
``ax.figure.savefig(...)``, which works everywhere, is the way to a file. Nothing here calls
``show`` or chooses a backend, and matplotlib is loaded by the first call, not by the import.

The modules are named after what their plots show: `images`, `predictions`, `history`, `training`,
`boundary`, `diagram` and `inputs`. `drawing` holds what they share.

Colour is never the only sign. Right and wrong also carry a mark, ✓ or ✗, curves differ in line and
marker, classes in marker, and scales run from dark to light, so that the pictures can be read in
print without colour and by the colour-blind. The colours are those of Okabe and Ito, "Color
Universal Design" (2008), but for the green and the red, darkened until text in them reads well.
"""

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
