"""The CSV that the built-in algorithm reads: written right, and refused before upload where it is not."""

from __future__ import annotations

import pandas as pd
import pytest

from mllab_helpers import texts
from mllab_helpers.housing.algorithm_csv import CsvShape, algorithm_csv, check_algorithm_csv
from mllab_helpers.housing.errors import CsvShapeError

GOOD = b"221900,3,1\n538000,,2.25\n"


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use(texts.DEFAULT_LANGUAGE)


def refusal(content: bytes, **options) -> CsvShapeError:
    with pytest.raises(CsvShapeError) as refused:
        check_algorithm_csv(content, **options)
    return refused.value


def test_the_label_comes_first_then_the_features_without_header_or_index():
    frame = pd.DataFrame({"grade": [7, 8], "price": [100.5, 200.0], "age": [None, 3.0]}, index=[5, 9])
    assert algorithm_csv(frame, ["age", "grade"]) == b"100.5,,7\n200,3,8\n"


@pytest.mark.parametrize(
    ("frame", "problem", "name"),
    [
        (pd.DataFrame({"price": [1.0], "age": [2.0]}), "absent_column", "grade"),
        (pd.DataFrame({"price": [1.0], "age": [2.0], "grade": ["good"]}), "text", "grade"),
        (pd.DataFrame({"price": [1.0], "age": [True], "grade": [1]}), "boolean", "age"),
        (pd.DataFrame({"price": [None], "age": [1.0], "grade": [1]}), "missing_label", "price"),
        (pd.DataFrame({"price": [], "age": [], "grade": []}), "no_rows", ""),
    ],
)
def test_a_table_that_cannot_be_written_is_refused_naming_the_column(frame, problem, name):
    with pytest.raises(CsvShapeError) as refused:
        algorithm_csv(frame, ["age", "grade"])
    assert (refused.value.values["problem"], refused.value.values["name"]) == (problem, name)


def test_a_good_file_passes_and_says_its_size(tmp_path):
    path = tmp_path / "train.csv"
    path.write_bytes(GOOD)
    assert check_algorithm_csv(path) == check_algorithm_csv(GOOD) == CsvShape(rows=2, columns=3)


@pytest.mark.parametrize(
    "content", [b"1e3,-2.5e-7\n", b" 1 , 2 \r\n3,4\r\n", b"1,2", b"1,\n2,\n", b"1,2,,\n"]
)
def test_numbers_as_programs_write_them_pass(content):
    assert check_algorithm_csv(content).rows >= 1


@pytest.mark.parametrize(
    ("content", "problem", "row", "column"),
    [
        (b"", "no_rows", 0, 0),
        (b"\n \n", "no_rows", 0, 0),
        (b"price,grade\n1,2\n", "header", 1, 0),
        (b'"price","grade"\n1,2\n', "header", 1, 0),
        (b"1,2\n3,seven\n", "text", 2, 2),
        (b"1,2\n3,$4\n", "text", 2, 2),
        (b"1,2\nNA,4\n", "text", 2, 1),
        (b"1,2\n3,nan\n", "text", 2, 2),
        (b"1,2\n3,inf\n", "text", 2, 2),
        (b"1,2\n3,1_000\n", "text", 2, 2),
        (b"1,True\n0,False\n", "boolean", 1, 2),
        (b"1,2\n3,false\n", "boolean", 2, 2),
        (b'1,2\n3,"4"\n', "text", 2, 2),
        (b"1,2\n3,1e999\n", "text", 2, 2),
        ("1,2\n3,\u0664\n".encode(), "text", 2, 2),
        (b"1,2\n,4\n", "missing_label", 2, 1),
        (b"1,2\n3\n", "ragged", 2, 0),
        (b"1,2\n3,4,5\n", "ragged", 2, 0),
        (b"1,2\n\n3,4\n", "ragged", 2, 0),
        (b"1;2;3\n", "one_column", 1, 0),
        (b"1\n2\n", "one_column", 1, 0),
        (b"\xff\xfe1,2\n", "text", 1, 1),
        (b"1,2\n3,\x00\n", "text", 2, 2),
    ],
)
def test_a_bad_file_is_refused_with_its_place(content, problem, row, column):
    values = refusal(content).values
    assert (values["problem"], values["row"], values["column"]) == (problem, row, column)


def test_the_message_says_where_what_and_what_to_do():
    error = refusal(b"1,2\n3,seven\n", columns=["price", "grade"])
    assert str(error) == (
        "The CSV is not in the shape that the algorithm reads (row 2, column 2, grade): “seven” is not a "
        "number. Turn the column into numbers or leave it out: the algorithm would read a 0 and not say so."
    )


def test_the_message_is_in_the_language_of_the_lab():
    texts.use("es")
    error = refusal(b"price,grade\n1,2\n")
    assert str(error).startswith(
        "El CSV no tiene la forma que lee el algoritmo (fila 1): la primera fila parece un encabezado, "
        "«price,grade». Escríbelo con header=False"
    )


def test_a_very_long_line_is_shortened_in_the_message():
    assert len(str(refusal(b"name," * 5000 + b"name\n"))) < 400


def test_one_bad_cell_among_many_rows_is_found():
    values = refusal(b"1,2,3\n" * 50_000 + b"1,2,x\n" + b"1,2,3\n" * 50_000).values
    assert (values["row"], values["column"]) == (50_001, 3)
