"""Versions on the gateway's disk: `desired/<version>/` holds the documents of one, complete or not at all."""

import asyncio
import os
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import msgspec

from contracts.care import Desired
from contracts.config import load
from contracts.errors import BadConfig
from contracts.points import read_registry
from edge_agent.config import EdgeSettings, check
from edge_agent.outbox.segment import sync_folder
from edge_agent.sources import make_source

HERE = "desired:"
"""A path in a pushed configuration that begins so names a document of the same version."""
CONFIGURATION = "edge.toml"
FIXED = ("mine", "gateway", "folder", "trust")
"""What nobody may change from afar: who the gateway is, where its readings are, whom it trusts."""


class Documents:
    """Of one gateway. OSError where the disk refuses."""

    def __init__(self, folder: Path, installed: EdgeSettings) -> None:
        self._folder, self._installed = folder / "desired", installed

    def keep(self, desired: Desired) -> None:
        """Write a version, durable when it returns; BadConfig where a document's name would leave its folder."""
        place = self._folder / str(desired.version)
        half = place.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        for name, text in desired.documents.items():
            path = half / _inside(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        shutil.rmtree(place, ignore_errors=True)
        half.rename(place)
        sync_folder(self._folder)

    def settings(self, version: int) -> EdgeSettings:
        """What a version says; 0: what the gateway was installed with. BadConfig naming the key where it cannot be run."""
        if version == 0:
            return self._installed
        place = self._folder / str(version)
        try:
            text = (place / CONFIGURATION).read_text(encoding="utf-8")
        except OSError as error:
            raise BadConfig(CONFIGURATION, None, "a document of that name") from error
        settings = _resolved(load(EdgeSettings, text, {}), place)
        for key in FIXED:
            if getattr(settings, key) != getattr(self._installed, key):
                raise BadConfig(key, getattr(settings, key), f"{getattr(self._installed, key)!r}: it cannot be changed from afar")
        return check(settings)

    async def fault(self, version: int) -> str:
        """Why a version cannot be run, found by setting everything up but the outbox; empty where it can."""
        try:
            settings = self.settings(version)
            registry = await asyncio.to_thread(lambda: read_registry(Path(settings.points).read_bytes()))
            if registry.mine != settings.mine:
                return str(BadConfig("points", registry.mine, f"the point registry of {settings.mine}"))
            for source in settings.sources:
                await make_source(source, registry).close()
        except (BadConfig, OSError) as error:
            return str(error)
        return ""

    def sweep(self, kept: Iterable[int]) -> None:
        """Forget all other versions."""
        names = {str(version) for version in kept}
        for place in self._folder.glob("*"):
            if place.name not in names:
                shutil.rmtree(place, ignore_errors=True)


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or not name.isprintable():
        raise BadConfig("documents", name[:80], "a relative path inside the version")
    return path


def _resolved(settings: EdgeSettings, place: Path) -> EdgeSettings:
    """`desired:NAME` in `points` and in any path of a source is a document of this version."""

    def here(text: str) -> str:
        return str(place / _inside(text.removeprefix(HERE))) if text.startswith(HERE) else text

    sources = []
    for source in settings.sources:
        texts = {key: here(value) for key, value in msgspec.structs.asdict(source).items() if isinstance(value, str)}
        sources.append(msgspec.structs.replace(source, **texts))
    return msgspec.structs.replace(settings, points=here(settings.points), sources=sources)
