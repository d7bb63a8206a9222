"""Writes go to InfluxDB over plain connections that are kept: the client's own way costs eight times the CPU for each request."""

import select
import ssl
from collections import deque
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from influxdb_client.rest import ApiException

from contracts.errors import Retry

_REFUSED: Any = ApiException


class Poster:
    """POST to one server, from any thread: each takes an idle connection or opens one. At most `keep` stay open."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout_s: float, keep: int) -> None:
        self._url, self._headers, self._timeout_s = url, headers, timeout_s
        self._idle: deque[HTTPConnection] = deque(maxlen=keep)
        parts = urlsplit(url)
        self._place, self._tls = parts.netloc, ssl.create_default_context() if parts.scheme == "https" else None

    def post(self, path: str, body: bytes) -> None:
        """ApiException where the answer is not 2xx; Retry where there is none (whether the body was taken is not known)."""
        connection = self._connection()
        try:
            connection.request("POST", path, body, dict(self._headers))
            answer = connection.getresponse()
            said = answer.read()
        except (HTTPException, OSError) as error:
            connection.close()
            raise Retry(f"InfluxDB at {self._url} does not answer: {type(error).__name__}: {error}") from error
        self._idle.append(connection)  # beyond `keep` the oldest falls out, and its socket with it
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            refused: Any = _REFUSED(status=answer.status, reason=answer.reason)
            refused.body, refused.headers = said, answer.headers
            raise refused

    def _connection(self) -> HTTPConnection:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took the last one
                break
            if not _is_over(connection):
                return connection
            connection.close()
        if self._tls is not None:
            return HTTPSConnection(self._place, timeout=self._timeout_s, context=self._tls)
        return HTTPConnection(self._place, timeout=self._timeout_s)

    def close(self) -> None:
        """The idle ones."""
        while self._idle:
            self._idle.pop().close()


def _is_over(connection: HTTPConnection) -> bool:
    """Whether the server closed it meanwhile: an idle connection has nothing to say but that."""
    if connection.sock is None:
        return True
    asked = select.poll()  # `select.select` knows no more than 1,024 sockets
    asked.register(connection.sock, select.POLLIN)
    return bool(asked.poll(0))
