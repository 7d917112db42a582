"""The tour of the museum of bugs."""

from tests.conftest import ROOT, RunPython
from tinynet.museum import EXHIBITS, accuracies


def test_example_leads_through_the_museum(run_python: RunPython) -> None:
    program = (
        "import runpy, sys; sys.argv = sys.argv[1:]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    example = str(ROOT / "examples" / "bug_museum.py")
    tour = run_python(program, example)
    assert tour.returncode == 0, tour.stderr
    assert [line.split()[0] for line in tour.stdout.splitlines() if "%" in line] == list(EXHIBITS)
    fine = sum(figures["wrong"] > 0.9 for figures in accuracies().values())
    assert f"{fine} of {len(EXHIBITS)} networks" in tour.stdout
    one = run_python(program, example, "transposed_weights")
    for words in ("    dx = dy @ self.W\n", "pulp-trainlib/issues/3", "WRONG"):
        assert words in one.stdout
    none = run_python(program, example, "cubism")
    assert none.returncode != 0
    assert "There is no exhibit 'cubism'" in none.stderr
