"""The world outside of the centre in a storm: an HTTP receiver that notes what came when, and a person who keeps asking for pages.

Arguments: port of the receiver, address of the pages. Ends at a line on standard input, and prints what it saw as JSON.
"""

import asyncio
import json
import sys
import time
from typing import Any

import httpx

ACCEPTED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
PAGES = ("/alarms", "/api/v1/alarms")
ASK_EVERY_S = 0.5


def told(message: dict[str, Any]) -> list[int]:
    """The transitions in a message."""
    return [part["transition"] for part in message["parts"]] or [message["transition"]["id"]]


async def receive(port: int, heard: list[dict[str, Any]], connected: set[asyncio.StreamWriter]) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower().splitlines()
                length = next(int(row.partition(b":")[2]) for row in head if row.startswith(b"content-length:"))
                body = await reader.readexactly(length)
                at = time.time_ns() // 1000
                writer.write(ACCEPTED)
                message = json.loads(body)
                heard.append({"at": at, "key": message["key"], "kind": message["kind"], "told": told(message)})
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", port)


async def ask(address: str, asked: list[dict[str, Any]], ready: asyncio.Event) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=30.0) as client:
        for page in PAGES:
            await client.get(page)  # once before the storm: templates are compiled at the first request
        ready.set()
        while True:
            for page in PAGES:
                start = time.monotonic()
                answer = await client.get(page)
                asked.append({"page": page, "status": answer.status_code, "took_s": time.monotonic() - start})
            await asyncio.sleep(ASK_EVERY_S)


async def main() -> None:
    heard: list[dict[str, Any]] = []
    asked: list[dict[str, Any]] = []
    connected: set[asyncio.StreamWriter] = set()
    server = await receive(int(sys.argv[1]), heard, connected)
    ready = asyncio.Event()
    asking = asyncio.create_task(ask(sys.argv[2], asked, ready))
    await ready.wait()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    failed = asking.exception() if asking.done() else None
    asking.cancel()
    server.close()
    for writer in connected:
        writer.close()
    await asyncio.sleep(0.2)
    sys.stdout.write(json.dumps({"heard": heard, "asked": asked, "failed": repr(failed) if failed else ""}) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
