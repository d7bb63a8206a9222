"""The only door to InfluxDB: influxdb-client's `ApiClient` as transport, our own outcome of every call."""

import csv
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from io import TextIOWrapper
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.dialect import Dialect
from influxdb_client.rest import ApiException
from isal import isal_zlib
from numpy import datetime64

from contracts.errors import BadConfig, GiveUp, Retry
from store.influx.post import Poster

CONNECTIONS = 4
TIMEOUT_MS = 60_000
ROWS_AT_ONCE = 2_000
_PIECE = 1 << 18
_PACKED_LINES = {"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "gzip", "Accept": "application/json"}
_FORM = "influx+http://HOST:PORT/ORG or influx+https://HOST:PORT/ORG, with /PREFIX behind it where the buckets are not davy_..."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


@dataclass(frozen=True, slots=True)
class InfluxAddress:
    """`influx+http[s]://HOST:PORT/ORG[/PREFIX]`; the token is never part of it."""

    url: str
    org: str
    prefix: str = "davy"

    @classmethod
    def parse(cls, address: str) -> "InfluxAddress":
        """BadConfig where it is not of that form."""
        parts = urlsplit(address.removeprefix("influx+"))
        names = [name for name in parts.path.split("/") if name]
        try:
            host = parts.hostname is not None and (parts.port or 1) > 0
        except ValueError:
            host = False
        plain = host and "@" not in parts.netloc and not parts.query and not parts.fragment
        if not plain or parts.scheme not in ("http", "https") or len(names) not in (1, 2) or not all(map(_NAME.match, names)):
            raise BadConfig("store", address, _FORM)
        return cls(f"{parts.scheme}://{parts.netloc}", *names)

    def bucket(self, kind: str) -> str:
        return f"{self.prefix}_{kind}"


def token_of(environment: Mapping[str, str] = os.environ) -> str:
    """DAVY_INFLUX_TOKEN, or what the file named by DAVY_INFLUX_TOKEN_FILE holds; else BadConfig."""
    path = environment.get("DAVY_INFLUX_TOKEN_FILE")
    try:
        token = Path(path).read_text(encoding="utf-8").strip() if path else environment.get("DAVY_INFLUX_TOKEN", "")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig("DAVY_INFLUX_TOKEN_FILE", path, f"a file that can be read ({error})") from error
    if not token or not token.isascii() or not token.isprintable():
        raise BadConfig("DAVY_INFLUX_TOKEN", "" if not token else "(hidden)", "an InfluxDB token, there or in DAVY_INFLUX_TOKEN_FILE")
    return token


class Refused(GiveUp):
    """InfluxDB will not take these bytes, however often they come. `status` 400: nothing of them is stored; 422: some may be."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"InfluxDB refused ({status}): {reason}")
        self.status, self.reason = status, reason


class _Answer(msgspec.Struct):
    message: str = ""


class Server:
    """One InfluxDB and one organisation. Methods may be called from several threads.

    Retry: it is not there, overloaded, or the outcome is unknown. Refused: see there. GiveUp: token, organisation or bucket are wrong.
    """

    def __init__(self, address: InfluxAddress, token: str) -> None:
        self.address = address
        self.guard: Callable[[], None] = lambda: None
        """Asked before everything that writes or deletes: it raises where the process may not (`store.lease`)."""
        self.client = InfluxDBClient(address.url, token, org=address.org, timeout=TIMEOUT_MS, connection_pool_maxsize=CONNECTIONS)
        self._poster = Poster(address.url, {"Authorization": f"Token {token}", **_PACKED_LINES}, TIMEOUT_MS / 1000, CONNECTIONS)
        self._queries = self.client.query_api()
        self.buckets: Any = self.client.buckets_api()
        self._api: Any = self.client.api_client
        dialect: Any = Dialect
        self._dialect = dialect(header=True, delimiter=",", annotations=[], date_time_format="RFC3339")

    def write(self, kind: str, lines: bytes, precision: str = "us") -> None:
        """Lines into the bucket of that kind; durable when it returns (InfluxDB syncs its log before a 204)."""
        self.write_gzipped(kind, gzipped(lines), precision)

    def write_gzipped(self, kind: str, packed: bytes, precision: str = "us") -> None:
        """The same with lines that are packed already."""
        self.guard()
        with self.asked():
            self._poster.post(f"/api/v2/write?org={self.address.org}&bucket={self.address.bucket(kind)}&precision={precision}", packed)

    def delete(self, kind: str, before: int, predicate: str = "") -> None:
        """Everything in a bucket older than `before` (ns since 1970), or what of it the predicate chooses."""
        body = {"start": "1678-01-01T00:00:00Z", "stop": rfc3339(before - 1)} | ({"predicate": predicate} if predicate else {})
        query = [("org", self.address.org), ("bucket", self.address.bucket(kind))]
        self.guard()
        with self.asked():
            self._api.call_api("/api/v2/delete", "POST", query_params=query, header_params={}, body=body)

    def rows(self, flux: str) -> Iterator[dict[str, str]]:
        """The rows a Flux query gives, as text by column."""
        with self.asked():
            yield from _rows(self._queries.query_raw(flux, dialect=self._dialect))

    def select(self, kind: str, influxql: str) -> Iterator[bytes]:
        """The bytes of an InfluxQL answer as MessagePack, as they come: exact, and a row has all fields of its series and time."""
        chunks = [("chunked", "true"), ("chunk_size", str(ROWS_AT_ONCE))]
        asked = [("db", self.address.bucket(kind)), ("q", influxql), ("epoch", "ns"), *chunks]
        with self.asked():
            answer = self._api.call_api(
                "/query",
                "GET",
                query_params=asked,
                header_params={"Accept": "application/x-msgpack"},
                response_type="file",
                _preload_content=False,
                _return_http_data_only=True,
            )
            try:
                while piece := answer.read(_PIECE):
                    yield piece
            finally:
                answer.release_conn()

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Around every call: its failure in our words."""
        try:
            yield
        except ApiException as error:
            raise verdict(error) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Retry(f"InfluxDB at {self.address.url} does not answer: {error}") from error

    def close(self) -> None:
        client: Any = self.client
        client.close()
        self._poster.close()


def gzipped(lines: bytes) -> bytes:
    """ISA-L's level 1: a quarter of the CPU of zlib's level 1, and smaller."""
    packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, 31)
    return packer.compress(lines) + packer.flush()


def rfc3339(nanoseconds: int) -> str:
    """A time for the delete API, which knows no numbers."""
    return f"{datetime64(nanoseconds, 'ns')}Z"


def verdict(error: ApiException) -> Retry | GiveUp:
    """What an answer that is not 2xx asks of us."""
    body = error.body or ""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    try:
        said = msgspec.json.decode(text, type=_Answer).message or text
    except (msgspec.DecodeError, msgspec.ValidationError):
        said = text or str(error.reason)
    status = error.status or 0
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        return Refused(status, said)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == 0:
        return Retry(f"InfluxDB answers {status}: {said}", wait=_wait(error))
    return GiveUp(f"InfluxDB answers {status}: {said}")


def _wait(error: ApiException) -> float:
    headers: Mapping[str, str] = error.headers or {}
    said = headers.get("Retry-After", "")
    return min(float(said), 30.0) if said.isdigit() else 1.0


def _rows(answer: Any) -> Iterator[dict[str, str]]:
    """Flux CSV: a header, its rows, and a new header after an empty line where the columns change."""
    answer.auto_close = False  # TextIOWrapper reads on after the end
    header: list[str] = []
    try:
        for row in csv.reader(TextIOWrapper(answer, "utf-8", newline="")):
            if not row:
                header = []
            elif not header:
                header = row
                if header[:1] == ["error"] or header[1:2] == ["error"]:
                    raise Retry(f"InfluxDB broke a query off: {row}")
            else:
                yield dict(zip(header, row, strict=True))
    finally:
        answer.release_conn()
