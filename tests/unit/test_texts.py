"""The catalogues: complete in both languages, and in step with the code that speaks from them."""

from __future__ import annotations

import ast
import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter

import pytest

from mllab_helpers import texts
from mllab_helpers.errors import LabError
from mllab_helpers.housing.errors import OwnCsvUnusable

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("mllab_helpers", "notebooks/source")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.parent.name != "texts" or path.name == "__init__.py"
]
ES, EN = texts.catalogue("es"), texts.catalogue("en")

# The same words in both languages, or words that nobody translates.
SAME_IN_BOTH = {
    "storage.no",
    "deployment.endpoint",
    "plots.millions",
    "plots.rmse",
    "lab.notebook_04",
    "plots_api.gateway",
    "tables.kind_api",
    "tables.kind_bucket",
    "tables.kind_endpoint",
    "tables.kind_pipeline",
    "tables.rmse",
}


@dataclass
class Spoken:
    """What the sources ask the catalogues for."""

    keys: dict[str, str] = field(default_factory=dict)  # by key, where
    patterns: dict[str, str] = field(default_factory=dict)  # by regular expression of an f-string, where
    values: list[tuple[str, set[str], str]] = field(default_factory=list)  # key, names of values, where
    literals: set[str] = field(default_factory=set)  # every string constant: a key may travel in a variable


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def calls_of_say(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "say":
                yield node


def class_keys(tree: ast.AST) -> Iterator[str]:
    """Find `key = "..."` in the bodies of classes: the texts of errors."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
                value = getattr(line, "value", None)
                if isinstance(value, ast.Constant) and any(
                    isinstance(target, ast.Name) and target.id == "key" for target in targets
                ):
                    yield value.value


def pattern_of(text: ast.JoinedStr) -> str:
    parts = [
        re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z0-9_]+" for part in text.values
    ]
    return "".join(parts)


def read_sources() -> Spoken:
    spoken = Spoken()
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in calls_of_say(tree):
            where = f"{path.relative_to(ROOT)}:{call.lineno}"
            match call.args[0]:
                case ast.Constant(value=str(key)):
                    spoken.keys[key] = where
                    if all(keyword.arg for keyword in call.keywords):
                        spoken.values.append((key, {str(keyword.arg) for keyword in call.keywords}, where))
                case ast.JoinedStr() as text:
                    spoken.patterns[pattern_of(text)] = where
        spoken.keys |= {f"errors.{key}": str(path.relative_to(ROOT)) for key in class_keys(tree) if key}
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        spoken.literals |= {value for value in constants if isinstance(value, str)}
    return spoken


SPOKEN = read_sources()


def test_both_catalogues_hold_the_same_keys():
    assert sorted(set(ES) ^ set(EN)) == []


def test_no_key_is_written_twice_in_a_catalogue():
    for code in texts.LANGUAGES:
        tree = ast.parse((ROOT / "mllab_helpers" / "texts" / f"{code}.py").read_text(encoding="utf-8"))
        keys = [key.value for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys]
        assert sorted({key for key in keys if keys.count(key) > 1}) == [], code


def test_both_languages_fill_in_the_same_placeholders():
    assert {key: (ES[key], EN[key]) for key in ES if placeholders(ES[key]) != placeholders(EN[key])} == {}


def test_every_key_that_the_code_says_is_in_the_catalogue():
    assert {key: where for key, where in SPOKEN.keys.items() if key not in ES} == {}


def test_every_family_of_keys_that_the_code_builds_is_in_the_catalogue():
    lost = {
        pattern: where
        for pattern, where in SPOKEN.patterns.items()
        if not any(re.fullmatch(pattern, key) for key in ES)
    }
    assert lost == {}


def test_every_placeholder_gets_a_value_where_the_code_says_it():
    missing = [
        (where, key, placeholders(ES[key]) - values)
        for key, values, where in SPOKEN.values
        if key in ES and placeholders(ES[key]) - values
    ]
    assert missing == []


def test_every_text_is_said_somewhere():
    any_error = r"errors\.[a-z0-9_]+"  # LabError itself; its subclasses are looked up one by one
    families = [pattern for pattern in SPOKEN.patterns if pattern != any_error]
    silent = [
        key
        for key in ES
        if key not in SPOKEN.keys
        and key not in SPOKEN.literals
        and not any(re.fullmatch(pattern, key) for pattern in families)
    ]
    assert silent == []


def test_no_spanish_text_was_left_in_english():
    def words(text: str) -> str:
        return re.sub(r"\{[^}]*\}|\W|\d", "", text)

    same = {key for key in ES if words(ES[key]) and words(ES[key]) == words(EN[key])}
    assert same == SAME_IN_BOTH


def test_the_language_is_chosen_once_for_everything(monkeypatch):
    monkeypatch.setitem(texts._current, "language", "es")
    assert texts.say("plots.training") == "entrenamiento"
    texts.use("en")
    assert texts.language() == "en"
    assert texts.say("plots.training") == "training"


def test_a_language_without_a_catalogue_is_refused():
    with pytest.raises(ValueError, match="'fr' has no catalogue; choose one of es, en"):
        texts.use("fr")


def test_an_error_speaks_the_language_of_the_moment_and_keeps_its_facts(monkeypatch):
    monkeypatch.setitem(texts._current, "language", "es")
    error = OwnCsvUnusable(path="casas.csv", problem="falta la columna.")
    assert str(error) == "No se puede usar casas.csv: falta la columna."
    assert error.values == {"path": "casas.csv", "problem": "falta la columna."}
    assert isinstance(error, LabError)


def test_what_the_operating_system_refuses_is_said_in_the_learners_language():
    refused = OSError(errno.ENOSPC, "No space left on device")
    texts.use("es")
    assert texts.say_os_error(refused) == "no queda espacio en el disco"
    texts.use("en")
    assert texts.say_os_error(refused) == "no space is left on the disk"


def test_what_the_catalogue_has_no_words_for_stays_in_the_systems_own():
    assert texts.say_os_error(OSError(errno.EPIPE, "Broken pipe")) == "Broken pipe"
    assert texts.say_os_error(OSError("torn")) == "torn"
