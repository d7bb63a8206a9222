"""JSON over HTTP POST. 2xx: accepted; 4xx but 408, 425 and 429: refused for good; everything else is tried again."""

from typing import ClassVar
from urllib.parse import urlsplit

import httpx
import msgspec

from alerts.message import Message
from contracts.errors import BadConfig, GiveUp, Retry

_AGAIN = (408, 425, 429)


class Webhook:
    """One client for all addresses. The header `Idempotency-Key` lets a receiver know a repeated message."""

    PER_MINUTE: ClassVar[int] = 0

    def __init__(self, timeout_s: float = 10.0) -> None:
        self._client = httpx.AsyncClient(timeout=timeout_s)

    @staticmethod
    def check(key: str, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadConfig(key, f"{parts.scheme}://***", "an http:// or https:// address")

    @staticmethod
    def reach(address: str) -> tuple[str, int] | None:
        parts = urlsplit(address)
        return (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)) if parts.hostname else None

    async def send(self, address: str, message: Message) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
        try:
            answer = await self._client.post(address, content=msgspec.json.encode(message), headers=headers)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise GiveUp(f"address: {error}") from error
        except httpx.HTTPError as error:
            raise Retry(f"{type(error).__name__}: {error}", 0.0) from error
        if answer.is_success:
            return
        said = f"HTTP {answer.status_code} {answer.text[:200]}"
        if answer.is_client_error and answer.status_code not in _AGAIN:
            raise GiveUp(said)
        raise Retry(said, _asked_wait(answer))

    async def close(self) -> None:
        await self._client.aclose()


def _asked_wait(answer: httpx.Response) -> float:
    """Seconds the other side asks us to wait; 0 where it does not say."""
    asked = answer.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else 0.0
