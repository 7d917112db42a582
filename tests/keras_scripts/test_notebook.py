"""`python -m tinynet notebook.ipynb`: cells in order, magics understood, plots beside it."""

import json
import os
import re
from pathlib import Path

import pytest

from tests.keras_scripts.conftest import Command
from tests.support.systems import needs_posix
from tinynet.keras_scripts.notebook import translate_plainly


def write(path: Path, *cells: str, worksheets: bool = False) -> None:
    """Write a notebook, with a cell of text between two of code; `worksheets` is the old form."""
    key = "input" if worksheets else "source"
    code = [{"cell_type": "code", key: cell.splitlines(keepends=True)} for cell in cells]
    both = [part for cell in code for part in ({"cell_type": "markdown", "source": ["*"]}, cell)]
    content = {"worksheets": [{"cells": both}]} if worksheets else {"cells": both, "nbformat": 4}
    path.write_text(json.dumps(content), encoding="utf-8")


def test_cells_run_in_order_and_show_their_last_value(command: Command, tmp_path: Path) -> None:
    write(
        tmp_path / "n.ipynb",
        "import tensorflow as tf\nx = [1]",
        "x.append(2)\nx",
        "x;",
        "None",
        "for i in x:\n    print(i)",
        "y = 3; x[0] + y",
        "display(x)\nprint(__name__, '__file__' in globals())",
        "tf.keras.layers.Dense(3).units",
    )
    result = command("-m", "tinynet", "n.ipynb")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["[1, 2]", "1", "2", "4", "[1, 2]", "__main__ False", "3"]


MAGICS = """
%matplotlib inline
%config InlineBackend.figure_format = 'retina'
%load_ext autoreload
%autoreload 2
!pip install -q tensorflow
%pip install keras
files = !ls
here = %pwd
if True:
    !echo hidden
import numpy as np
print(files, 10 % 3, "% of 5", '''
%no magic
!no command
''')
"""
PLAIN = """
import sys
sys.modules["IPython"] = None
sys.argv = ["tinynet", *sys.argv[1:]]
from tinynet.keras_scripts.command import main
main()
"""


@pytest.fixture(params=["IPython", "plain"])
def notebook(request: pytest.FixtureRequest, command: Command) -> Command:
    """Run a notebook, with IPython and as if it weren't installed."""
    if request.param == "IPython":
        pytest.importorskip("IPython")
    start = ["-m", "tinynet"] if request.param == "IPython" else ["-c", PLAIN]
    return lambda *arguments: command(*start, *arguments)


def test_magics_are_understood_or_passed_over(notebook: Command, tmp_path: Path) -> None:
    write(
        tmp_path / "n.ipynb",
        MAGICS,
        "%%time\nx = 5\nprint(x)",
        "%time y = x + 1\ny",
        "%time y",
        "%timeit -n 1 -r 1 z = y + 1\nz",
        "%timeit -n 1 -r 1 'a value that is not shown'",
        "%%timeit -n 1 -r 1\n'nor this'",
        "%%bash\nrm -rf everything",
        "%%html\n<b>bold</b>",
        "%%capture\nprint('run all the same')",
        "%%capture --no-stderr out\nnothing = None",
        "print?",
        "?print",
    )
    result = notebook("n.ipynb")
    assert result.returncode == 0, result.stderr
    assert "[] 1 % of 5" in result.stdout
    assert result.stdout.endswith("\n5\n6\n6\n7\nrun all the same\n")
    for passed in ("!pip install -q tensorflow", "%pip install keras", "!ls", "%%bash", "%%html"):
        assert f"{passed}" in result.stderr, passed
    assert result.stderr.count("%pinfo print") == 2
    assert result.stderr.count("%%capture") == 1
    assert "skipped: the output that %%capture was to keep in out" in result.stderr
    assert "inline" not in result.stderr


def test_what_later_cells_need_takes_effect(notebook: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "table.csv").write_text("1,2", encoding="utf-8")
    (tmp_path / "script.py").write_text("import sys\nn = int(sys.argv[1])\nn", encoding="utf-8")
    write(tmp_path / "other.ipynb", "m = 4")
    write(
        tmp_path / "n.ipynb",
        "%%writefile helper.py\ndef double(x):\n    return 2 * x\n",
        "%%writefile -a helper.py\ndef treble(x):\n    return 3 * x\n",
        "from helper import *\ndouble(2) + treble(2)",
        "%run script.py 7\nn",
        "%run -i other.ipynb\nm",
        "%run missing.py",
        "%env COLOUR=red\n%env SIZE 5\nimport os\nos.environ['COLOUR'] + os.environ['SIZE']",
        "%env COLOUR",
        "%cd data\nopen('table.csv').read()",
        "here = %pwd\nos.path.basename(here)",
        "%cd missing",
        "%pylab inline\nplot([1, 2]); show()\nnp.ones(2).sum() + zeros(2).sum()",
    )
    result = notebook("n.ipynb")
    assert result.returncode == 0, result.stderr
    values = ["10", "7", "4", "'red5'", "'red'", "'1,2'", "'data'", "np.float64(2.0)"]
    assert result.stdout.splitlines() == values
    passed = [line for line in result.stderr.splitlines() if "skipped" in line]
    assert passed == ["skipped: %run missing.py", "skipped: %cd missing"]
    assert (tmp_path / "n_1.png").exists()


def test_cells_in_loose_forms_are_understood(notebook: Command, tmp_path: Path) -> None:
    write(
        tmp_path / "n.ipynb",
        "",
        "# a comment",
        "%%time\n",
        "    x = 3\n    if x:\n        x += 1\n    x",
        "  %matplotlib inline\n  y = 2\n  y",
        "!pip install \\\n    tensorflow \\\n    keras\nprint('continued')",
        "%matplotlib inline\nprint('''\n!no command\n%no magic\n''', [1\n % 2])",
    )
    result = notebook("n.ipynb")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "4\n2\ncontinued\n\n!no command\n%no magic\n [1]\n"
    assert re.search(r"!pip install +tensorflow +keras\n", result.stderr)


def test_a_package_of_colab_is_answered(command: Command, tmp_path: Path) -> None:
    guarded = "try:\n    import google.colab\nexcept ImportError:\n    print('not in Colab')"
    write(tmp_path / "n.ipynb", guarded, "from google.colab import files\nfiles.upload()")
    result = command("-m", "tinynet", "n.ipynb")
    assert (result.returncode, result.stdout) == (1, "not in Colab\n")
    assert result.stderr.splitlines()[-2].startswith("ModuleNotFoundError: No module named 'google")
    assert result.stderr.splitlines()[-1].startswith("google.colab exists only in Colab: leave it")


UNUSED = "from keras.models import Sequential\nfrom keras.layers import Dense, Conv2D"
CAUGHT = """
try:
    from keras.layers import LSTM
except ImportError:
    LSTM = "another"
"""


def test_an_import_that_no_cell_uses_stops_nothing(command: Command, tmp_path: Path) -> None:
    build = "model = Sequential([Dense(1, input_shape=(2,))])\nmodel.count_params()"
    write(tmp_path / "n.ipynb", UNUSED, build, CAUGHT, "LSTM", "Conv2D(32, 3)")
    result = command("-m", "tinynet", "n.ipynb")
    assert result.stdout == "3\n'another'\n", result.stderr
    assert result.stderr.splitlines()[-1].startswith("NotImplementedError: Conv2D is left out")


def test_an_import_that_no_cell_of_a_kernel_uses_stops_nothing(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("IPython")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    start = "import tinynet.keras_scripts\ntinynet.keras_scripts.install()"
    cells = (start, UNUSED, "Sequential([Dense(1, input_shape=(2,))]).count_params()")
    result = command(
        "-c",
        "from IPython.core.interactiveshell import InteractiveShell\n"
        f"for cell in {cells!r}:\n    InteractiveShell.instance().run_cell(cell)",
    )
    assert "3" in result.stdout.splitlines()[-1], result.stdout
    assert "Error" not in result.stdout


def test_plots_are_written_beside_it(command: Command, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    write(
        tmp_path / "folder" / "plots.ipynb",
        "%matplotlib inline\nfrom matplotlib import pyplot as plt",
        "for k in range(2):\n    plt.plot([k, 1])\n    plt.show()",
        "fig, ax = plt.subplots()\nax.plot([1, 2]);",
        "print(plt.get_fignums())",
    )
    result = command("-m", "tinynet", "folder/plots.ipynb")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "[]\n"
    found = sorted(path.name for path in (tmp_path / "folder").glob("*.png"))
    assert found == ["plots_1.png", "plots_2.png", "plots_3.png"]
    assert all((tmp_path / "folder" / name).read_bytes()[:4] == b"\x89PNG" for name in found)


def test_it_runs_in_its_own_folder(command: Command, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "data.csv").write_text("1,2", encoding="utf-8")
    draw = "from matplotlib import pyplot\npyplot.plot([1, 2])\nvalue = 9"
    (tmp_path / "folder" / "helper.py").write_text(draw, encoding="utf-8")
    write(
        tmp_path / "folder" / "n.ipynb",
        "import os, sys, helper\nprint(open('data.csv').read(), helper.value, sys.argv[1:])",
    )
    result = command("-m", "tinynet", "folder/n.ipynb", "a")
    assert result.stdout == "1,2 9 ['a']\n", result.stderr
    assert (tmp_path / "folder" / "n_1.png").exists(), "also what a module has plotted"


def test_an_error_names_cell_and_line(command: Command, tmp_path: Path) -> None:
    write(tmp_path / "n.ipynb", "x = 1", "y = 2\n\nx / 0\n", "print('never')")
    result = command("-m", "tinynet", "n.ipynb")
    assert (result.returncode, result.stdout) == (1, "")
    assert re.findall(r'File "(.*?)", line (\d+)', result.stderr) == [
        (f"{tmp_path / 'n.ipynb'}, cell 2", "3")
    ]
    assert "x / 0" in result.stderr


def test_a_cell_that_is_no_python_is_named(command: Command, tmp_path: Path) -> None:
    write(tmp_path / "n.ipynb", "x = = 1")
    result = command("-m", "tinynet", "n.ipynb")
    assert result.returncode == 1
    assert re.findall(r'File "(.*?)"', result.stderr) == [f"{tmp_path / 'n.ipynb'}, cell 1"]


@pytest.mark.parametrize("content", ["", "[]", "{}", "print(1)", '{"cells": [1]}'])
def test_what_isnt_a_notebook_is_refused(command: Command, tmp_path: Path, content: str) -> None:
    (tmp_path / "n.ipynb").write_text(content, encoding="utf-8")
    result = command("-m", "tinynet", "n.ipynb")
    assert result.returncode == 2
    assert "isn't a notebook" in result.stderr
    assert "Traceback" not in result.stderr


@needs_posix
def test_a_pipe_and_a_folder_hang_nobody(command: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    for name, kind in (("pipe", "a pipe, a socket or a device"), ("folder", "a folder")):
        result = command("-m", "tinynet", f"{name}.ipynb")
        assert result.returncode == 2
        assert f"Can't read {name}.ipynb: it is {kind}" in result.stderr
        assert "Traceback" not in result.stderr
    result = command("-m", "tinynet", "missing.ipynb")
    assert result.returncode == 2
    assert "Can't read missing.ipynb: No such file or directory" in result.stderr


def test_notebooks_of_the_old_form_run(command: Command, tmp_path: Path) -> None:
    write(tmp_path / "n.ipynb", "3 + 4", worksheets=True)
    assert command("-m", "tinynet", "n.ipynb").stdout == "7\n"


def test_plain_translation_leaves_python_alone() -> None:
    source = "x = 10 % 3\ny = '''\n%time\n'''\nz = not x != y"
    assert translate_plainly(source) == source


REFERENCE = Path(os.environ.get("TINYNET_DATA", ""), "mnist", "train-images-idx3-ubyte.gz")


@pytest.mark.skipif(not REFERENCE.is_file(), reason="TINYNET_DATA has no MNIST")
def test_the_reference_notebook_runs(command: Command, tmp_path: Path) -> None:
    """Unchanged, but for one epoch in place of three."""
    from tests.test_reference_workload import NOTEBOOK

    parts = re.split(r"\n\n(?=\S)", NOTEBOOK.strip().replace("epochs=3", "epochs=1"))
    write(tmp_path / "digits.ipynb", "%matplotlib inline", *parts)
    result = command("-m", "tinynet", "digits.ipynb")
    assert result.returncode == 0, result.stderr
    assert "Total params: 118,282" in result.stdout
    accuracy = re.search(r"Test set accuracy: ([\d.]+)", result.stdout)
    assert accuracy is not None
    assert 92.5 < float(accuracy[1]) < 95.5
    names = sorted(path.name for path in tmp_path.glob("*.png"))
    assert names == ["digits_1.png", "digits_2.png", "digits_3.png"]
