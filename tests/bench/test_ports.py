"""Free ports: one is given once, also to processes side by side, and never one that the kernel may give to a connection."""

import socket
from pathlib import Path

import pytest

from bench import ports
from bench.ports import claim, ephemeral, free_port


def test_no_port_is_given_twice_or_may_become_that_of_a_connection() -> None:
    given = [free_port() for _ in range(50)]

    assert len(set(given)) == 50
    assert not set(given) & set(ephemeral())


def test_a_port_can_be_had_by_tcp_as_soon_as_it_is_given() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert not claim(server.getsockname()[1])


def test_what_somebody_else_claimed_is_refused_as_long_as_that_one_lives() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mark:
        mark.bind(("127.0.0.1", 0))
        port = mark.getsockname()[1]
        refused = not claim(port)

    assert refused
    assert claim(port)


def test_where_connections_may_have_any_port_one_is_given_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "range").write_text("1024\t65535\n", encoding="ascii")
    monkeypatch.setattr(ports, "EPHEMERAL", tmp_path / "range")

    assert free_port() in ephemeral()
