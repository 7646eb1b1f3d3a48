"""Who is in a class: everything that is wrong is said at once, before anything is made."""

from __future__ import annotations

import pytest

from mllab_helpers.classroom.class_names import class_names
from mllab_helpers.classroom.errors import NoClassFile, NoStudents, WrongClassNames


def refusal(typed="", file=None):
    with pytest.raises(WrongClassNames) as raised:
        class_names(typed, file)
    return str(raised.value)


def test_names_are_typed_with_commas():
    assert class_names("ana, luis,,marta ", None) == ["ana", "luis", "marta"]


def test_every_wrong_name_is_reported_with_one_that_would_do():
    said = refusal("Luis,ana,María José,x_y,supercalifragil")
    for wrong, better in (
        ("Luis", "luis"),
        ("María José", "mariajose"),
        ("x_y", "xy"),
        ("supercalifragil", "supercalifra"),
    ):
        assert f"{wrong!r}: por ejemplo {better!r}" in said
    assert "'ana'" not in said


def test_a_name_that_is_there_twice_is_reported():
    assert "'ana': está dos veces" in refusal("ana,luis,ana")


def test_two_names_that_would_become_one_get_two_suggestions():
    said = refusal("ana,Ana,ANA,José,jose,mmmmmmmmmmmm,MMMMMMMMMMMM")
    for wrong, better in (
        ("Ana", "ana2"),
        ("ANA", "ana3"),
        ("José", "jose2"),
        ("MMMMMMMMMMMM", "mmmmmmmmmmm2"),
    ):
        assert f"{wrong!r}: por ejemplo {better!r}" in said


@pytest.mark.parametrize("typed", ["", " , ,", ";"])
def test_a_class_without_names_is_refused(typed):
    with pytest.raises(NoStudents):
        class_names(typed, None)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"ana\n\n# those of the evening\nluis\r\nmarta, eva\n"),
        ("a.csv", b"ana,Ana P.,7\nluis,Luis\nmarta\neva\n"),
        ("a.csv", '\ufeffEstudiante;Grupo\nana;Sí\nluis;2\n\nmarta;3\n"eva";4\n'.encode()),
        ("a.csv", "nombre;ciudad\nana;Málaga\nluis;Cádiz\nmarta;\neva;\n".encode("cp1252")),
    ],
)
def test_a_file_has_one_name_per_line_and_of_a_table_the_first_column_counts(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)
    assert class_names("", file) == ["ana", "luis", "marta", "eva"]


def test_names_that_are_typed_and_those_of_a_file_make_one_class(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("luis\n")
    assert class_names("ana", file) == ["ana", "luis"]
    assert "'luis': está dos veces" in refusal("luis", file)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for file in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(NoClassFile, match=str(file)):
            class_names("", file)
