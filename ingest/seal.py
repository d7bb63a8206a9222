"""The key by which this centre signs evidence: made at the first start, kept in its folder, its public half noted in the audit chain."""

import os
from pathlib import Path

from alerts.evidence import Seal
from contracts.errors import BadConfig
from contracts.keys import new_key
from store.records import audit
from store.records.engine import Records

NAME = "evidence.key"


def seal_in(folder: Path, records: Records, now: int) -> Seal:
    """The seal of a centre. BadConfig where its file is no key: a damaged key is put back from a backup, never made anew unseen."""
    path = folder / NAME
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_bytes()
        if len(secret) != 32:
            raise BadConfig(
                str(path), f"{len(secret)} bytes", "the 32 bytes of a signing key; put it back, or move the file away"
            ) from None
        return Seal(secret)
    with os.fdopen(descriptor, "wb") as file:
        file.write(new_key())
        file.flush()
        os.fsync(file.fileno())
    seal = Seal(path.read_bytes())
    with records.begin() as db:
        audit.append(db, "evidence.key", seal.key, {"public": seal.public.hex()}, "centre", now)
    return seal
