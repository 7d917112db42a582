"""The README states how many lines of code there are to read, and the number is correct."""

from tests.conftest import ROOT
from tools.count_lines import code_lines, file_of, sentence, with_imports


def test_counter_counts_code_alone() -> None:
    source = '''"""Doc."""

# why
x = (
    1
)


def f():
    """Doc
    doc."""
    return x  # y
'''
    assert code_lines(source) == 5


def test_what_a_file_imports_is_counted_with_it() -> None:
    dense = file_of("layers.dense")
    assert dense is not None
    names = {file.stem for file in with_imports({dense})}
    assert {"dense", "base", "activations", "checks", "fast_paths"} <= names
    assert "models" not in names


def test_readme_says_how_much_there_is_to_read() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert sentence() in " ".join(readme.split())
