"""Anchors of the fleet's log left with this gateway: heads that the centre signed, kept where the centre cannot reach them.

A text file, one `n:hash:day` a line, oldest first. A second hash for a number that is kept already is refused, and said: one of the two
logs was made anew. Nothing can be taken away from afar; the oldest lines go when there are too many.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from contracts.anchors import Anchor, read_anchors
from contracts.errors import BadConfig, BadPayload
from edge_agent.outbox.segment import sync_folder

NAME = "anchors.txt"
MOST_KEPT = 4_000
"""Ten years of days."""
SHOWN = 20


def kept(folder: Path) -> tuple[Anchor, ...]:
    """The anchors in a gateway's folder, oldest first; BadConfig where its file is damaged."""
    try:
        text = (folder / NAME).read_text(encoding="utf-8")
        return read_anchors(text) if text.strip() else ()
    except FileNotFoundError:
        return ()
    except (BadPayload, UnicodeDecodeError) as error:
        raise BadConfig(str(folder / NAME), "damaged", f"a text of anchors, one a line ({error})") from error


def keep(folder: Path, given: Anchor) -> bool:
    """Write it down, durable when it returns; False where it was there. BadConfig where another hash is kept under its number."""
    found = kept(folder)
    for one in found:
        if one.n == given.n and one.hash != given.hash:
            raise BadConfig("hash", given.hash, f"{one.hash}, which was kept for entry {one.n} on {one.day}: the log was made anew")
    if any((one.n, one.hash) == (given.n, given.hash) for one in found):
        return False
    if found and given.n < found[-1].n:
        raise BadConfig("n", given.n, f"more than {found[-1].n}, which was kept on {found[-1].day}: a log only grows")
    fresh = folder / f"{NAME}.new"
    with fresh.open("w", encoding="utf-8") as file:
        file.writelines(f"{one}\n" for one in [*found, given][-MOST_KEPT:])
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(folder / NAME)
    sync_folder(folder)
    return True


def anchor(folder: Path) -> Callable[[Mapping[str, str]], Awaitable[str]]:
    """The command `anchor`: with `n`, `hash` and `day` it keeps one; without arguments it tells the newest that are kept."""

    async def do(arguments: Mapping[str, str]) -> str:
        if arguments:
            given = _given(arguments)
            fresh = await asyncio.to_thread(keep, folder, given)
            return f"{given}\n{'kept' if fresh else 'was kept already'}"
        return "\n".join(str(one) for one in (await asyncio.to_thread(kept, folder))[-SHOWN:])

    return do


def _given(arguments: Mapping[str, str]) -> Anchor:
    text = f"{arguments.get('n', '')}:{arguments.get('hash', '')}:{arguments.get('day', '')}"
    try:
        (given,) = read_anchors(text)
    except (BadPayload, ValueError) as error:
        raise BadConfig("n, hash, day", text[:120], "a number, 64 hex digits, a date such as 2026-11-30") from error
    return given
