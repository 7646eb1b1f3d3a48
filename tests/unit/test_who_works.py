"""Whose lab a command is about, when its words do not say so."""

from __future__ import annotations

import pytest

from mllab_helpers.cleanup import cleanup
from mllab_helpers.errors import WhichRegion, WhichStudent
from mllab_helpers.lab.who_works import only_lab


@pytest.fixture
def notes(tmp_path):
    """Return a function that makes the directories in which a machine keeps what it knows about labs."""

    def make(*labs):
        return [tmp_path / f"123456789012-{lab}" for lab in labs]

    return make


def test_the_only_lab_is_meant_in_the_region_where_it_is(notes):
    assert only_lab(notes("eu-west-1-ana"), None, None) == ("ana", "eu-west-1")
    assert only_lab(notes("eu-west-1-ana", "us-east-1-luis"), "ana", None) == ("ana", "eu-west-1")
    assert only_lab(notes("eu-west-1-ana", "us-east-1-luis"), None, "us-east-1") == ("luis", "us-east-1")


def test_what_the_words_say_is_done_although_no_notes_are_there(notes):
    assert only_lab(notes("eu-west-1-ana"), "luis", "us-east-1") == ("luis", "us-east-1")
    assert only_lab(notes(), None, None) == (None, None)


def test_among_several_nobody_guesses(notes):
    with pytest.raises(WhichStudent, match="ana, luis"):
        only_lab(notes("us-east-1-ana", "us-east-1-luis"), None, None)
    with pytest.raises(WhichRegion, match="eu-west-1, us-east-1"):
        only_lab(notes("us-east-1-ana", "eu-west-1-ana"), "ana", None)


def test_on_aws_nobody_s_lab_is_deleted_unasked(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MLLAB_HOME", str(tmp_path))
    assert cleanup.run_cleanup("aws", None, None, "es") == 1
    assert "--student" in capsys.readouterr().err
