"""The parameters of a notebook: what its tagged cell declares, and what a run may give it.

A parameters cell holds lines of the form `max_depth: int = 6` and nothing else. papermill writes the values
of a run into a cell of its own after it, whatever their names and types, and only warns; so the notebook
itself refuses what it did not declare, when it opens the lab.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from mllab_helpers.errors import LabError
from mllab_helpers.texts import say

KINDS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
Value = str | int | float | bool

# papermill's Python translator starts the cell that it injects with this comment (papermill/parameterize.py).
_INJECTED_BY_PAPERMILL = "# Parameters"
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


class WrongParameter(LabError):
    """A run gave a notebook a parameter that it does not have, or a value of another type."""

    key: ClassVar[str] = "wrong_parameter"


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: its name, its type's name (a key of `KINDS`) and its default."""

    name: str
    kind: str
    default: Value


def declared_parameters(source: str) -> dict[str, Parameter]:
    """Read the declarations of a parameters cell.

    Raises: ValueError: a line is no `name: type = value` with a type of `KINDS` and a value of that type.
    """
    declared: dict[str, Parameter] = {}
    for statement in ast.parse(source).body:
        line = ast.unparse(statement)
        match statement:
            case ast.AnnAssign(
                target=ast.Name(id=name), annotation=ast.Name(id=kind), value=ast.expr() as value
            ):
                default = ast.literal_eval(value)
            case _:
                raise ValueError(f"parameters cell: {line!r} is not of the form `name: type = value`")
        if kind not in KINDS or not _fits(default, kind):
            raise ValueError(
                f"parameters cell: {line!r}: the type is one of {', '.join(KINDS)}, the value of that type"
            )
        declared[name] = Parameter(name, kind, default)
    return declared


def convert(parameter: Parameter, text: str) -> Value:
    """Turn what was typed on a command line into a parameter's value.

    Raises: WrongParameter: the text is no value of the parameter's type.
    """
    try:
        if parameter.kind == "bool":
            return _TRUTHS[text.strip().lower()]
        value: Value = KINDS[parameter.kind](text)
    except (ValueError, KeyError):
        problem = _wrong_type(parameter.name, parameter.kind, text)
        raise WrongParameter(problems=problem, known=_list_known({parameter.name: parameter.kind})) from None
    return value


def refuse_unknown(names: Mapping[str, object], declared: Mapping[str, Parameter]) -> None:
    """Refuse names that no parameters cell declares.

    Raises: WrongParameter: naming them all, with the list of known ones.
    """
    unknown = [say("runner.unknown_parameter", name=name) for name in names if name not in declared]
    if unknown:
        known = {name: parameter.kind for name, parameter in declared.items()}
        raise WrongParameter(problems="\n".join(unknown), known=_list_known(known))


def check_parameters(namespace: Mapping[str, Any] | None = None) -> None:
    """Refuse parameters that this notebook did not declare, or whose values have another type.

    Called when the lab is opened, right below the parameters. Outside a notebook there is nothing to check.

    Args: namespace: the notebook's variables; those of the running kernel by default.
    Raises: WrongParameter: naming every wrong parameter, with the list of known ones and their types.
    """
    namespace = _kernel_namespace() if namespace is None else namespace
    declared = _declared_kinds(namespace)
    injected = _injected_names(namespace.get("In", ()))
    problems = [say("runner.unknown_parameter", name=name) for name in injected if name not in declared]
    problems += [
        _wrong_type(name, kind, namespace[name])
        for name, kind in declared.items()
        if name in namespace and not _fits(namespace[name], kind)
    ]
    if problems:
        raise WrongParameter(problems="\n".join(problems), known=_list_known(declared))


def _kernel_namespace() -> Mapping[str, Any]:
    if "IPython" not in sys.modules:
        return {}
    from IPython import get_ipython

    shell = get_ipython()
    return {} if shell is None else dict(shell.user_ns)


def _declared_kinds(namespace: Mapping[str, Any]) -> dict[str, str]:
    annotations: Mapping[str, Any] = namespace.get("__annotations__", {})
    kinds = {
        name: kind if isinstance(kind, str) else getattr(kind, "__name__", "")
        for name, kind in annotations.items()
    }
    return {name: kind for name, kind in kinds.items() if kind in KINDS}


def _injected_names(executed_cells: Any) -> list[str]:
    for source in executed_cells:
        if source.startswith(_INJECTED_BY_PAPERMILL):
            try:
                cell = ast.parse(source)
            except SyntaxError:  # a learner's own cell that begins alike, with a magic in it
                continue
            assignments = [node for node in cell.body if isinstance(node, ast.Assign)]
            return [
                target.id for node in assignments for target in node.targets if isinstance(target, ast.Name)
            ]
    return []


def _fits(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    return isinstance(value, (int, float) if kind == "float" else KINDS[kind])


def _wrong_type(name: str, kind: str, value: object) -> str:
    problem = say("runner.wrong_type", name=name, wanted=_kind_in_words(kind), value=repr(value))
    if kind == "str":
        # papermill's -p turns 7 into a number before the notebook sees it; -r leaves it as typed.
        problem += say("runner.wrong_type_text_hint", name=name, value=value)
    return problem


def _list_known(kinds: Mapping[str, str]) -> str:
    return "\n".join(f"  {name}: {_kind_in_words(kind)}" for name, kind in kinds.items())


def _kind_in_words(kind: str) -> str:
    return {
        "str": say("runner.kind_str"),
        "int": say("runner.kind_int"),
        "float": say("runner.kind_float"),
        "bool": say("runner.kind_bool"),
    }[kind]
