"""Bundles on the gateway's disk: `models/<number>.models`, the one in use in `models/current`. A bad one never replaces a good one."""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
import structlog

from contracts.errors import BadConfig, BadPayload
from contracts.keys import BadSignature
from edge_agent.outbox.segment import sync_folder
from models.bundle import MOST_BYTES, SUFFIX, Bundle, open_bundle
from models.crew import Crew

log = structlog.get_logger("edge.models")

KEPT = 3
"""Bundles that stay, so that one can go back."""


class Current(msgspec.Struct, frozen=True):
    """`number` is in use (0: none); `newest` was the highest ever accepted: nothing below it is taken again but by a signed rollback."""

    number: Annotated[int, msgspec.Meta(ge=0)] = 0
    newest: Annotated[int, msgspec.Meta(ge=0)] = 0


class KeptBundles:
    """Of one gateway. `keys`: trusted public keys by id."""

    def __init__(self, folder: Path, keys: Mapping[str, bytes], mine: str) -> None:
        self.folder, self._keys, self._mine = folder, keys, mine
        self.why = ""
        """Why the last bundle was refused or could not be used; empty where all is well."""

    def install(self, data: bytes) -> Bundle:
        """Check, keep and use. BadPayload or BadSignature where it is refused, OSError where the disk refuses: the one in use stays."""
        try:
            bundle = self._checked(data)
            number = bundle.contents.number
            self._write(f"{number}{SUFFIX}", data)
            self._use(Current(number, max(self._current().newest, number)))
        except (BadPayload, BadSignature, OSError) as error:
            self.why = str(error)
            log.warning("models refused", why=self.why)
            raise
        self._sweep()
        self.why = ""
        return bundle

    def _checked(self, data: bytes) -> Bundle:
        newest = self._current().newest
        bundle = open_bundle(data, self._keys, self._mine, newest)
        number = bundle.contents.number
        if number == newest and (kept := self._read(number)) is not None and kept.digest != bundle.digest:
            raise BadPayload("older", f"number {number} was here already with other contents")
        Crew(bundle, ())  # its numbers make detectors, and each is what its place needs
        return bundle

    def rollback(self, number: int) -> Bundle:
        """Use a kept one again; BadConfig naming those there are."""
        bundle = self._read(number)
        if bundle is None:
            kept = ", ".join(str(one) for one in self.numbers if one != number)
            raise BadConfig("number", number, kept or "none: no other bundle is kept")
        self._use(msgspec.structs.replace(self._current(), number=number))
        self.why = ""
        return bundle

    def in_use(self) -> Bundle | None:
        """The bundle in use; where it can no longer be read or is no longer trusted, the newest good one before it, and `why` says so."""
        current = self._current()
        for number in (current.number, *(one for one in reversed(self.numbers) if one < current.number)):
            if number and (bundle := self._read(number)) is not None:
                return bundle
        return None

    @property
    def numbers(self) -> list[int]:
        """Numbers of the bundles on disk, ascending."""
        return sorted(int(path.stem) for path in self.folder.glob(f"*{SUFFIX}") if path.stem.isascii() and path.stem.isdigit())

    @property
    def since(self) -> int:
        """When what is in use was chosen, µs UTC by the disk's clock; 0 where nothing ever was."""
        try:
            return (self.folder / "current").stat().st_mtime_ns // 1000
        except OSError:
            return 0

    def _read(self, number: int) -> Bundle | None:
        path = self.folder / f"{number}{SUFFIX}"
        try:
            bundle = open_bundle(content_of(path), self._keys, self._mine)
        except (OSError, BadPayload, BadSignature) as error:
            self._unusable(path, str(error))
            return None
        if bundle.contents.number != number:
            self._unusable(path, f"its number is {bundle.contents.number}")
            return None
        return bundle

    def _unusable(self, path: Path, why: str) -> None:
        self.why = f"{path.name}: {why}"
        log.warning("models cannot be used", file=path.name, why=why)

    def _current(self) -> Current:
        path = self.folder / "current"
        try:
            return msgspec.json.decode(path.read_bytes(), type=Current)
        except (OSError, msgspec.DecodeError) as error:
            newest = next((number for number in reversed(self.numbers) if self._read(number) is not None), 0)
            if newest or path.exists():
                self.why = f"current: {error}; the newest good one that is kept is taken: {newest or 'none'}"
            return Current(newest, newest)

    def _use(self, current: Current) -> None:
        self._write("current", msgspec.json.encode(current))

    def _write(self, name: str, data: bytes) -> None:
        """Whole or not at all, durable when it returns."""
        self.folder.mkdir(parents=True, exist_ok=True)
        half = self.folder / f"{name}.half"
        try:
            with half.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            half.replace(self.folder / name)
        except OSError:
            with suppress(OSError):
                half.unlink(missing_ok=True)
            raise
        sync_folder(self.folder)

    def _sweep(self) -> None:
        used = self._current().number
        for number in self.numbers[:-KEPT]:
            if number != used:
                with suppress(OSError):
                    (self.folder / f"{number}{SUFFIX}").unlink(missing_ok=True)


def content_of(path: Path) -> bytes:
    """The bytes of a bundle's file; BadPayload for what can be none: a link, a pipe (it would hang), a device, too many bytes."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise BadPayload("not-a-bundle", f"{path.name} is no plain file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadPayload("too-large", f"{path.name}: more than {MOST_BYTES} bytes")
    return data
