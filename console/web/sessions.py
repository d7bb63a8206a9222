"""Signing in and out: the rim around people and sessions. What is decided by numbers stands in `console.web.entry`."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

from sqlalchemy import Connection

from console.web.access import Viewer, viewer_for
from console.web.entry import FORGOTTEN_AFTER, FREE_OF_ADDRESS, FREE_OF_LOGIN, DoorSettings, SignInSection, ends_of, failing, forgiven, over
from console.web.hashing import crowded, password_fits
from console.web.oidc import NotVouched
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.strangers import network_of
from contracts.clock import MINUTE, SECOND
from store.records import audit, people, sessions
from store.records.people import Person
from store.records.sessions import Session

BELIEVED = 2 * SECOND
"""How long what the records said of a session is believed: so long somebody who was shut out may go on."""
NOTED_EVERY = MINUTE
"""How often a session's last call is written down."""
KEPT = 5_000

LOGIN_MOST = 60


@dataclass(frozen=True, slots=True)
class Known:
    """A session as last read, and whose it is."""

    session: Session
    viewer: Viewer
    lang: str
    read: int


class Sessions:
    """Who is behind a token. Belongs to one event loop; the records are asked in the store's thread."""

    def __init__(self, plant: Plant, settings: DoorSettings) -> None:
        self._plant, self._times = plant, settings.sign_in
        self._known: dict[str, Known] = {}

    async def known(self, token: str, *, touch: bool = True) -> Known | None:
        """Whose session this is, None where it is over. `touch`: it was used just now (an open stream is no use)."""
        hashed, now = digest_of(token), self._plant.clock.now()
        found = self._known.get(hashed)
        if found is None or not 0 <= now - found.read < BELIEVED:
            found = await self._plant.run(lambda: self._read(hashed, now))
            self._keep(hashed, found)
        if found is None or over(found.session.seen, found.session.ends, now, self._times, found.session.board):
            return None
        if touch and now - found.session.seen >= NOTED_EVERY:
            await self._plant.run(lambda: self._note(hashed, now))
            found = replace(found, session=replace(found.session, seen=now))
            self._keep(hashed, found)
        return found

    def remembers(self, token: str) -> bool:
        """Whether this was somebody's session when it was last asked for; no records are read."""
        return bool(token) and digest_of(token) in self._known

    async def anybody(self) -> bool:
        """Whether anybody is registered."""

        def read() -> bool:
            with self._plant.records.read() as db:
                return people.anybody(db)

        return await self._plant.look(read)

    async def sign_in(self, login: str, password: str, address: str, board: bool = False) -> tuple[str, Person]:
        """A token and whose it is. Refused 429 while nothing is tried, 401 for a wrong login or password: nobody learns which."""
        if crowded():
            raise Refused(429, "body.login", login[:LOGIN_MOST], "1 s")
        login, now = login.strip(), self._plant.clock.now()
        keys = _keys(login, address)
        person = await self._plant.run(lambda: self._attempt(login, keys, now))
        right = await password_fits(person.password if person is not None and person.active else "", password)
        if person is None or not right:
            await self._plant.run(lambda: self._refuse(person, keys, address, now))
            raise Refused(401, "body.password", login, "a login and its password")
        token = await self._plant.run(lambda: self._forgive_and_open(person, keys, address, board, now))
        return token, person

    async def enter(self, person: Person, way: str, address: str) -> str:
        """A token for somebody another sign-in vouched for."""
        now = self._plant.clock.now()

        def write() -> str:
            with self._plant.records.begin() as db:
                return self._open(db, person, way, address, False, now)

        return await self._plant.run(write)

    async def claimed(self, claim: str, address: str) -> Person:
        """Whose name at the company's own sign-in this is; NotVouched (and written down) where nobody active has it."""
        now = self._plant.clock.now()
        person = await self._of(lambda db: people.by_claim(db, claim))
        if person is not None and person.active:
            return person

        def write() -> None:
            with self._plant.records.begin() as db:
                audit.append(db, "sign_in.refused", "nobody", {"way": "oidc", "address": address}, "unknown", now)

        await self._plant.run(write)
        raise NotVouched("nobody is registered under that name")

    async def sign_out(self, token: str) -> None:
        """End a session; nothing where it is over already."""
        hashed, now = digest_of(token), self._plant.clock.now()

        def write() -> None:
            with self._plant.records.begin() as db:
                found = sessions.session(db, hashed)
                if found is not None and sessions.end(db, hashed):
                    person = people.of(db, found.person)
                    audit.append(db, "sign_in.out", f"person {found.person}", {}, audit.pseudonym(person.name if person else ""), now)

        await self._plant.run(write)
        self._known.pop(hashed, None)

    async def verified(self, person: int, password: str) -> Person:
        """The person whose password this is, from a signed-in page; failures count as at the door."""
        now = self._plant.clock.now()
        found = await self._of(lambda db: people.of(db, person))
        if found is None:
            raise Refused(404, "session", "", "a person of this console")
        keys = _keys(found.login, "")
        await self._plant.run(lambda: self._attempt(found.login, keys, now))
        if not await password_fits(found.password, password):
            raise Refused(401, "body.old", "(hidden)", "the password used until now")
        await self._plant.run(lambda: self._forgive(keys))
        return found

    def forget(self) -> None:
        """What is known of sessions was changed: read it again."""
        self._known.clear()

    async def _of(self, read: Callable[[Connection], Person | None]) -> Person | None:
        def work() -> Person | None:
            with self._plant.records.read() as db:
                return read(db)

        return await self._plant.run(work)

    def _read(self, hashed: str, now: int) -> Known | None:
        with self._plant.records.read() as db:
            session = sessions.session(db, hashed)
            person = people.of(db, session.person) if session is not None else None
        if session is None or person is None or not person.active:
            return None
        return Known(session, viewer_for(person, session.board), person.lang, now)

    def _note(self, hashed: str, now: int) -> None:
        with self._plant.records.begin() as db:
            sessions.seen(db, hashed, now)

    def _keep(self, hashed: str, found: Known | None) -> None:
        if found is None:
            self._known.pop(hashed, None)
            return
        if len(self._known) >= KEPT:
            self._known.clear()
        self._known[hashed] = found

    def _attempt(self, login: str, keys: dict[str, int], now: int) -> Person | None:
        """Counted as failed before it is tried, so that many at once are no way round; Refused where nothing is tried yet."""
        with self._plant.records.begin() as db:
            known = {key: sessions.failed(db, key) for key in keys}
            until = max(one.until for one in known.values())
            if now < until:
                raise Refused(429, "body.login", login[:LOGIN_MOST], f"{ceil((until - now) / SECOND)} s")
            for key, free in keys.items():
                sessions.set_failed(db, key, failing(known[key], free, now))
            return people.by_login(db, login)

    def _refuse(self, person: Person | None, keys: dict[str, int], address: str, now: int) -> None:
        with self._plant.records.begin() as db:
            facts = {"address": address, "failures": max(sessions.failed(db, key).failures for key in keys)}
            actor = audit.pseudonym(person.name) if person is not None else "unknown"
            audit.append(db, "sign_in.refused", f"person {person.id}" if person is not None else "nobody", facts, actor, now)

    def _forgive(self, keys: dict[str, int]) -> None:
        with self._plant.records.begin() as db:
            self._forgiven(db, keys)

    def _forgiven(self, db: Connection, keys: dict[str, int]) -> None:
        """The login's failures are gone; of the address's only this one, or one known password would open the door to guessing others."""
        for key in keys:
            sessions.set_failed(db, key, forgiven(sessions.failed(db, key)) if key.startswith("address") else sessions.Failed())

    def _forgive_and_open(self, person: Person, keys: dict[str, int], address: str, board: bool, now: int) -> str:
        with self._plant.records.begin() as db:
            self._forgiven(db, keys)
            return self._open(db, person, "password", address, board, now)

    def _open(self, db: Connection, person: Person, way: str, address: str, board: bool, now: int) -> str:
        sessions.sweep(db, now, now - FORGOTTEN_AFTER)
        return new_session(db, person, way, address, self._times, now, board)


def new_session(db: Connection, person: Person, way: str, address: str, times: SignInSection, now: int, board: bool = False) -> str:
    """The token of a session that begins now; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    made = Session(digest_of(token), person.id, now, now, ends_of(now, times, board), board, way, address[:80])
    sessions.open_session(db, made)
    facts = {"way": way, "board": board, "address": address}
    audit.append(db, "sign_in.in", f"person {person.id}", facts, audit.pseudonym(person.name), now)
    return token


def digest_of(token: str) -> str:
    """What is kept of a token: 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def _keys(login: str, address: str) -> dict[str, int]:
    """What failures are counted under, and how many of each cost no wait. The login is hashed: no password is kept that was typed there."""
    keys = {f"login:{digest_of(login.lower())[:32]}": FREE_OF_LOGIN}
    return keys | {f"address:{network_of(address)[:80]}": FREE_OF_ADDRESS} if address else keys
