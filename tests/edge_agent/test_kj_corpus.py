"""Hand-made files, good and bad, each with its expected outcome beside it: none loses a good record."""

import csv
import tomllib
from pathlib import Path

import msgspec
import pytest

from contracts.clock import SECOND, from_iso
from tests.edge_agent.kj_mine import NOON, KjMine, shown

FOLDER = Path(__file__).parent / "kj"


class Case(msgspec.Struct, forbid_unknown_fields=True):
    file: str
    says: str
    readings: list[str]
    faults: list[str]
    unknown: list[str] = []


CASES = msgspec.convert(tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))["case"], list[Case])


def told(text: str) -> tuple[str, int, str, int]:
    point, time, value, quality = text.split()
    stamp = time if "T" in time else f"2026-11-24T{time}Z"
    return point, (from_iso(stamp) - NOON) // SECOND, f"{float(value):g}", int(quality)


def test_the_corpus_and_its_table_name_the_same_files() -> None:
    assert sorted(path.name for path in (FOLDER / "files").iterdir()) == sorted(case.file for case in CASES)
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file.removesuffix(".txt"))
async def test_every_good_record_is_kept_and_every_bad_one_is_named(case: Case, tmp_path: Path) -> None:
    mine = KjMine(tmp_path)
    mine.write(case.file, (FOLDER / "files" / case.file).read_bytes())

    answers = [await mine.poll(1), await mine.poll(20)]

    assert [row for answer in answers for row in shown(answer)] == [told(text) for text in case.readings]
    rows = quarantined(mine)
    assert [f"{row['record']} {row['field']}" for row in rows if row["value"] not in case.unknown] == case.faults
    assert [row["value"] for row in rows if row["value"] in case.unknown] == case.unknown
    why = " ".join(answer.why for answer in answers)
    assert [word for word in ([case.file] if case.faults else []) + case.unknown if word not in why] == []


def quarantined(mine: KjMine) -> list[dict[str, str]]:
    path = mine.own / "quarantine.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
