"""The running console's API, as the commands ask it."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
import httpx
import msgspec

from console.web.shapes import Words
from contracts.errors import BadConfig, DavyError

Answer = TypeVar("Answer")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
TIMEOUT_S = 30.0

url_option: Callable[[Any], Any] = click.option(
    "--url",
    envvar="DAVY_URL",
    default="http://127.0.0.1:8600",
    show_default=True,
    show_envvar=True,
    help="控制台地址 / address of the running console",
)


class NotAnswered(DavyError):
    """Nobody there, or not a console."""


@dataclass(frozen=True, slots=True)
class Api:
    """One console. `transport` stands for the network in tests."""

    url: str
    transport: httpx.BaseTransport | None = None
    timeout_s: float = TIMEOUT_S

    def get(self, path: str, kind: type[Answer], **query: str | int | None) -> Answer:
        """The answer as `kind`. BadConfig for what the console refuses, NotAnswered where it does not answer as one."""
        return self._ask("GET", path, kind, {name: value for name, value in query.items() if value is not None})

    def post(self, path: str, kind: type[Answer], body: Mapping[str, Any] | None = None) -> Answer:
        """As `get`, for a deed."""
        return self._ask("POST", path, kind, {}, body)

    def file(self, path: str, **query: str | int | None) -> tuple[bytes, str]:
        """A file's bytes and its name. Refusals as in `get`."""
        answer = self._sent("GET", path, {name: value for name, value in query.items() if value is not None})
        if not answer.is_success:
            read(answer, dict, self.url)
        name = answer.headers.get("content-disposition", "").partition('filename="')[2].partition('"')[0]
        return answer.content, Path(name).name or "report"

    def pieces(self, path: str, **query: list[str]) -> Iterator[bytes]:
        """A long answer as it comes. Refusals as in `get`; NotAnswered where it breaks off."""
        try:
            host = httpx.URL(self.url).host
            with (
                httpx.Client(transport=self.transport, timeout=self.timeout_s, trust_env=host not in LOOPBACK) as client,
                client.stream("GET", f"{self.url.rstrip('/')}/api/v1/{path}", params=query, headers=_bearer()) as answer,
            ):
                if not answer.is_success:
                    answer.read()
                    read(answer, dict, self.url)
                yield from answer.iter_bytes(1 << 16)
        except httpx.HTTPError as error:
            raise NotAnswered(f"{self.url} 没有应答或中断 / nobody answers at {self.url}, or it broke off ({error})") from error

    def _ask(
        self, method: str, path: str, kind: type[Answer], query: dict[str, str | int], body: Mapping[str, Any] | None = None
    ) -> Answer:
        return read(self._sent(method, path, query, body), kind, self.url)

    def _sent(self, method: str, path: str, query: dict[str, str | int], body: Mapping[str, Any] | None = None) -> httpx.Response:
        try:
            host = httpx.URL(self.url).host
            with httpx.Client(transport=self.transport, timeout=self.timeout_s, trust_env=host not in LOOPBACK) as client:
                return client.request(method, f"{self.url.rstrip('/')}/api/v1/{path}", params=query, json=body, headers=_bearer())
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise BadConfig("--url", self.url, f"an address such as http://127.0.0.1:8600 ({error})") from error
        except httpx.TransportError as error:
            raise NotAnswered(
                f"{self.url} 没有应答, 请先运行 davy up, 或用 --url 指明地址 / nobody answers at {self.url}: "
                f"start `davy up`, or say where the console is with --url ({error})"
            ) from error


def read(answer: httpx.Response, kind: type[Answer], url: str) -> Answer:
    """The answer's JSON as `kind`; refusals as BadConfig."""
    try:
        if answer.is_success:
            return msgspec.json.decode(answer.content, type=kind)
        told = msgspec.json.decode(answer.content)
        refused = told["error"] if isinstance(told, dict) and isinstance(told.get("error"), dict) else None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAnswered(
            f"{url} 的应答不是安全灯控制台的 (HTTP {answer.status_code}) / {url} answers, but not as a Davylamp console ({error})"
        ) from error
    if refused and answer.is_client_error:
        raise BadConfig(str(refused.get("place")), refused.get("value"), str(refused.get("allowed")))
    raise NotAnswered(f"{url} 未能应答 / {url} could not answer: HTTP {answer.status_code}")


def both(words: Words) -> str:
    """A text in both languages; once where they are the same."""
    return " ".join(dict.fromkeys((words.zh, words.en)))


def _bearer() -> dict[str, str]:
    """Who calls, where one has to sign in: a token of `davy people token`, from `DAVY_TOKEN` or `DAVY_TOKEN_FILE`."""
    token = os.environ.get("DAVY_TOKEN", "")
    if not token and "DAVY_TOKEN_FILE" in os.environ:
        try:
            token = Path(os.environ["DAVY_TOKEN_FILE"]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadConfig("DAVY_TOKEN_FILE", os.environ["DAVY_TOKEN_FILE"], f"a text file this process may read ({error})") from error
    return {"Authorization": f"Bearer {token}"} if token else {}
