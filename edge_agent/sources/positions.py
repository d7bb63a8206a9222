"""Personnel position files (人员位置监测): how many people were in which area, and when. Names and cards are neither kept nor told.

A file is one moment of the whole mine: an area nobody is in has 0 people. So a file without its end mark is not counted at all (fewer
people would be shown than there are), and where a record is refused the counts are flagged doubtful: at least so many.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from contracts.clock import SECOND, Clock, SystemClock
from contracts.errors import BadConfig
from contracts.points import Registry
from contracts.quality import CLOCK_SUSPECT, DOUBTFUL
from edge_agent.sources.bounded_csv import BoundedCsv
from edge_agent.sources.drop_folder import DropFolder, Seen
from edge_agent.sources.file_memory import FileMemory, digest_of
from edge_agent.sources.file_poll import FilePoll, Taken
from edge_agent.sources.kj_layout import FileKind, Layout, Role, read_layout
from edge_agent.sources.kj_points import PointIndex
from edge_agent.sources.kj_records import AHEAD, Refused, Times, number
from edge_agent.sources.kj_text import Contents, Fault, Record, split_fields, take_apart
from edge_agent.sources.settings import PositionsSettings

HIDDEN = "(not shown)"
"""Stands for every value out of such a file: a shifted field may hold a name."""


class Positions(FilePoll):
    """One folder. Areas are points of quantity `persons`, their codes the point ids."""

    def __init__(self, settings: PositionsSettings, layout: Layout, registry: Registry, clock: Clock) -> None:
        kinds = {name: kind for name, kind in layout.kinds.items() if kind.role is Role.PERSONS}
        patience = round(settings.patience_s * SECOND)
        folder = DropFolder(Path(settings.folder), {name: kind.files for name, kind in kinds.items()}, patience, clock.monotonic)
        super().__init__(settings, folder, FileMemory(Path(settings.memory)), registry, clock.monotonic)
        self._layout, self._kinds, self._total = layout, kinds, settings.total_point
        self._index, self._times = PointIndex(registry, {}), Times(layout)
        self._areas = [point.id for point in registry.points if point.quantity == "persons" and point.id != self._total]
        self._quarantine = BoundedCsv(Path(settings.memory) / "quarantine.csv", ("file", "record", "field", "allowed"))

    def resumed(self, due: int) -> None:
        """Nothing but what was taken is remembered."""

    def contents(self, data: bytes, one: Seen) -> Contents:
        """Taken apart, and blind: no fault carries a text of the file."""
        found = take_apart(data, self._layout, self._kinds[one.kind])
        faults = [Fault(fault.record, fault.field, HIDDEN, fault.allowed) for fault in found.faults]
        return Contents(found.headers, found.records, faults, found.complete, found.encoding, "")

    def take(self, contents: Contents, one: Seen, due: int) -> Taken:
        """Counts per area, a moment a section of the file, each at its own time."""
        taken = Taken([], list(contents.faults), counts=True)
        for header in contents.headers if contents.complete else ():
            records = [record for record in contents.records if record.header is header]
            self._take_moment(header, records, self._kinds[one.kind], taken, due)
        return taken

    def _take_moment(self, header: dict[str, str], records: list[Record], kind: FileKind, taken: Taken, due: int) -> None:
        moment = count(records, self._layout, kind, self._times)
        taken.faults += moment.faults
        try:
            time = self._times.read("upload_time", header["upload_time"]) if "upload_time" in kind.header else max(moment.stamps)
        except (Refused, KeyError, ValueError):
            taken.faults.append(Fault(0, "upload_time", HIDDEN, "a time in the header or in the records (this moment is not counted)"))
            return
        quality = (DOUBTFUL if taken.faults else 0) | (CLOCK_SUSPECT if time > due + AHEAD else 0)
        elsewhere = [area for area in moment.people if area not in self._index]
        if elsewhere:
            people = sum(moment.people[area] for area in elsewhere)
            taken.faults.append(Fault(0, "area", HIDDEN, f"areas of the registry ({people:g} people are elsewhere)"))
            self.counts["elsewhere"] += int(people)
        shown = {area: moment.people.get(area, 0.0) for area in self._areas}
        if self._total:
            shown[self._total] = sum(moment.people.values())
        for area, people in shown.items():
            point = self._index.find(area, time)
            if point is not None:
                taken.rows.append((point, time, people, quality))

    def note(self, one: Seen, faults: list[Fault], due: int) -> None:
        """Record number and field to the list for people, never what stood there."""
        fresh = [
            fault for fault in faults if self.memory.first_note(digest_of(one.shown, str(one.changed), str(fault.record), fault.field))
        ]
        self._quarantine.append(due, [(one.shown, fault.record, fault.field, fault.allowed) for fault in fresh])


@dataclass(frozen=True, slots=True)
class Moment:
    """People by area, the times their records told, and what was refused."""

    people: dict[str, float]
    stamps: set[int]
    faults: list[Fault]


def count(records: list[Record], layout: Layout, kind: FileKind, times: Times) -> Moment:
    """Count people. A card seen twice in a moment is one person, where it was last; cards are told apart by a digest under a key
    that lives as long as this call.
    """
    key = secrets.token_bytes(16)
    where: dict[bytes, tuple[int, int, str, float]] = {}
    stamps, faults = set[int](), list[Fault]()
    for record in records:
        try:
            time, area, people, card = _read(record, layout, kind, times)
        except Refused as refused:
            faults.append(Fault(record.number, refused.name, HIDDEN, refused.allowed))
            continue
        stamps |= {time} if time else set()
        identity = digest_of(key, card or f"record {record.number}")
        where[identity] = max(where.get(identity, (0, 0, "", 0.0)), (time, record.number, area, people))
    by_area: dict[str, float] = {}
    for _, _, area, people in where.values():
        by_area[area] = by_area.get(area, 0.0) + people
    return Moment(by_area, stamps, faults)


def _read(record: Record, layout: Layout, kind: FileKind, times: Times) -> tuple[int, str, float, str]:
    """Time (0 where the header tells it), area, people, card of a record; or Refused."""
    fields = split_fields(record.text, layout.field_end, len(kind.fields))
    if len(fields) != len(kind.fields):
        raise Refused("fields", HIDDEN, f"{len(kind.fields)} fields")
    named = dict(zip(kind.fields, fields, strict=True))
    if not named["area"] or "\ufffd" in named["area"]:
        raise Refused("area", HIDDEN, "an area code")
    people = number(named["count"]) if "count" in named else 1.0
    if people is None or people < 0 or people != int(people):
        raise Refused("count", HIDDEN, "a whole number from 0 on")
    time = 0 if "upload_time" in kind.header else times.read("time", named["time"])
    return time, named["area"], people, named.get("card", "")


def make(settings: PositionsSettings, registry: Registry) -> Positions:
    """The source, its layout read from the file the settings name."""
    layout = read_layout(settings.layout)
    if not any(kind.role is Role.PERSONS for kind in layout.kinds.values()):
        raise BadConfig("layout.kinds", ", ".join(layout.kinds), "at least one kind with role persons")
    areas = [point.id for point in registry.points if point.quantity == "persons"]
    if not areas:
        raise BadConfig("points", registry.name, "a registry with points of quantity persons, one an area")
    if settings.total_point and settings.total_point not in areas:
        raise BadConfig("total_point", settings.total_point, f"a point of quantity persons: {', '.join(areas)}")
    return Positions(settings, layout, registry, SystemClock())
