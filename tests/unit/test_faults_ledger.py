"""A ledger or a state that was damaged: the lab goes on, and clean-up is complete all the same."""

from __future__ import annotations

import pytest

from mllab_helpers import storage
from mllab_helpers.cleanup import cleanup
from mllab_helpers.errors import NotesUnwritable, OutOfOrder
from mllab_helpers.lab import ledger
from mllab_helpers.lab.lab import LEDGER_FILE
from mllab_helpers.lifecycle import lifecycle

GARBAGE = bytes(range(256)) * 40


def cut_in_half(path):
    path.write_bytes(path.read_bytes()[:-20])


def replace_by_directory(path):
    """Make it unwritable for everybody; a mode of 0400 would not stop root."""
    path.unlink()
    path.mkdir()


DAMAGES = {
    "half a line": cut_in_half,
    "empty": lambda path: path.write_bytes(b""),
    "deleted": lambda path: path.unlink(),
    "binary garbage": lambda path: path.write_bytes(GARBAGE),
    "garbage at the end": lambda path: path.write_bytes(path.read_bytes() + GARBAGE),
    "lines of something else": lambda path: path.write_text('null\n[]\n7\n"word"\n{"at": 1}\n\n'),
    "wrong types": lambda path: path.write_text(
        '{"at": null, "event": "creating", "incarnation": "", "kind": [], "name": {}}\n'
        '{"at": NaN, "event": "creating", "incarnation": ""}\n'
    ),
    "nested without end": lambda path: path.write_text("[" * 200_000),
    "unwritable": replace_by_directory,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_ledger_is_read_as_far_as_it_goes_and_written_on(lab, damage, capsys):
    lab.note_creating("bucket", "before")
    path = lab.folder / LEDGER_FILE
    damage(path)
    lab.note_creating("topic", "after")
    lab.note_creating("queue", "last")
    known = [entry.name for entry in lab.ledger()]
    said = capsys.readouterr().out
    if path.is_dir():
        assert known == []
        assert said.count(f"No se puede escribir en {path}") == 1
    else:
        assert known[-2:] == ["after", "last"]
        assert said == ""


def test_a_ledger_of_something_else_holds_nothing(tmp_path):
    path = tmp_path / "ledger"
    path.write_bytes(GARBAGE)
    assert ledger.read(path, "") == []


@pytest.mark.parametrize("name", ["deleted", "binary garbage", "unwritable"])
def test_the_lab_goes_on_and_clean_up_is_complete_whatever_became_of_the_ledger(real_lab, name):
    storage.ensure_bucket(real_lab)
    DAMAGES[name](real_lab.folder / LEDGER_FILE)
    lifecycle.ensure_package_group(real_lab, real_lab.name("houses"))
    assert list(cleanup.sweep(real_lab)["kind"]) == ["model-package-group", "bucket"]
    assert cleanup.inventory(real_lab).empty
    built = {item.kind for item in cleanup.receipt(real_lab).built}
    assert built == (set() if name == "unwritable" else {"model-package-group", "bucket"})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"finished": [], "incarnation": ""}',
        '{"finished": {"data": 3}}',
        "[" * 200_000,
    ],
)
def test_a_damaged_state_is_as_none(lab, content):
    lab.folder.mkdir(parents=True)
    (lab.folder / "state.json").write_text(content)
    with pytest.raises(OutOfOrder):
        lab.recall("data")
    lab.remember("training", {"job": "j"})
    assert lab.recall("training") == {"job": "j"}


def test_notes_that_cannot_be_written_are_an_error_that_says_where(lab):
    lab.folder.parent.mkdir(parents=True, exist_ok=True)
    lab.folder.write_text("a file where the folder should be")
    with pytest.raises(NotesUnwritable, match=str(lab.folder)):
        lab.remember("training", {"job": "j"})
