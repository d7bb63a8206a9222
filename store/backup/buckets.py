"""The buckets of InfluxDB in a backup: a file for each bucket and UTC day, `influx/raw/2026-11-24.lines.gz` (docs/decisions/0008).

While the centre writes, three orders make it one moment: the ledger is read before the readings, in it the ranges before the rows they
name, and the readings before their quality. So what the backup says is held is in it whole; an item that came later is not held, and
is sent again; and no value is without the flag that was written before it.
"""

import os
import zlib
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from itertools import chain
from pathlib import Path

from contracts.clock import DAY, from_iso, iso
from contracts.errors import BadConfig, GiveUp
from store.backup import lines
from store.backup.manifest import File, Manifest, Tell, silent
from store.durable import make_durable
from store.influx import InfluxAddress, InfluxStore, Server, token_of
from store.influx.buckets import RETENTION_DAYS, buckets_of, init_buckets
from store.influx.reads import END, FIRST, micros, text, within
from store.influx.rows import measurements, parts
from store.influx.server import gzipped

FOLDER = "influx"
SUFFIX = ".lines.gz"
BATCH_BYTES = 1 << 20
TOLD_EVERY = 200_000
"""Points after which a long day is told of."""
_LAST = "quality"
_FIRST_DAY, _END_DAY = FIRST // DAY, END // DAY + 1


def export(server: Server, folder: Path, tell: Tell = silent) -> list[File]:
    """Write every bucket into `folder`; the files. Retry where InfluxDB does not answer, GiveUp where it refuses."""
    files = []
    for kind in sorted(buckets_of(server), key=lambda kind: (kind != "ledger", kind != "raw", kind)):
        (folder / kind).mkdir(parents=True)
        for day, pieces in _days(server, kind, _FIRST_DAY, _END_DAY):
            path = folder / kind / f"{_name(day)}{SUFFIX}"
            files.append(_write(path, f"{FOLDER}/{kind}/{path.name}", pieces, tell))
            tell(files[-1])
        make_durable(folder / kind)
    return files


def _days(server: Server, kind: str, first: int, end: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """The days [first, end) of a bucket that have anything, and their lines: measurements by name, quality last."""
    names = [*sorted(set(measurements(server, kind)) - {_LAST}), _LAST]
    day = _next_day(server, kind, first)
    while day is not None and day < end:
        yield day, _lines(server, kind, names, day)
        day = _next_day(server, kind, day + 1)


def _next_day(server: Server, kind: str, day: int) -> int | None:
    flux = (
        f"from(bucket: {text(server.address.bucket(kind))}) |> {within(day * DAY, END)} |> first()"
        ' |> keep(columns: ["_time"]) |> group() |> min(column: "_time")'
    )
    found = [micros([row["_time"]])[0] // DAY for row in server.rows(flux)]
    return min(found, default=None)


def _lines(server: Server, kind: str, names: list[str], day: int) -> Iterator[bytes]:
    for name in names:
        for part in parts(server, kind, name, day * DAY * 1000, (day + 1) * DAY * 1000):
            yield from lines.encoded(part)


def _write(path: Path, name: str, pieces: Iterator[bytes], tell: Tell) -> File:
    """One file, durable; told of now and then."""
    pack, digest, rows, size, points = zlib.compressobj(1, zlib.DEFLATED, 31), blake2b(digest_size=32), Counter[str](), 0, 0
    with path.open("xb") as file:
        for line in chain(pieces, (b"",)):
            packed = pack.compress(line) if line else pack.flush()
            if packed:
                digest.update(packed)
                file.write(packed)
                size += len(packed)
            if line:
                rows[lines.name_of(line)] += 1
                points += 1
            if points % TOLD_EVERY == 0:
                tell(File(name, size, "", dict(rows)))
        file.flush()
        os.fsync(file.fileno())
    return File(name, size, digest.hexdigest(), dict(sorted(rows.items())))


def count(path: Path) -> dict[str, int]:
    """Points by measurement of a file; OSError, EOFError or zlib.error where it is none."""
    return dict(sorted(Counter(lines.name_of(line) for line in lines.each(lines.unpacked(path))).items()))


# ------------------------------------------------------------ back


def restore(place: Path, address: str, manifest: Manifest, now: int, tell: Tell = silent) -> None:
    """Fill the empty buckets at `address`, read them back and compare; then a new generation. All of it, or the buckets are empty again.

    BadConfig where something is in them. What a bucket keeps no longer (statistics and events of more than two years) is left out.
    """
    server = Server(InfluxAddress.parse(address), token_of())
    try:
        init_buckets(server)
        kept = buckets_of(server)
        for kind in kept:
            if _next_day(server, kind, _FIRST_DAY) is not None:
                raise BadConfig("--store", address, f"an empty InfluxDB prefix: {server.address.bucket(kind)} has points")
        _check_kept(server, kept)
        files = [file for file in manifest.files if file.path.startswith(f"{FOLDER}/") and not _expired(file, kept, now)]
        try:
            for file in sorted(files, key=_ledger_last):
                _load(server, place, file)
                tell(file)
            _compare(server, place, files)
        except BaseException:
            _empty(server)
            raise
    finally:
        server.close()
    store = InfluxStore(Server(InfluxAddress.parse(address), token_of()))
    try:
        store.renew()
    finally:
        store.close()


def empty(address: str) -> None:
    """Take out again what `restore` put there."""
    server = Server(InfluxAddress.parse(address), token_of())
    try:
        _empty(server)
    finally:
        server.close()


def _empty(server: Server) -> None:
    for kind in buckets_of(server):
        server.delete(kind, END * 1000)


def _compare(server: Server, place: Path, files: list[File]) -> None:
    for file in files:
        if not same(server, place, file.path):
            raise GiveUp(f"恢复后读回不符 / {file.path} does not read back as it is in the backup: nothing is restored")


def _check_kept(server: Server, kept: dict[str, int]) -> None:
    if kept["raw"] or kept["ledger"]:
        raise BadConfig(
            "--store", server.address.bucket("raw"), "a bucket that keeps for ever (retention 0), or it would refuse old readings"
        )


def _expired(file: File, kept: dict[str, int], now: int) -> bool:
    kind, day = _of(file.path)
    days = kept.get(kind, RETENTION_DAYS.get(kind, 0))
    return days > 0 and day * DAY < now - (days - 1) * DAY


def _ledger_last(file: File) -> tuple[bool, int]:
    """What says that items are held comes after their readings, and the ranges (1970) after the rows."""
    kind, day = _of(file.path)
    return kind == "ledger", -day


def _load(server: Server, place: Path, file: File) -> None:
    kind, _ = _of(file.path)
    batch: list[bytes] = []
    size = 0
    for line in lines.each(lines.unpacked(place / file.path)):
        batch.append(line)
        size += len(line)
        if size >= BATCH_BYTES:
            server.write_gzipped(kind, gzipped(b"".join(batch)), "ns")
            batch, size = [], 0
    if batch:
        server.write_gzipped(kind, gzipped(b"".join(batch)), "ns")


def same(server: Server, place: Path, path: str) -> bool:
    """Whether the database has the day of a file bit for bit as the backup has it."""
    kind, day = _of(path)
    ours, theirs = blake2b(), blake2b()
    for _, pieces in _days(server, kind, day, day + 1):
        for line in pieces:
            ours.update(line)
    for piece in lines.unpacked(place / path):
        theirs.update(piece)
    return ours.digest() == theirs.digest()


def days_before(server: Server, time: int) -> Iterator[str]:
    """The files a backup needs for all readings older than `time` (µs; a midnight): their paths in it."""
    day = _next_day(server, "raw", _FIRST_DAY)
    while day is not None and day * DAY < time:
        yield f"{FOLDER}/raw/{_name(day)}{SUFFIX}"
        day = _next_day(server, "raw", day + 1)


def _name(day: int) -> str:
    return iso(day * DAY)[:10]


def _of(path: str) -> tuple[str, int]:
    """(kind, day) of a file."""
    _, kind, name = path.split("/")
    return kind, from_iso(name.removesuffix(SUFFIX)) // DAY
