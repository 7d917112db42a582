"""What the plots share: whose the figures are, and where they can be seen."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import WARNINGS
from tests.support.plots import new_axes
from tinynet.plotting.images import plot_images


def test_a_wrong_call_leaves_the_axes_as_it_was() -> None:
    ax = new_axes()
    before = len(ax.get_children())
    with pytest.raises(ValueError, match="images must be finite"):
        plot_images(np.full((1, 28, 28), np.nan), ax=ax)
    assert len(ax.get_children()) == before
    assert ax.axison


def run_python(code: str, **environment: str) -> str:
    """Run code in a new interpreter without a display, with warnings as errors."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND", "PYTEST_CURRENT_TEST"}
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, *WARNINGS, "-c", code]
    result = subprocess.run(
        command, env=clean | environment, capture_output=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_matplotlib_is_loaded_by_the_first_plot_not_by_the_import() -> None:
    code = """
        import sys, tinynet.plotting
        print("matplotlib" in sys.modules)
        tinynet.plotting.plot_probabilities([0.5, 0.5])
        print("matplotlib" in sys.modules)
    """
    assert run_python(code.replace("\n        ", "\n")).split() == ["False", "True"]


def test_on_a_machine_without_a_screen_many_plots_leave_nothing_behind() -> None:
    code = """
        import gc, weakref, matplotlib
        from tinynet.plotting.predictions import plot_probabilities
        figures = [weakref.ref(plot_probabilities([0.5, 0.5]).figure) for _ in range(25)]
        gc.collect()
        print(sum(figure() is not None for figure in figures))
        import matplotlib.pyplot as plt
        print(plt.get_fignums(), matplotlib.get_backend().lower())
    """
    assert run_python(code.replace("\n        ", "\n")).split() == ["0", "[]", "agg"]


def test_where_a_window_is_asked_for_but_there_is_no_screen_the_plot_is_a_file_like_any_other() -> (
    None
):
    code = """
        from tinynet.plotting.predictions import plot_probabilities
        plot_probabilities([0.5, 0.5]).figure.canvas.draw()
        import matplotlib.pyplot as plt
        print(plt.get_fignums())
    """
    assert run_python(code.replace("\n        ", "\n"), MPLBACKEND="tkagg").split() == ["[]"]


@pytest.mark.filterwarnings("default")  # Jupyter's own
def test_a_notebook_shows_the_plot_and_closes_the_figure() -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    sources = [
        "%matplotlib inline",
        "from tinynet.plotting import plot_history\naxes = plot_history({'loss': [2.0, 1.0]})",
        "import matplotlib.pyplot as plt\nprint(plt.get_fignums())",
    ]
    new_cell, new_notebook = nbformat.v4.new_code_cell, nbformat.v4.new_notebook
    cells = [new_cell(source) for source in sources]
    notebook = new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    _, plot, after = notebook.cells
    shown = [output for output in plot.outputs if output.output_type == "display_data"]
    assert ["image/png" in output.data for output in shown] == [True]
    assert after.outputs[0].text == "[]\n"
