"""Writes over kept connections: used again, opened anew where the server closed them, and every answer in our words."""

import gzip
import select
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from contracts.errors import GiveUp, Retry
from store.influx.server import InfluxAddress, Refused, Server


class Answers(ThreadingHTTPServer):
    """Answers `status` with `body` and `headers`; closes after an answer where `closes` says so."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.headers, self.closes = 204, b"", dict[str, str](), False
        self.asked: list[tuple[str, str, bytes]] = []
        self.connections = 0

    def finish_request(self, request: object, client_address: object) -> None:
        self.connections += 1
        super().finish_request(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Answers

    def do_POST(self) -> None:
        told = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told.asked.append((self.path, self.headers["Authorization"], gzip.decompress(body)))
        self.send_response(told.status)
        for name, value in told.headers.items():
            self.send_header(name, value)
        if told.status != 204:
            self.send_header("Content-Length", str(len(told.body)))
        self.end_headers()
        if told.status != 204:
            self.wfile.write(told.body)
        self.close_connection = told.closes

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def answers() -> Iterator[Answers]:
    server = Answers()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server(answers: Answers) -> Iterator[Server]:
    found = Server(InfluxAddress(f"http://127.0.0.1:{answers.server_port}", "org"), "secret")
    yield found
    found.close()


def test_writes_use_one_connection_and_say_where_they_belong(answers: Answers, server: Server) -> None:
    for n in range(3):
        server.write("raw", b"m f=%d 1\n" % n)
    server.write("ledger", b"held\n", "ns")
    assert answers.connections == 1
    assert answers.asked[0] == ("/api/v2/write?org=org&bucket=davy_raw&precision=us", "Token secret", b"m f=0 1\n")
    assert answers.asked[3][0] == "/api/v2/write?org=org&bucket=davy_ledger&precision=ns"


def test_a_connection_that_the_server_closed_is_opened_anew(answers: Answers, server: Server) -> None:
    """Without a word: it is seen where the connection would be used next."""
    answers.closes = True
    for n in range(1, 4):
        server.write("raw", b"m f=1 1\n")
        sock = server._poster._idle[0].sock
        assert select.select([sock], [], [], 5.0)[0]  # the end has come
        assert (answers.connections, len(answers.asked)) == (n, n)


@pytest.mark.parametrize("status", [400, 422, 413])
def test_what_influxdb_will_not_have_is_refused_with_its_reason(answers: Answers, server: Server, status: int) -> None:
    answers.status, answers.body = status, b'{"code":"invalid","message":"unable to parse \'x\': missing fields"}'
    with pytest.raises(Refused, match="missing fields") as refused:
        server.write("raw", b"x\n")
    assert refused.value.status == status
    answers.status = 204
    server.write("raw", b"m f=1 1\n")  # the connection is still good


def test_an_overloaded_influxdb_says_how_long_to_wait(answers: Answers, server: Server) -> None:
    answers.status, answers.headers = 503, {"Retry-After": "7"}
    with pytest.raises(Retry) as retry:
        server.write("raw", b"m f=1 1\n")
    assert retry.value.wait == 7


def test_a_wrong_token_is_given_up(answers: Answers, server: Server) -> None:
    answers.status, answers.body = 401, b'{"message":"unauthorized access"}'
    with pytest.raises(GiveUp, match="unauthorized"):
        server.write("raw", b"m f=1 1\n")


def test_a_server_that_is_not_there_is_tried_again(answers: Answers, server: Server) -> None:
    gone = Server(InfluxAddress("http://127.0.0.1:9", "org"), "secret")
    with pytest.raises(Retry, match="does not answer"):
        gone.write("raw", b"m f=1 1\n")
    gone.close()


def test_who_may_not_write_posts_nothing(answers: Answers, server: Server) -> None:
    def guard() -> None:
        raise GiveUp("not the owner")

    server.guard = guard
    with pytest.raises(GiveUp, match="not the owner"):
        server.write("raw", b"m f=1 1\n")
    assert not answers.asked
