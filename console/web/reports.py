"""Reports behind the pages and the API: drafts, frozen versions, reviews, files."""

import asyncio
import re
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError

from console.duty.calendar import MineDay, before, day_at, mine_day
from console.duty.content import hash_of
from console.paper import press, sheets
from console.paper.paper import Paper, data_of
from console.reports.ink import Ink
from console.reports.kinds import KINDS, Kind
from console.reports.make import About, about, content_of, draft, papers_in, plain, with_reviews
from console.web.access import OUTSIDE, Role, Viewer
from console.web.board import Scene, in_words
from console.web.duty import pattern_in
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.shapes import Words
from console.web.shapes_reports import DayReports, ReportView, ReviewView, VersionView
from console.web.watch import Watch
from console.web.words import LANGUAGES, say
from contracts.clock import iso
from store.records import audit, duty, reports
from store.records.audit import pseudonym
from store.records.reports import ReportRow, ReviewRow

FORMATS: dict[str, tuple[str, Callable[[Paper], bytes]]] = {
    "pdf": ("application/pdf", lambda paper: press.pdf("paper", data_of(paper))),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheets.xlsx),
    "csv": ("text/csv; charset=utf-8", sheets.csv_of),
}
OFFICES = {Role.MANAGER: ("mine_manager",), Role.ENGINEER: ("chief_engineer",)}
"""In which office a signed-in person reviews: our reading, there is no role of a chief engineer of its own."""
Known = list[tuple[ReportRow, list[ReviewRow]]]


def kind_of(name: str) -> Kind:
    """A report by name, or Refused."""
    if name not in KINDS:
        raise Refused(404, "path.kind", name[:40], ", ".join(KINDS))
    return KINDS[name]


async def versions_of(plant: Plant, what: About) -> Known:
    """The frozen versions with their reviews, the newest first."""

    def read() -> Known:
        with plant.records.read() as db:
            rows = reports.versions(db, what.mine, what.kind.name, what.day, what.place)
            return [(row, reports.reviews(db, row.id)) for row in rows]

    return await plant.look(read)


def may_see(viewer: Viewer, kind: Kind, known: Known) -> Known:
    """Of the versions those that this person may see: who is not of the mine sees what every office reviewed, and no draft."""
    return [one for one in known if complete(kind, one[1])] if viewer.role in OUTSIDE else known


def complete(kind: Kind, done: list[ReviewRow]) -> bool:
    return bool(kind.reviewed) and {one.office for one in done} >= set(kind.reviewed)


async def found(
    watch: Watch, viewer: Viewer, scene: Scene, kind: str, mine: str, day: str, turn: int | None, version: int | None
) -> tuple[About, Known, dict[str, Paper], int | None]:
    """What is asked for, its versions, its papers by language, and which version they are (None: a draft). `version` None: the newest
    there is, else a draft; 0: a draft."""
    watch.known_mine(scene, mine)
    what = await about(watch.plant, kind_of(kind), mine, day, turn, scene.now)
    known = may_see(viewer, what.kind, await versions_of(watch.plant, what))
    wanted = known[0][0].version if known and version is None else version or None
    row, done = next((one for one in known if one[0].version == wanted), (None, []))
    if (wanted is not None and row is None) or (wanted is None and viewer.role in OUTSIDE):
        raise Refused(404, "query.version", str(version), "one of: " + ", ".join(str(one.version) for one, _ in known))
    papers = papers_in(row.content) if row else await draft(watch, scene, what)
    inks = {lang: Ink(lang, watch.plant.zone, watch.plant.limits) for lang in papers}
    shown = {lang: with_reviews(paper, inks[lang], what.kind, row, done) for lang, paper in papers.items()}
    return what, known, shown, row.version if row else None


def report_view(what: About, known: Known, paper: Paper, version: int | None) -> ReportView:
    """A report as the API gives it."""
    done = {one.office for one in known[0][1]} if known else set[str]()
    return ReportView(
        kind=what.kind.name,
        mine=what.mine,
        day=what.day,
        turn=what.turn.at if what.turn else None,
        start_us=what.start,
        end_us=what.end,
        version=version,
        versions=[_version(what.kind, row, reviews) for row, reviews in known],
        missing=[office for office in what.kind.reviewed if office not in done],
        paper=plain(paper),
    )


def _version(kind: Kind, row: ReportRow, reviews: list[ReviewRow]) -> VersionView:
    views = [ReviewView(one.office, in_words(f"paper.office.{one.office}"), one.by, one.words, iso(one.at), one.at) for one in reviews]
    return VersionView(row.version, iso(row.made), row.made, row.by, row.reason, row.hash, complete(kind, reviews), views)


async def freeze(watch: Watch, scene: Scene, what: About, by: str, reason: str) -> int:
    """Freeze a version for review: its number. Refused 409 for a report that nobody reviews, or a day that is not over; 422 for a
    correction without a reason."""
    if not what.kind.reviewed:
        raise Refused(
            409, "path.kind", what.kind.name, "a report that is reviewed: " + ", ".join(k.name for k in KINDS.values() if k.reviewed)
        )
    if scene.now < what.end:
        raise Refused(409, "path.day", what.day, f"a day that is over (at {iso(what.end)})")
    plant, known = watch.plant, await versions_of(watch.plant, what)
    if known and not reason:
        raise Refused(422, "body.reason", reason, "why it is corrected")
    content = content_of(await draft(watch, scene, what))
    number = known[0][0].version + 1 if known else 1
    values = {"mine": what.mine, "kind": what.kind.name, "day": what.day, "turn": what.place, "version": number, "start": what.start}
    values |= {
        "end": what.end,
        "made": scene.now,
        "by": by,
        "reason": reason if known else "",
        "content": content,
        "hash": hash_of(content),
    }

    def write() -> None:
        with plant.records.begin() as db:
            row = reports.freeze(db, values)
            facts = {"hash": row.hash, "reason": row.reason}
            audit.append(db, "report.frozen", _subject(row), facts, pseudonym(by), scene.now)

    try:
        await plant.run(write)
    except IntegrityError as error:
        raise Refused(409, "path.day", what.day, "somebody froze this version just now: look again") from error
    return number


async def review(plant: Plant, what: About, version: int, office: str, by: str, words: str, seen: str) -> None:
    """Note a review of a frozen version, by the hash its reviewer saw. Refused 409 where another version is newer, or it is reviewed."""
    known = await versions_of(plant, what)
    row = known[0][0] if known else None
    if row is None or row.version != version or row.hash != seen:
        newest = "none yet" if row is None else f"{row.version}, hash {row.hash}"
        raise Refused(409, "body.version", version, f"the newest version: {newest}")
    now = plant.clock.now()

    def write() -> None:
        with plant.records.begin() as db:
            done = reports.review(db, row.id, office, by, words, now)
            facts = {"hash": row.hash, "office": office, "words": words}
            audit.append(db, "report.reviewed", _subject(row), facts, pseudonym(by), now)
            title = " / ".join(say(lang, f"paper.title.{row.kind}") for lang in LANGUAGES)
            duty.write(db, what.mine, "review", f"{title} {row.day} v{row.version} {row.hash[:16]}", done.at, by=by)

    try:
        await plant.run(write)
    except IntegrityError as error:
        raise Refused(409, "body.office", office, "an office that has not reviewed this version") from error


def _subject(row: ReportRow) -> str:
    return f"report {row.mine} {row.kind} {row.day} v{row.version}"


def offices_of(viewer: Viewer, kind: Kind) -> tuple[str, ...]:
    """In which offices somebody may review: the one of their role; each where sign-in is off."""
    return kind.reviewed if viewer.role is None else tuple(o for o in OFFICES.get(viewer.role, ()) if o in kind.reviewed)


def file_of(what: About, paper: Paper, form: str, version: int | None) -> tuple[bytes, str, str]:
    """A report as a file: its bytes, media type and name (plain ASCII)."""
    media, make = FORMATS[form]
    turn = f"-{what.turn.at}" if what.turn else ""
    drafted = "draft" if version is None else f"v{version}"
    name = re.sub(r"[^A-Za-z0-9.-]", "_", f"{what.kind.name}-{what.mine}-{what.day}{turn}-{drafted}-{paper.lang}.{form}")
    return make(paper), media, name


async def in_a_thread(what: About, paper: Paper, form: str, version: int | None) -> tuple[bytes, str, str]:
    """`file_of` beside the event loop: setting a long report takes seconds."""
    return await asyncio.to_thread(file_of, what, paper, form, version)


async def days_of(plant: Plant, viewer: Viewer, mine: str, now: int, count: int) -> list[DayReports]:
    """The last days of a mine, the newest first, with how far their reports are."""
    hours, outside = plant.zone.hours, viewer.role in OUTSIDE

    def read() -> tuple[list[MineDay], dict[str, dict[str, set[str]]]]:
        with plant.records.read() as db:
            days = [day_at(pattern_in(db, mine, now), now, hours)]
            while len(days) < count:
                days.append(mine_day(pattern_in(db, mine, days[-1].start), before(days[-1].day), hours))
            reviewed = [kind.name for kind in KINDS.values() if kind.reviewed]
            return days, {name: reports.reviewed_days(db, mine, name, days[-1].day) for name in reviewed}

    days, done = await plant.look(read)
    return [
        DayReports(
            day.day,
            mine,
            day.start,
            day.end,
            now >= day.end,
            {name: _state(KINDS[name], done[name].get(day.day), outside) for name in done},
            [] if outside else [Words(turn.shift.zh, turn.shift.en) for turn in day.turns if turn.start <= now],
        )
        for day in days
    ]


def _state(kind: Kind, offices: set[str] | None, outside: bool) -> str:
    state = "none" if offices is None else "reviewed" if offices >= set(kind.reviewed) else "partly" if offices else "draft"
    return state if state == "reviewed" or not outside else "none"
