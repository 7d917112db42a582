"""The notebook: it runs, and the outputs that it is stored with are those of a whole run on MNIST.

`tools/make_example_outputs.py` makes them.
"""

import json
import re
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.support.examples import N_TEST, N_TRAIN

nbformat = pytest.importorskip("nbformat")

NOTEBOOK = ROOT / "examples" / "mnist.ipynb"


def read_notebook() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(notebook: Any) -> str:
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def pictures(notebook: Any) -> int:
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    return sum("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.filterwarnings("default")  # Jupyter's own
def test_notebook_runs_on_few_examples() -> None:
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = read_notebook()
    for cell in code_cells(notebook):
        cell.outputs = []
        cell.source = cell.source.replace("60000", str(N_TRAIN)).replace("10000", str(N_TEST))
    code_cells(notebook)[0].source += (
        "\n\nfrom tinynet.datasets import mnist, synthetic_digits\n"
        f"mnist.load_data = lambda: synthetic_digits.load_data({N_TRAIN}, {N_TEST})"
    )
    nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", coalesce_streams=True
    ).execute()
    text = printed(notebook)
    assert f"x_train ({N_TRAIN}, 28, 28) uint8" in text
    assert "Total params: 118,282" in text
    assert len(re.findall(r"^Epoch \d/3 - .* loss: .* accuracy: ", text, re.MULTILINE)) == 3
    assert float(re.findall(r"test accuracy (.*) %", text)[0]) > 40  # by chance it would be 10
    assert f"preds ({N_TEST}, 10)" in text
    assert pictures(notebook) == 4


def test_notebook_is_stored_after_a_whole_run_on_mnist() -> None:
    notebook = read_notebook()
    numbers = [cell.execution_count for cell in code_cells(notebook)]
    assert numbers == list(range(1, len(numbers) + 1))
    text = printed(notebook)
    assert "mean 33.318421449829934" in text
    assert "standard deviation 78.56748998339798" in text
    assert "x_train (60000, 28, 28) uint8" in text
    epochs = re.findall(
        r"^Epoch (\d/3) - \S+s - loss: (\S+) - accuracy: (\S+)$", text, re.MULTILINE
    )
    assert [epoch for epoch, _, _ in epochs] == ["1/3", "2/3", "3/3"]
    assert 0.13 <= float(epochs[-1][1]) <= 0.15
    assert float(epochs[-1][2]) > 0.955
    assert 95.5 <= float(re.findall(r"test accuracy (.*) %", text)[0]) <= 97.0
    assert pictures(notebook) == 4


def test_notebook_is_small_and_tells_nothing_of_the_machine_it_ran_on() -> None:
    assert NOTEBOOK.stat().st_size < 1_000_000
    notebook = read_notebook()
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
    assert "\r" not in printed(notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/png", None)  # base64 may hold any letters
    rest = json.dumps(notebook)
    assert (
        re.search(r"/(home|root|tmp|work|Users|usr|opt|mnt|var)/|[A-Z]:\\\\|https?://", rest)
        is None
    )
    assert all(not cell.metadata for cell in notebook.cells)


def test_notebook_imports_tinynet_alone_of_its_kind() -> None:
    """What a Keras notebook is once its imports are rewritten: no other framework is left in it."""
    source = "\n".join(cell.source for cell in code_cells(read_notebook()))
    modules = set(re.findall(r"^(?:from|import) ([a-z]+)", source, re.MULTILINE))
    assert modules == {"matplotlib", "numpy", "tinynet"}
