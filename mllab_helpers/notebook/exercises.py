"""Self-checks of exercises: still open, solved, or what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mllab_helpers.notebook.headline import show_marked
from mllab_helpers.texts import say


def check_exercise(name: str, answer: object, find_problem: Callable[[Any], str]) -> None:
    """Tell a learner how an exercise stands; never raises, so that a headless run goes on.

    The state, "open", "wrong" or "solved", is also kept in the output's metadata, where tests read it.

    Args:
        name: of the exercise, e.g. "2.1".
        answer: what the learner's cell left behind; `...` as long as nothing was filled in.
        find_problem: returns what is wrong with an answer, in the learner's language, or an empty text.
    """
    if answer is ...:
        state, text = "open", say("exercises.open", name=name)
    elif problem := _problem_of(answer, find_problem):
        state, text = "wrong", say("exercises.wrong", name=name, problem=problem)
    else:
        state, text = "solved", say("exercises.solved", name=name)
    show_marked(text, {"exercise": state})


def _problem_of(answer: object, find_problem: Callable[[Any], str]) -> str:
    try:
        return find_problem(answer)
    except Exception as error:
        # The answer may be anything at all; whatever it breaks is what is wrong with it.
        return say("exercises.broke", error=f"{type(error).__name__}: {error}")
