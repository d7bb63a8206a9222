"""Evidence: one signed file that says what was known, keeps saying it whatever is edited later, and shows every change of itself."""

import csv
import io
import json
import zipfile
from dataclasses import replace

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.evidence import About, Seal, make_evidence, read_evidence
from console.paper.curve import MOST, Limit, curve_of
from console.web.times import BEIJING
from contracts.clock import MINUTE, SECOND
from contracts.errors import BadPayload
from contracts.keys import new_key
from store.interface import Series
from store.records import alarms as table
from store.records import audit
from tests.alerts.test_contradictions import series
from tests.console.apps import app_of
from tests.console.people_pit import client_of
from tests.console.web_pit import NOON, Pit

SEAL, OTHER = Seal(bytes(range(32))), Seal(bytes(range(1, 33)))
ABOUT = About(7, "north", "T00", NOON, "李工", "0.1.0", (NOON - MINUTE, NOON), (3, "ab" * 32))
FILES = {"alarm.json": b'{"id":7}', "readings.csv": b"point,time\nT00,1\n" * 50, "evidence.zh.pdf": b"%PDF-1.7 ..."}
WHOLE = make_evidence(ABOUT, FILES, SEAL)


def repacked(change: dict[str, bytes | None]) -> bytes:
    """The file with parts changed (None: left out), as somebody would who does not have the key."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as old, zipfile.ZipFile(out, "w") as new:
        parts: dict[str, bytes | None] = {name: old.read(name) for name in old.namelist()} | change
        for name, data in parts.items():
            if data is not None:
                new.writestr(name, data)
    return out.getvalue()


def manifest_with(**facts: object) -> bytes:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as box:
        return json.dumps(json.loads(box.read("manifest.json")) | facts).encode()


def test_the_same_contents_make_the_same_bytes_and_read_whole():
    read = read_evidence(WHOLE, {SEAL.public})
    assert make_evidence(ABOUT, dict(reversed(FILES.items())), SEAL) == WHOLE
    assert (read.troubles, read.files, read.key) == ([], FILES, SEAL.key)


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"readings.csv": b"point,time\nT00,2\n" * 50}, ("changed", "readings.csv")),
        ({"alarm.json": None}, ("missing", "alarm.json")),
        ({"more.txt": b"x"}, ("not_in_manifest", "more.txt")),
        ({"manifest.json": manifest_with(by="somebody else")}, ("signature", "manifest")),
        ({"manifest.json": manifest_with(public=OTHER.public.hex())}, ("signature", "manifest")),
        ({"manifest.sig": b"00" * 64}, ("signature", "manifest")),
        ({"manifest.sig": b"not hex"}, ("signature", "manifest")),
        ({"manifest.sig": None}, ("signature", "manifest")),
    ],
)
def test_every_change_is_named(change, trouble):
    assert read_evidence(repacked(change)).troubles == [trouble]


def test_a_file_signed_by_a_key_nobody_knows_is_told_apart():
    forged = make_evidence(ABOUT, FILES, OTHER)
    assert read_evidence(forged, {SEAL.public}).troubles == [("strange_key", OTHER.key)]
    assert read_evidence(forged).troubles == []


@pytest.mark.parametrize("data", [b"", b"PK", WHOLE[:-30], WHOLE[:200], b"x" * 500])
def test_what_is_no_evidence_file_is_refused(data):
    with pytest.raises(BadPayload, match="evidence"):
        read_evidence(data)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_no_flipped_byte_is_read_as_other_evidence(at, bits):
    """Either it is refused or told, or the contents are still exactly those that were signed (a byte that zip itself ignores)."""
    data = bytearray(WHOLE)
    data[at] ^= bits
    try:
        read = read_evidence(bytes(data), {SEAL.public})
    except BadPayload:
        return
    assert read.troubles or read.files == FILES


def test_a_zip_that_unpacks_to_too_much_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("manifest.json", b"0" * (65 << 20))
    with pytest.raises(BadPayload, match="64 MiB"):
        read_evidence(out.getvalue())


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.plant = replace(pit.plant, seal=Seal(new_key()))
    pit.hear()
    pit.history(20)
    pit.alarm(value=1.05)
    return pit


def web_of(pit: Pit) -> httpx.AsyncClient:
    return client_of(app_of(pit.plant))


async def test_the_file_pins_the_readings_and_stays_what_it_was(pit: Pit) -> None:
    async with web_of(pit) as web:
        made = (await web.post("/api/v1/alarms/1/evidence", json={"name": "李工"})).json()
        first = (await web.get(made["href"])).content
        key = bytes.fromhex((await web.get("/api/v1/evidence/key")).json()["public"])
        pit.clock.advance(SECOND)
        pit.returned(value=0.4)
        pit.store.drop_before(pit.clock.now() + MINUTE)
        assert (await web.get(made["href"])).content == first
        again = (await web.post("/api/v1/alarms/1/evidence", json={"name": "王工"})).json()
        listed = [one["id"] for one in (await web.get("/api/v1/alarms/1/evidence")).json()["items"]]

    read = read_evidence(first, {key})
    assert read.troubles == []
    assert listed == [again["id"], made["id"]]
    assert (read.manifest.alarm, read.manifest.point, read.manifest.by) == (1, "T00", "李工")
    rows = [row for row in csv.reader(io.StringIO(read.files["readings.csv"].decode())) if row[0] == "T00"]
    stored = pit.store.series("north", "T00", 0, 1 << 60)
    assert len(rows) > 100 > len(stored.time)
    assert {name.rpartition(".")[2] for name in read.files} == {"json", "csv", "pdf", "png"}
    assert read.files["evidence.zh.pdf"].startswith(b"%PDF")
    assert read.files["evidence.en.png"].startswith(b"\x89PNG")
    with pit.records.read() as db:
        link = audit.links(db)[-1]
        assert (link.kind, json.loads(link.payload)["digest"]) == ("alarm.evidence", again["digest"])


async def test_where_there_is_no_key_nothing_is_signed(pit: Pit) -> None:
    pit.plant = replace(pit.plant, seal=None)
    async with web_of(pit) as web:
        assert (await web.post("/api/v1/alarms/1/evidence", json={"name": "x"})).status_code == 503
        assert (await web.get("/api/v1/evidence/key")).status_code == 404


async def test_a_centres_own_alarm_has_no_evidence(pit: Pit) -> None:
    with pit.records.begin() as db:
        pit.journal.backup(db, "failed", "disk", pit.clock.now())
        number = table.alarms(db, limit=1)[0].id
    async with web_of(pit) as web:
        assert (await web.post(f"/api/v1/alarms/{number}/evidence", json={"name": "x"})).status_code == 404


def drawn(found: Series, minutes: int = 10) -> dict[str, object]:
    limits = [Limit("alarm", 1.0, "1.00")]
    return curve_of(found, (NOON, NOON + minutes * MINUTE), (NOON + MINUTE, NOON + 2 * MINUTE), limits, BEIJING, 2, 4)


def test_a_curve_is_broken_where_nothing_was_read_and_keeps_every_peak():
    values = [0.5] * 5000
    values[3333] = 2.5
    long = drawn(series(values, NOON), 120)
    (line,) = long["lines"]
    assert len(line) <= MOST + 2
    assert max(y for _, y in line) == max(y for _, y in drawn(series([0.5, 2.5], NOON))["lines"][0])
    first, second = series([0.4] * 60, NOON), series([0.4] * 60, NOON + 5 * MINUTE)
    joined = Series(*(np.concatenate([getattr(one, n) for one in (first, second)]) for n in first.__slots__))
    broken = drawn(joined)
    assert len(broken["lines"]) == 2
    assert [(round(start, 2), round(end, 2)) for start, end in broken["gaps"]] == [(0.1, 0.5), (0.6, 1.0)]


def test_flags_are_marked_and_no_readings_at_all_are_one_gap():
    assert len(drawn(series([0.4] * 10, NOON, 4))["flagged"]) == 10
    nothing = drawn(series([], NOON))
    assert (nothing["lines"], nothing["gaps"]) == ([], [[0.0, 1.0]])
