"""One agent as a process, alone with recorded rows, and what hurts it for real: a small disk, a broker that hangs."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.ports import free_port
from contracts.clock import iso
from contracts.payload import Batch, Item, Poll, decode
from contracts.points import Point, Registry
from edge_agent.diary import Status
from tests.end_to_end.harness import ROOT, Proc, davy, items_on_disk, status_in
from tests.waiting import wait_until

PERIOD_S = 0.2


class Lone:
    """An agent over rows of `points` points that stand at 0.30 and at 1.40 (an alarm) from row `high_from` on, five rows a second."""

    def __init__(self, folder: Path, outbox: Path | None = None, *, points: int = 1, high_from: int = 1 << 30, rows: int = 1500) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.outbox, self.broker_port = folder, outbox or folder / "outbox", free_port()
        self.broker_host, self.period_s = "127.0.0.1", PERIOD_S
        self.points = [f"T{at:05d}" for at in range(points)]
        corner = {"limit_row": "face_return_corner", "mapped_by": "test"}
        made = [Point(name, "methane", "face", "回风隅角", "corner", **(corner if at == 0 else {})) for at, name in enumerate(self.points)]
        (folder / "points.json").write_bytes(Registry("mine", "矿", "mine", tuple(made)).data)
        self._rows(high_from, rows)
        self.agent = Proc(davy("edge", "--config", str(folder / "edge.toml")), folder / "edge.log")

    def _rows(self, high_from: int, rows: int) -> None:
        with (self.folder / "rows.csv").open("w", encoding="utf-8") as file:
            file.write(",".join(["time", *self.points]) + "\n")
            for at in range(rows):
                value = "1.40" if at >= high_from else "0.30"
                file.write(f"2014-01-01 00:{at // 60:02d}:{at % 60:02d}," + ",".join([value] * len(self.points)) + "\n")

    def configure(self, start: int = 0, **outbox: float) -> None:
        """Write the configuration. `start`: µs when the first row is due, now without it."""
        keys = "".join(f"{name} = {value}\n" for name, value in {"reserve_mb": 0, "segment_mb": 1, **outbox}.items())
        text = f"""mine = "mine"
gateway = "gate"
folder = "{self.outbox}"
points = "{self.folder / "points.json"}"
[broker]
host = "{self.broker_host}"
port = {self.broker_port}
keepalive_s = 5
[outbox]
{keys}[[sources]]
name = "rows"
kind = "replay"
period_s = {self.period_s}
file = "{self.folder / "rows.csv"}"
start = "{iso(start or time.time_ns() // 1000)}"
speed = {1 / self.period_s}
"""
        (self.folder / "edge.toml").write_text(text, encoding="utf-8")

    def start(self) -> None:
        self.agent.start()

    def until(self, true: Callable[[Status], bool]) -> Status:
        """The first word of the agent for which that is so."""
        words: list[Status] = []

        def said() -> bool:
            if (told := status_in(self.outbox)) is not None and true(told):
                words.append(told)
            return bool(words)

        self._while_alive(said)
        return words[0]

    def until_kept(self, rows: int) -> None:
        """So many rows are on disk."""
        self._while_alive(lambda: len(self.cursors()) >= rows)

    def until_beyond(self, place: int) -> None:
        """The newest row on disk stands behind that place of the file."""
        self._while_alive(lambda: (cursors := self.cursors()) and cursors[-1] > place)

    def until_logged(self, *words: str) -> None:
        """All of these stand in the log."""
        self._while_alive(lambda: all(word in self.log for word in words))

    def _while_alive(self, true: Callable[[], object]) -> None:
        wait_until(lambda: true() or not self.alive, told=lambda: f"{status_in(self.outbox)}\n{self.log[-2000:]}")
        assert self.alive, self.log[-2000:]

    @property
    def alive(self) -> bool:
        return self.agent.process is not None and self.agent.process.poll() is None

    @property
    def log(self) -> str:
        return self.agent.log.read_text(encoding="utf-8", errors="replace")

    def shown(self) -> str:
        """What `davy edge status` prints."""
        done = subprocess.run(davy("edge", "status", str(self.outbox)), cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
        return done.stdout + done.stderr

    def kept(self, *outboxes: Path) -> list[Poll]:
        """Every poll on disk, in order of its time."""
        bodies = [decode(Item, data).body for outbox in outboxes or (self.outbox,) for _, _, data in items_on_disk(outbox)]
        return sorted((poll for body in bodies if isinstance(body, Batch) for poll in body.polls), key=lambda poll: poll.first)

    def cursors(self) -> list[int]:
        """Places in the file of the polls on disk, a run of polls as its single places."""
        return [place for poll in self.kept() for place in range(poll.cursor - poll.count + 1, poll.cursor + 1)]


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[tuple[Path, str]]:
    """An ext4 of so many MB on a loop device, and the device's name; all of it may be filled."""
    if os.getuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("a small disk needs root and mkfs.ext4")
    image, place = folder / "disk.img", folder / "disk"
    place.mkdir(parents=True)
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True)
    mounted = subprocess.run(["mount", "-o", "loop,errors=remount-ro", str(image), str(place)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a loop device cannot be mounted here: {mounted.stderr.strip()}")
    try:
        device = next(
            line.split()[0] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines() if line.split()[1] == str(place)
        )
        yield place, device.removeprefix("/dev/")
    finally:
        subprocess.run(["umount", str(place)], check=False)


def fill_up(disk: Path, leave: int = 0) -> Path:
    """A file that takes every free byte of a disk but `leave`."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        while (free := os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - leave) > 0:
            try:
                os.posix_fallocate(file.fileno(), file.seek(0, 2), min(free, 1 << 20))
            except OSError:
                break
        with contextlib.suppress(OSError):
            while leave == 0:
                os.write(file.fileno(), bytes(4096))
                os.fsync(file.fileno())
    return ballast


class HangingBroker:
    """Listens for ever. `answers`: kinds of MQTT packets (high nibble of the first byte) it answers; the rest it only swallows."""

    CONNECT, PUBLISH, SUBSCRIBE, PING = 1, 3, 8, 12

    def __init__(self, *answers: int) -> None:
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = self.published = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer, peer.makefile("rb") as stream:
            while head := stream.read(1):
                length = shift = 0
                while True:
                    [byte] = stream.read(1)
                    length, shift = length | (byte & 127) << shift, shift + 7
                    if byte < 128:
                        break
                body = stream.read(length)
                self.published += head[0] >> 4 == self.PUBLISH
                if (answer := self._answer(head[0], body)) is not None:
                    peer.sendall(answer)

    def _answer(self, head: int, body: bytes) -> bytes | None:
        kind = head >> 4
        if kind not in self._answers:
            return None
        if kind == self.SUBSCRIBE:
            return b"\x90" + bytes([3, *body[:2], 1])
        if kind == self.PUBLISH:
            at = 2 + int.from_bytes(body[:2], "big")
            return b"\x40\x02" + body[at : at + 2]
        return {self.CONNECT: b"\x20\x02\0\0", self.PING: b"\xd0\0"}[kind]

    def close(self) -> None:
        self._listener.close()
