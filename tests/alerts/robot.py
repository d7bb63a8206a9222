"""A real HTTP server that answers as a maker's robot does, and keeps what it heard."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Robot:
    """`status` and `body` are given to every request."""

    status: int
    body: dict[str, Any]
    raw: list[bytes] = field(default_factory=list)
    address: str = ""

    @property
    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(raw) for raw in self.raw]


@contextmanager
def answering(robot: Robot) -> Iterator[Robot]:
    """Serve on a free port of the loopback, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            robot.raw.append(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(robot.body).encode()
            self.send_response(robot.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    robot.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield robot
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
