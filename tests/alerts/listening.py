"""A real HTTP server on the loopback, for what the alarm channels send."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Asked(BaseHTTPRequestHandler):
    """One request. `body`: read to its end, or as far as it came."""

    body = b""

    def answer(self, code: int, content: bytes = b"", kind: str = "application/json") -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def listening(answer: Callable[[Asked], None]) -> Iterator[str]:
    """The address of a server that hands every POST that came whole to `answer`, until the block ends."""

    class Handler(Asked):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self.body = self.rfile.read(length)
            if len(self.body) == length:  # else the sender died in the middle: this is no request
                answer(self)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
