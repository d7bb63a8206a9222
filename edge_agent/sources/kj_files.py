"""KJ system files: values, substations, point definitions and alarms that the mine's monitoring system drops into a folder.

The folder is read one-way. Good records are kept whatever stands beside them; what is refused or doubted is named in the answer, counted,
and written to a list for people. Equal readings are taken once, also over restarts.
"""

from pathlib import Path

import msgspec
import structlog

from alerts.packs import load
from alerts.packs.pack import Pack
from contracts.clock import SECOND, Clock, SystemClock
from contracts.errors import BadConfig
from contracts.points import Registry
from edge_agent.sources.bounded_csv import BoundedCsv
from edge_agent.sources.drop_folder import DropFolder, Seen
from edge_agent.sources.file_memory import FileMemory, digest_of
from edge_agent.sources.file_poll import FilePoll, Taken
from edge_agent.sources.kj_layout import Layout, Role, read_layout
from edge_agent.sources.kj_points import PointIndex, read_codes
from edge_agent.sources.kj_records import Found, Times, ValueReader
from edge_agent.sources.kj_settings import Definition, Finding, compared, define, findings, words_of
from edge_agent.sources.kj_text import Contents, Fault, split_fields, take_apart
from edge_agent.sources.settings import KjFilesSettings

log = structlog.get_logger("edge.kj")

ROLES = (Role.DEFINITIONS, Role.VALUES, Role.ALARMS)
ONCE = ("state", "unit")
"""Fields whose faults are told once a word, not once a record."""


class KjFiles(FilePoll):
    """One folder. `findings` and `definitions` mirror the KJ system's own settings; both stand in `kj-settings.json` too.

    `compared`: points whose settings were held against the regulation."""

    def __init__(
        self, settings: KjFilesSettings, layout: Layout, codes: dict[str, str], registry: Registry, pack: Pack, clock: Clock
    ) -> None:
        kinds = {name: kind for name, kind in layout.kinds.items() if kind.role in ROLES}
        patience = round(settings.patience_s * SECOND)
        folder = DropFolder(Path(settings.folder), {name: kind.files for name, kind in kinds.items()}, patience, clock.monotonic)
        own = Path(settings.memory)
        super().__init__(
            settings, folder, FileMemory(own), registry, clock.monotonic, {n for n, k in kinds.items() if k.role is Role.DEFINITIONS}
        )
        self._layout, self._kinds, self._pack = layout, kinds, pack
        self._index, times = PointIndex(registry, codes), Times(layout)
        self._words: dict[str, dict[str, float]] = {}
        self._readers = {
            name: ValueReader(layout, kind, self._index, times, self._words) for name, kind in kinds.items() if kind.role is Role.VALUES
        }
        self._quarantine = BoundedCsv(own / "quarantine.csv", ("file", "record", "field", "value", "allowed", "text"))
        self._alarms = BoundedCsv(own / "kj-alarms.csv", ("file", "record", "point", "fields"))
        self._mirror = own / "kj-settings.json"
        self.definitions: dict[str, Definition] = {}
        self.findings: list[Finding] = []
        self.compared: set[str] = set()

    def resumed(self, due: int) -> None:
        """What was defined before is known again."""
        read = msgspec.json.Decoder(Definition)
        for code, body in self.memory.definitions().items():
            try:
                self.definitions[code] = read.decode(body)
            except msgspec.DecodeError:
                continue  # written by another version: the next definition file tells it anew
        self._compare(due)

    def contents(self, data: bytes, one: Seen) -> Contents:
        return take_apart(data, self._layout, self._kinds[one.kind])

    def take(self, contents: Contents, one: Seen, due: int) -> Taken:
        """What the file held, by the role of its kind."""
        role = self._kinds[one.kind].role
        if role is Role.VALUES:
            found = self._readers[one.kind].read(contents.records, contents.encoding, due)
            self._tell_unknown(found, one, due)
            strangers = f"{len(found.unknown)} unknown points, first {next(iter(found.unknown))}" if found.unknown else ""
            return Taken(found.rows, [*contents.faults, *found.faults], counts=True, why=strangers)
        taken = self._take_definitions if role is Role.DEFINITIONS else self._take_alarms
        return Taken([], [*contents.faults, *taken(contents, one, due)])

    def note(self, one: Seen, faults: list[Fault], due: int) -> None:
        """Faults to the list for people, each once."""
        fresh = [fault for fault in faults if self._first(one, fault)]
        rows = [(one.shown, fault.record, fault.field, fault.value, fault.allowed, fault.text) for fault in fresh]
        self._quarantine.append(due, rows)

    def _first(self, one: Seen, fault: Fault) -> bool:
        if fault.field in ONCE:
            return self.memory.first_note(digest_of(one.kind, fault.field, fault.value, fault.allowed))
        return self.memory.first_note(digest_of(one.shown, str(fault.record), fault.field, fault.value, fault.text))

    def _tell_unknown(self, found: Found, one: Seen, due: int) -> None:
        """A point nobody registered: named once; its readings have no place to go, and are counted."""
        self.counts["unknown_point"] += len(found.unknown)
        rows = [
            (one.shown, record.number, "point", code, "a point of the registry (davy edge import)", record.text)
            for code, record in found.unknown.items()
            if self.memory.first_note(digest_of("unknown", code))
        ]
        self._quarantine.append(due, rows)
        if rows:
            log.warning("unknown points", source=self.name, file=one.shown, points=[row[3] for row in rows][:20])

    def _take_definitions(self, contents: Contents, one: Seen, due: int) -> list[Fault]:
        faults, kind, changed = list[Fault](), self._kinds[one.kind], False
        for record in contents.records:
            definition, refused = define(record, self._layout, kind)
            faults += refused
            if definition is not None and self.definitions.get(definition.point) != definition:
                self.definitions[definition.point] = definition
                self.memory.define(definition.point, msgspec.json.encode(definition))
                changed = True
        if changed:
            self._compare(due)
            self._write_mirror()
        return faults

    def _compare(self, due: int) -> None:
        before = {(one.point, one.setting, one.found) for one in self.findings}
        self.findings = findings(self.definitions, self._layout, self._index, self._pack, due)
        self.compared = compared(self.definitions, self._layout, self._index, self._pack, due)
        for one in self.findings:
            if (one.point, one.setting, one.found) not in before:
                log.warning(
                    "looser setting", source=self.name, point=one.point, setting=one.setting, clause=one.clause, zh=one.zh, en=one.en
                )
        self._words.clear()
        self._words.update({code: words_of(definition) for code, definition in self.definitions.items()})

    def _write_mirror(self) -> None:
        shown = {"pack": self._pack.name, "definitions": list(self.definitions.values()), "findings": self.findings}
        fresh = self._mirror.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(shown), indent=1))
            fresh.replace(self._mirror)
        except OSError as error:
            log.error("mirror not written", path=str(self._mirror), why=str(error))  # noqa: TRY400

    def _take_alarms(self, contents: Contents, one: Seen, due: int) -> list[Fault]:
        faults, kind, rows = list[Fault](), self._kinds[one.kind], []
        for record in contents.records:
            fields = split_fields(record.text, self._layout.field_end, len(kind.fields))
            if len(fields) != len(kind.fields):
                faults.append(Fault(record.number, "fields", str(len(fields)), f"{len(kind.fields)} fields", record.text))
                continue
            named = dict(zip(kind.fields, fields, strict=True))
            if self.memory.first_note(digest_of("alarm", one.kind, *fields)):
                shown = "; ".join(f"{name}={text}" for name, text in named.items() if not name.startswith("_") and name != "point")
                rows.append((one.shown, record.number, named["point"], shown))
        self._alarms.append(due, rows)
        self.counts["alarms"] += len(rows)
        return faults


def make(settings: KjFilesSettings, registry: Registry) -> KjFiles:
    """The source, its layout and codes read from the files the settings name."""
    layout = read_layout(settings.layout)
    if not any(kind.role is Role.VALUES for kind in layout.kinds.values()):
        raise BadConfig("layout.kinds", ", ".join(layout.kinds), "at least one kind with role values")
    return KjFiles(settings, layout, read_codes(settings.codes, registry), registry, load(), SystemClock())
