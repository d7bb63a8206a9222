"""Is a backup what it was? Everything its manifest says is computed anew."""

import zlib
from importlib import import_module
from pathlib import Path

import duckdb

from store.backup import tables, telemetry
from store.backup.manifest import Damaged, File, Manifest, hashed, read_manifest
from store.backup.notes import Note
from store.backup.schedule import Kept


def verify(place: Path, digest: str = "") -> Manifest:
    """The manifest of a whole backup; Damaged names the first file that is not as the manifest says.

    `digest`: the manifest's hash as it was kept elsewhere (the audit chain), which finds a backup that was rewritten with its hashes.
    """
    manifest, found = read_manifest(place)
    if digest and digest != found:
        raise Damaged(place, "manifest.json", f"its hash is {found}, not {digest} as it was kept elsewhere")
    reader = telemetry.Reader()
    with reader.open():
        for file in manifest.files:
            _check(place, file, reader)
    return manifest


def _check(place: Path, file: File, reader: telemetry.Reader) -> None:
    path = place / file.path
    try:
        size, actual = hashed(path)
    except OSError as error:
        raise Damaged(place, file.path, f"cannot be read ({error.strerror})") from error
    if (size, actual) != (file.size, file.digest):
        raise Damaged(place, file.path, f"{size} bytes of hash {actual}; the manifest says {file.size} bytes of {file.digest}")
    rows = _rows(place, file.path, reader)
    if rows != file.rows:
        raise Damaged(place, file.path, f"rows {rows}; the manifest says {file.rows}")


def glance(note: Note) -> Kept:
    """A backup as it is found today, by its manifest's hash and the sizes of its files; what is in them is not read."""
    place = Path(note.place)
    try:
        manifest, digest = read_manifest(place)
        if digest != note.digest:
            return Kept(note, 0, f"{place}: its manifest is not the one that the audit chain has")
        for file in manifest.files:
            if (place / file.path).stat().st_size != file.size:
                return Kept(note, 0, f"{place}: {file.path} has another size")
    except (Damaged, OSError) as error:
        return Kept(note, 0, str(error))
    return Kept(note, manifest.started)


def _rows(place: Path, name: str, reader: telemetry.Reader) -> dict[str, int]:
    path = place / name
    if path.parent.name == tables.FOLDER:
        return {path.stem: tables.count(path)}
    try:
        if name.startswith(f"{telemetry.FOLDER}/"):
            return reader.count(path)
        return import_module("store.backup.buckets").count(path)  # type: ignore[no-any-return]  # InfluxDB's client only where it was
    except (duckdb.Error, OSError, EOFError, zlib.error) as error:
        raise Damaged(place, name, f"cannot be opened ({error})") from error
