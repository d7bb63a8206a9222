"""A bundle from its members: numbered, hashed, with the figures the suites reached."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from lab.evaluate import code_hash
from lab.train import Made
from models.base import Frame
from models.bundle import Contents, make_bundle

Figures = Mapping[str, Mapping[str, float | str | None]]


def data_hash(frames: Iterable[Frame]) -> str:
    """16 hex digits over what was learned from: points, times, values."""
    digest = hashlib.blake2b(digest_size=8)
    for frame in frames:
        digest.update("\0".join(frame.points).encode() + frame.times.tobytes() + frame.values.tobytes())
    return digest.hexdigest()


def bundle_of(mine: str, number: int, made_at: int, learned_from: Sequence[Frame], members: Sequence[Made], figures: Figures) -> bytes:
    """The bytes of an unsigned bundle."""
    told = {suite: dict(row) for suite, row in figures.items()}
    contents = Contents(mine, number, made_at, data_hash(learned_from), code_hash(), told, [])
    return make_bundle(contents, {name: (detector, threshold) for name, detector, threshold in members})


def figures_of(results: Iterable[Mapping[str, object]]) -> dict[str, dict[str, float | str | None]]:
    """The plain figures of saved results (`davy models evaluate --save`), by suite; tables inside them stay in docs/models.md."""
    found: dict[str, dict[str, float | str | None]] = {}
    for result in results:
        figures = result.get("figures")
        if isinstance(figures, dict):
            found[str(result.get("suite"))] = {
                name: value for name, value in figures.items() if isinstance(value, int | float | str | None)
            }
    return found
