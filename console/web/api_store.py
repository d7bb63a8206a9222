"""Care of the store by the process that owns it: POST /api/v1/store/backup."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, Request

from console.web.access import Right, Viewing
from console.web.api_alarms import same_site
from console.web.asked import Watched
from console.web.plant import Plant
from console.web.refusals import Refused
from contracts.clock import iso
from contracts.errors import DavyError
from store.backup import Made
from store.records import audit

router = APIRouter(tags=["store"])


@dataclass(frozen=True, slots=True)
class BackupView:
    """A backup that was read back whole: where (on the centre's machine), the hash of its manifest, when, and how much."""

    place: str
    digest: str
    made: str
    made_us: int
    generation: str
    files: int
    rows: int
    size: int


@router.post("/store/backup")
async def backup(request: Request, watch: Watched, viewer: Viewing) -> BackupView:
    """Back up store and records while they run, into the centre's own folder of backups. One at a time."""
    same_site(request)
    viewer.need(Right.ADMIN)
    make, state = watch.plant.backup, request.app.state
    if make is None or getattr(state, "backing_up", False):
        raise Refused(409, "store", "backup", "a centre that keeps backups, one at a time")
    state.backing_up = True
    try:
        made = await asyncio.to_thread(make)
    except DavyError as error:
        raise Refused(409, "store", "backup", str(error)) from error
    finally:
        state.backing_up = False
    if viewer.signed_in:
        await watch.plant.run(lambda: _note(watch.plant, viewer.name, made))
    manifest = made.manifest
    return BackupView(
        str(made.place),
        made.digest,
        iso(manifest.made),
        manifest.made,
        manifest.generation,
        len(manifest.files),
        manifest.rows,
        manifest.size,
    )


def _note(plant: Plant, name: str, made: Made) -> None:
    with plant.records.begin() as db:
        audit.append(db, "backup.asked", str(made.place), {"digest": made.digest}, audit.pseudonym(name), plant.clock.now())
