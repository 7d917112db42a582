"""The mutation run makes the mistakes it says, and the page on it is whole."""

import json

from tools import make_mutation, mutation
from tools.mutants import mutants

SOURCE = '''
def f(a: int, b=True, *, c=2):
    """Return 1 + 1."""
    if a < c and not b:
        raise ValueError(f"{a} is less than {c}.")
    a.x += g(a @ b.T, axis=1)
    return a
'''


def test_mutants_of_a_small_function() -> None:
    found = [(mutant.function, mutant.change) for mutant in mutants(SOURCE, "f.py")]
    head = "def f(a: int, b=True, *, c=2): → def f(a: int, {}):"
    condition = "if a < c and (not b): → if {}:"
    step = "a.x += g(a @ b.T, axis=1) → {}"
    assert sorted(found) == sorted(
        ("f", text)
        for text in (
            *(head.format(other) for other in ("b=False, *, c=2", "b=True, *, c=3")),
            head.format("b=True, *, c=1"),
            *(condition.format(other) for other in ("a < c or not b", "a < c", "not b")),
            *(condition.format(f"a {other} c and (not b)") for other in ("<=", ">=")),
            condition.format("a < c and b"),
            condition.format("not (a < c and (not b))"),
            "raise ValueError(f'{a} is less than {c}.') → (nothing)",
            *(step.format(other) for other in ("(nothing)", "a.x = g(a @ b.T, axis=1)")),
            *(step.format(f"a.x {other} g(a @ b.T, axis=1)") for other in ("-=",)),
            *(step.format(f"a.x += g({other})") for other in ("a @ b.T", "b.T @ a, axis=1")),
            *(step.format(f"a.x += g({other})") for other in ("a @ b, axis=1", "a @ b.T, axis=2")),
            step.format("a.x += g(a @ b.T, axis=0)"),
            "return a → return None",
        )
    )


def test_a_decorated_function_is_shown_by_its_first_line() -> None:
    source = "class A:\n    @known\n    @kept(1)\n    def f(self, b=1):\n        return b\n"
    changes = {mutant.change for mutant in mutants(source, "f.py")}
    assert "def f(self, b=1): → def f(self, b=2):" in changes
    assert not any("@" in change for change in changes)


def test_equal_arguments_are_not_swapped() -> None:
    changes = [mutant.change for mutant in mutants("def f(n):\n    g(n, n)\n", "f.py")]
    assert changes == ["g(n, n) → (nothing)"]


def test_default_of_an_argument_that_isnt_read_is_left_alone() -> None:
    source = "def f(a, b=1, *, c=2):\n    return a + c\n"
    changes = [mutant.change for mutant in mutants(source, "f.py")]
    assert any("c=3" in change for change in changes)
    assert not any("b=2" in change for change in changes)


def test_mutants_differ_in_what_they_compute() -> None:
    values = set()
    for mutant in mutants("def f(a):\n    return a - 1\n", "f.py"):
        variables: dict[str, object] = {}
        exec(mutant.code, variables)
        values.add(variables["f"](10))  # type: ignore[operator]
    assert values == {11, 8, 10, None}


def test_page_is_what_the_program_writes() -> None:
    assert make_mutation.PAGE.read_text(encoding="utf-8") == make_mutation.page()


def test_every_survivor_has_a_reason() -> None:
    results = json.loads(make_mutation.MUTATION.read_text(encoding="utf-8"))
    assert set(results) <= set(mutation.modules())
    for functions in results.values():
        for name, figures in functions.items():
            assert figures["mutants"] > 0, name
            for change, reason in figures["survivors"].items():
                assert len(reason) > 20, change
