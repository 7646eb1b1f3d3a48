"""Parts of a notebook: only those that the parameter names are executed."""

from __future__ import annotations

import pytest
from IPython.testing.globalipapp import start_ipython

from mllab_helpers.notebook.parts import UnknownPart, check_parts


@pytest.fixture
def shell():
    shell = start_ipython() or get_ipython()  # noqa: F821  IPython puts it there once it has started
    shell.run_cell("from mllab_helpers.notebook.parts import begin_part, end_parts\nseen = []")
    yield shell
    shell.run_cell("end_parts()")


def run(shell, parts):
    for part in "abc":
        shell.run_cell(f'begin_part("{part}", {parts!r})')
        shell.run_cell(f"seen.append('{part}')")
        shell.run_cell(f"1 / 0 if {part!r} not in {parts!r} else None")
    shell.run_cell("end_parts()")
    shell.run_cell("seen.append('end')")
    return shell.user_ns["seen"]


@pytest.mark.parametrize(("parts", "seen"), [("abc", "abc"), ("b", "b"), ("ac", "ac")])
def test_only_the_named_parts_are_executed_and_what_follows_them_always(shell, parts, seen):
    assert run(shell, parts) == [*seen, "end"]


def test_a_skipped_part_says_so(shell, capsys):
    run(shell, "b")
    assert "Parte a" in capsys.readouterr().out


@pytest.mark.parametrize("parts", ["", "d", "abd"])
def test_letters_without_a_part_are_refused(parts):
    with pytest.raises(UnknownPart, match="a, b, c"):
        check_parts(parts, "abc")
