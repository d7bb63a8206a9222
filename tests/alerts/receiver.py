"""A real HTTP server that keeps what it accepted and fails as told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`answers`: HTTP codes to give first; then 200. Codes from 200 to 299 accept."""

    answers: list[int] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    tries: int = 0
    address: str = ""
    on_try: Callable[[int], None] = lambda number: None

    def take(self, key: str, body: bytes) -> int:
        self.tries += 1
        self.on_try(self.tries)
        code = self.answers.pop(0) if self.answers else 200
        if 200 <= code < 300:
            self.accepted.append(json.loads(body))
            self.keys.append(key)
        return code


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    """Serve on a free port of the loopback, until the block ends."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(body) < int(self.headers["Content-Length"]):
                return  # the sender died in the middle: this is no request
            with lock:
                code = receiver.take(self.headers["Idempotency-Key"], body)
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
