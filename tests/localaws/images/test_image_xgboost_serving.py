"""Algorithm mode serving of the XGBoost image, over HTTP on a Unix socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xgboost
from image_containers import Container, Server, as_csv, table

ROW = "0.5,-1,2.25,0"


@pytest.fixture(scope="module")
def server(trained: Container) -> Iterator[Server]:
    with trained.served() as server:
        yield server


@pytest.fixture(scope="module")
def booster(trained: Container) -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(bytearray((trained.root / "model" / "xgboost-model").read_bytes()))
    return booster


def predicted(booster: xgboost.Booster, rows: list[list[float]]) -> list[float]:
    return booster.predict(xgboost.DMatrix(np.array(rows, dtype=float)), validate_features=False).tolist()


@pytest.mark.parametrize("count", [1, 2, 16, 17, 500])
def test_predictions_are_bit_equal_to_the_boosters_own(
    server: Server, booster: xgboost.Booster, count: int
) -> None:
    rows = table(count, seed=count)[:, 1:]

    reply = server.invoke(as_csv(rows))

    assert reply.status == 200
    assert reply.content_type == "text/csv; charset=utf-8"
    assert reply.text == "".join(f"{value}\n" for value in predicted(booster, rows.tolist()))


def test_concurrent_requests_each_get_their_own_answer(server: Server, booster: xgboost.Booster) -> None:
    rows = table(200, seed=7)[:, 1:]

    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda row: server.invoke(as_csv(row[None])).text, rows))

    assert [float(reply) for reply in replies] == predicted(booster, rows.tolist())


def test_a_bad_row_among_concurrent_ones_fails_alone(server: Server) -> None:
    bodies = [ROW, "1,2,3,4,5,6", ROW, "1,2,inf,4"] * 20

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda body: server.invoke(body).status, bodies))

    assert statuses == [200, 400, 200, 415] * 20


@pytest.mark.parametrize(
    ("body", "row"),
    [
        (ROW, [0.5, -1, 2.25, 0]),
        (f"{ROW}\n", [0.5, -1, 2.25, 0]),
        (f" {ROW}\r\n", [0.5, -1, 2.25, 0]),
        ("0.5;-1;2.25;0", [0.5, -1, 2.25, 0]),
        ("0.5\t-1\t2.25\t0", [0.5, -1, 2.25, 0]),
        ("0.5, -1, 2.25, 0", [0.5, -1, 2.25, 0]),
        ("0.5,,2.25,0", [0.5, np.nan, 2.25, 0]),
        (",-1,2.25,", [np.nan, -1, 2.25, np.nan]),
        ("0.5,nan,2.25,0", [0.5, np.nan, 2.25, 0]),
        ("5e-1,-1,+2.25,.0", [0.5, -1, 2.25, 0]),
        ("007,-1,2.25,0", [7, -1, 2.25, 0]),
        ("0.5,-1", [0.5, -1, np.nan, np.nan]),
    ],
)
def test_a_body_is_read_as_the_container_reads_it(
    server: Server, booster: xgboost.Booster, body: str, row: list[float]
) -> None:
    reply = server.invoke(body)

    assert (reply.status, reply.text) == (200, f"{predicted(booster, [row])[0]}\n")


def test_windows_line_ends_and_empty_cells_work_in_many_rows(
    server: Server, booster: xgboost.Booster
) -> None:
    rows = table(30)[:, 1:]
    rows[3, 1] = np.nan

    reply = server.invoke(as_csv(rows).replace("nan", "").replace("\n", "\r\n"))

    assert [float(line) for line in reply.text.splitlines()] == predicted(booster, rows.tolist())


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/json", "application/json"),
        ("*/*", "text/csv; charset=utf-8"),
        ("text/csv;q=1", "text/csv; charset=utf-8"),
    ],
)
def test_the_reply_has_the_format_asked_for(
    server: Server, booster: xgboost.Booster, accept: str, content_type: str
) -> None:
    value = predicted(booster, [[0.5, -1, 2.25, 0]])[0]

    reply = server.invoke(ROW, accept=accept)

    assert reply.content_type == content_type
    expected = json.dumps({"predictions": [{"score": value}]}) if "json" in accept else f"{value}\n"
    assert reply.text == expected


ACCEPTED = (
    "is not an accepted ContentType: csv, libsvm, parquet, recordio-protobuf, text/csv, text/libsvm, "
    "text/x-libsvm, application/x-parquet, application/x-recordio-protobuf."
)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "message"),
    [
        ("", "text/csv", 204, ""),
        ("", "application/json", 204, ""),
        ('{"instances": []}', "application/json", 415, f"application/json {ACCEPTED}"),
        (ROW, "application/octet-stream", 415, f"application/octet-stream {ACCEPTED}"),
        (ROW, "application/x-parquet", 415, "Content-type application/x-parquet is not supported."),
        (ROW, None, 415, "no Content-Type, which means libsvm"),
        ("1 1:2", "text/libsvm", 415, "not part of the local AWS yet (docs/local-aws.md)"),
        (ROW, "text/csv; label_size=2", 415, "Optional parameter label_size must be equal to 1"),
        (
            "1,two,3,4",
            "text/csv",
            415,
            "Loading csv data failed with Exception, please ensure data is in csv format:\n"
            " <class 'ValueError'>\n could not convert string to float: 'two'",
        ),
        ("1,2,3,4\n1,2", "text/csv", 415, "Loading csv data failed with Exception"),
        ("1,2,3,4\n\n1,2,3,4", "text/csv", 415, "Loading csv data failed with Exception"),
        ("1,2,1e999,4", "text/csv", 415, "Loading csv data failed with Exception"),
        (b"\xff\xfe,1", "text/csv", 415, "Loading csv data failed with Exception"),
        (
            "1,2,3,4,5,6",
            "text/csv",
            400,
            "Unable to evaluate payload provided: ",
        ),
        ("1,2,3,4,5,6", "text/csv", 400, "(4 vs. 6) : Number of columns does not match number of features"),
    ],
)
def test_a_refused_request_says_why(
    server: Server, body: str | bytes, content_type: str | None, status: int, message: str
) -> None:
    reply = server.invoke(body, content_type)

    assert reply.status == status
    assert message in reply.text


@pytest.mark.parametrize(
    ("content_type", "accept"),
    [("csv", None), ("TEXT/CSV; charset=utf-8", None), ("text/csv;label_size=1", "")],
)
def test_spellings_of_the_csv_type_are_accepted(
    server: Server, content_type: str, accept: str | None
) -> None:
    assert server.invoke(ROW, content_type, accept).status == 200


@pytest.mark.parametrize(
    ("accept", "status", "message"),
    [
        (
            "application/x-npy",
            406,
            "Accept type application/x-npy is not supported. Please use supported accept types: "
            "['application/json', 'application/jsonlines', 'application/x-recordio-protobuf', 'text/csv'].",
        ),
        ("application/jsonlines", 500, "Internal Server Error"),
    ],
)
def test_an_accept_type_is_looked_at_last(server: Server, accept: str, status: int, message: str) -> None:
    reply = server.invoke(ROW, accept=accept)

    assert reply.status == status
    assert message in reply.text
    assert server.invoke("1,2,3,4,5,6", accept=accept).status == 400


def test_other_routes_answer_as_the_containers_nginx(server: Server) -> None:
    parameters = server.request("GET", "/execution-parameters")
    unknown = server.request("GET", "/models")

    assert server.request("GET", "/ping").text == ""
    assert set(json.loads(parameters.text)) == {"MaxConcurrentTransforms", "BatchStrategy", "MaxPayloadInMB"}
    assert (unknown.status, unknown.text, unknown.content_type) == (404, "{}", "application/json")
    assert server.request("GET", "/invocations").status == 405


def test_a_body_above_the_limit_is_answered_413(trained: Container) -> None:
    small = Container(trained.root, environment={"MAX_CONTENT_LENGTH": "1000"})

    with small.served() as server:
        assert server.invoke(",".join(["1"] * 4)).status == 200
        assert server.invoke("1," * 500).status == 400
        assert server.invoke("1," * 501).status == 413
        assert server.invoke("1," * 3_000_000).status == 413
        assert server.invoke(ROW).status == 200


@pytest.mark.parametrize(
    ("tag", "joined"),
    [("1.0-1", True), ("1.3-1", True), ("latest", True), ("1.5-1", False), ("3.2-0", False)],
)
def test_records_are_separated_as_the_tag_separates_them(trained: Container, tag: str, joined: bool) -> None:
    image = Container(trained.root, environment={"SAGEMAKER_IMAGE_TAG": tag})

    with image.served() as server:
        text = server.invoke(f"{ROW}\n{ROW}").text

    assert f"asked for image tag {tag}" in server.log
    value = text.replace("\n", ",").split(",")[0]
    assert text == (f"{value},{value}" if joined else f"{value}\n{value}\n")


def test_the_access_log_has_a_line_per_request_and_none_for_pings(trained: Container) -> None:
    with trained.served() as server:
        server.invoke(ROW)
        server.invoke("{}", "application/json")
        server.ping()
        server.request("GET", "/models%0A127.0.0.1%20forged")
    lines = [line for line in server.log.splitlines() if "HTTP/1.1" in line]

    assert len(lines) == 3
    assert '"POST /invocations HTTP/1.1" 200 ' in lines[0]
    assert '"POST /invocations HTTP/1.1" 415 ' in lines[1]
    assert '"GET /models%0A127.0.0.1%20forged HTTP/1.1" 404 ' in lines[2]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "No valid models found in "),
        (
            {"xgboost-model": b"\x80\x04K\x01."},
            "A pickled model ('xgboost-model'; write it with Booster.save_model",
        ),
        ({"xgboost-model": b"house prices"}, "'xgboost-model' is not a model that XGBoost can read"),
        ({"a": b"{}", "b": b"{}"}, "Serving several model files together (a, b) works on AWS"),
    ],
)
def test_without_a_model_ping_fails_and_says_why(
    container: Container, files: dict[str, bytes], message: str
) -> None:
    (container.root / "model").mkdir(parents=True)
    for name, content in files.items():
        container.put(f"model/{name}", content)

    with container.served(ready=500) as server:
        reply = server.invoke(ROW)

    assert reply.status == 500
    assert reply.text.startswith("Unable to load model: ")
    assert message in reply.text
    assert message in server.log


def save(container: Container, parameters: dict[str, object], rounds: int = 5) -> xgboost.Booster:
    numbers = table(200)
    classes = np.digitize(numbers[:, 0], [-2, 2])
    data = xgboost.DMatrix(numbers[:, 1:], label=classes)
    booster = xgboost.train({"nthread": 1, **parameters}, data, rounds)
    container.put("model/xgboost-model", bytes(booster.save_raw("ubj")))
    return booster


@pytest.mark.parametrize("booster_kind", ["gblinear", "dart", "gbtree"])
def test_every_kind_of_booster_is_served(container: Container, booster_kind: str) -> None:
    booster = save(container, {"booster": booster_kind})
    rows = table(20, seed=3)[:, 1:]

    with container.served() as server:
        reply = server.invoke(as_csv(rows))

    assert [float(line) for line in reply.text.splitlines()] == predicted(booster, rows.tolist())


def test_class_probabilities_are_one_record_of_several_columns(container: Container) -> None:
    booster = save(container, {"objective": "multi:softprob", "num_class": 3})
    rows = table(3, seed=3)[:, 1:]
    expected = booster.predict(xgboost.DMatrix(rows)).tolist()

    with container.served() as server:
        csv = server.invoke(as_csv(rows)).text
        answer = json.loads(server.invoke(as_csv(rows), accept="application/json").text)

    assert [[float(value) for value in line.split(",")] for line in csv.splitlines()] == expected
    assert answer == {"predictions": [{"score": row} for row in expected]}
