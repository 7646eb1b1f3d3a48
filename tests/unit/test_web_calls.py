"""Calling the API over HTTP, against a server of the test's own."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mllab_helpers import texts
from mllab_helpers.errors import TookTooLong
from mllab_helpers.notebook import checks
from mllab_helpers.web import web_calls
from mllab_helpers.web.errors import (
    ApiFailed,
    ApiKeyRefused,
    ApiUnreachable,
    HouseRefused,
    TooManyCalls,
    WrongApiPath,
)
from mllab_helpers.web.web_calls import Answer
from mllab_helpers.web.web_keys import ApiKey

PRICE = (200, '{"price_usd": 620431.26, "date": "2015-03-14"}')


@pytest.fixture
def server():
    """A server that answers what the test puts into `answers`, the last one again and again."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                asked.append((self.path, self.headers.get("x-api-key"), body))
                status, text = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.send_header("X-Lambda-Request-Id", "8f5c")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # as many as a burst may open before the first is accepted

    lock, asked, answers = threading.Lock(), [], [PRICE]
    running = Server(("127.0.0.1", 0), Handler)
    running.asked, running.answers = asked, answers
    running.url = f"http://127.0.0.1:{running.server_port}/prod/predict"
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def test_a_price_is_asked_with_the_key_in_its_header_and_the_house_as_json(server):
    assert web_calls.ask_price(server.url, {"bedrooms": 3}, key="secret") == 620431.26
    assert server.asked == [("/prod/predict", "secret", b'{"bedrooms": 3}')]


def test_an_answer_shows_its_status_and_text_and_knows_how_the_function_calls_it(server):
    answer = web_calls.post(server.url, "{}")
    assert repr(answer) == f"200 {PRICE[1]}"
    assert answer.request == "8f5c"
    assert answer.milliseconds > 0
    assert server.asked[0][1] is None


@pytest.mark.parametrize(
    ("status", "text", "error", "words"),
    [
        (403, '{"message":"Missing Authentication Token"}', WrongApiPath, "no credential is missing"),
        (403, '{"message":"Forbidden"}', ApiKeyRefused, "x-api-key"),
        (403, '{"message":null}', ApiKeyRefused, "x-api-key"),
        (429, '{"message":"Too Many Requests"}', TooManyCalls, "slower pace"),
        (429, '{"message":"Limit Exceeded"}', TooManyCalls, "Limit Exceeded"),
        (400, '{"message":"grade"}', HouseRefused, "grade"),
        (413, "<html>", HouseRefused, "<html>"),
        (500, '{"message": "Internal server error"}', ApiFailed, "Internal server error"),
        (502, "[]", ApiFailed, "502"),
        (504, '{"message": "Endpoint request timed out"}', ApiFailed, "timed out"),
    ],
)
def test_every_refusal_is_explained_by_its_own_error(server, status, text, error, words):
    texts.use("en")
    server.answers[:] = [(status, text)]
    with pytest.raises(error, match=words):
        web_calls.ask_price(server.url, {})


def test_an_address_where_nobody_answers_is_said_so():
    with pytest.raises(ApiUnreachable, match="ConnectionError"):
        web_calls.post("http://127.0.0.1:1/prod/predict", {})


def test_a_new_key_is_waited_for(lab, server, hand_clock):
    server.answers[:] = [(403, "{}"), (403, "{}"), (400, "{}")]
    web_calls.wait_until_live(lab, server.url, "k")
    assert hand_clock.slept == [5.0, 5.0]
    server.answers[:] = [(403, "{}")]
    with pytest.raises(TookTooLong):
        web_calls.wait_until_live(lab, server.url, "k")


def test_a_burst_counts_the_answers_by_status(server):
    server.answers[:] = [*[PRICE] * 7, (429, "{}")]
    assert web_calls.burst(server.url, {}, key="k", count=30) == {200: 7, 429: 23}


def test_a_key_is_written_for_its_owner_alone_and_never_shown(lab):
    key = ApiKey(name="mllab-ana-key", id="abc", value="s3cret" * 7)
    assert "s3cret" not in repr(key)
    assert "42" in repr(key)
    for _ in range(2):
        path = web_calls.save_key(lab, key)
        assert path.read_text() == f"export API_KEY={'s3cret' * 7}\n"
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("given", "answered", "words"),
    [
        ("URL", PRICE, "resuelto"),
        ("URL", (403, '{"message":"Missing Authentication Token"}'), "403 .*letra por letra"),
        (3, PRICE, "empiece por http"),
        (..., PRICE, "abierto"),
        ("http://127.0.0.1:1/", PRICE, "ApiUnreachable"),
    ],
)
def test_the_check_of_the_broken_address_asks_the_address(server, capsys, given, answered, words):
    server.answers[:] = [answered]
    checks.right_url({"bedrooms": 3}, "k", server.url if given == "URL" else given)
    assert re.search(words, capsys.readouterr().out)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (4.1166675, "resuelto"),
        (0.6166675, "API Gateway"),
        (420.37, "milisegundos"),
        (9, "No son 9.00 USD"),
        ("many", "ValueError"),
    ],
)
def test_the_check_of_a_million_requests_knows_the_usual_slips(capsys, given, words):
    checks.million_usd(50, 512, given)
    assert words in capsys.readouterr().out


def test_an_answer_that_is_no_json_is_its_own_message():
    assert Answer(502, "<html>").message == "<html>"
    assert Answer(400, json.dumps({"message": "no"})).message == "no"
