"""The fleet's log for Grafana: the same facts, resumable, a correction overwrites, nobody's name."""

from collections.abc import Iterable, Iterator

import pytest

from contracts.clock import DAY, from_iso
from contracts.errors import Retry
from contracts.facts import Fact, FactSet
from fleet.bodies import Count, Profile, Reported, Status, Suspicion, Verdict, VerdictSet, write
from ingest.grafana_fleet import AT_ONCE, COPIED, FleetCopy, fact_line, midnight
from ingest.grafana_lines import series_of
from store.records import fleet_log
from store.records.engine import Records, open_records
from store.records.fleet_log import New

TODAY = "2026-11-23"
AT = from_iso(f"{TODAY}T00:00:00Z")
NOW = AT + DAY // 2


class Desk:
    """A bucket in memory: a line of one series and time overwrites the one before. `away`: InfluxDB does not answer."""

    def __init__(self, records: Records) -> None:
        self.records, self.away, self.bucket = records, False, dict[tuple[str, str], str]()
        self.sent = 0
        self.copy = self.fresh()

    def fresh(self) -> FleetCopy:
        return FleetCopy(self.records, self.send, self.copied)

    def copied(self) -> int:
        marks = [text for (name, _), text in self.bucket.items() if name == COPIED]
        return int(marks[-1].split("n=")[1].split("i")[0]) if marks else 0

    def send(self, lines: Iterable[str]) -> None:
        if self.away:
            raise Retry("away")
        for text in lines:
            self.sent += 1
            key = (series_of(text), text.rsplit(" ", 1)[1].strip())
            self.bucket.pop(key, None)
            self.bucket[key] = text

    def log(self, *new: New) -> None:
        with self.records.begin() as db:
            fleet_log.append(db, new, "person-1", NOW)

    def lines(self, measurement: str) -> list[str]:
        return [text for (name, _), text in self.bucket.items() if name.split(",")[0] == measurement]


@pytest.fixture
def desk() -> Iterator[Desk]:
    records = open_records("sqlite://")
    yield Desk(records)
    records.close()


def fact(value: float | None, name: str = "drained_pure_m3", subject: str = "") -> Fact:
    return Fact(name, value, 0.97, 0, DAY, "x@1", subject=subject, why="" if value is not None else "too_little_data", by="李工")


def facts(*some: Fact, day: str = TODAY, mine: str = "pit") -> New:
    return New("facts", mine, day, "", write(FactSet(mine, day, some)))


def test_facts_are_told_at_their_day_in_both_languages_without_names(desk: Desk) -> None:
    desk.log(facts(fact(5160.5), fact(0.2, "network_delay_ms", "g1")))
    desk.copy.turn(NOW)

    mine, link = desk.lines("fleet_facts")
    assert series_of(mine) == "fleet_facts,fact=drained_pure_m3,mine=pit,way=measured"
    assert "value=5160.5,known=1i,completeness=0.97" in mine
    assert 'text_zh="瓦斯抽采纯量(标准状态)"' in mine
    assert mine.endswith(f" {AT}\n")
    assert "subject=g1" in link
    assert not any("李工" in text or "person-1" in text for text in desk.bucket.values())


def test_a_correction_overwrites_also_when_nothing_is_known_any_more(desk: Desk) -> None:
    desk.log(facts(fact(10.0)))
    desk.copy.turn(NOW)
    desk.log(facts(fact(None)))
    desk.copy.turn(NOW)

    [text] = desk.lines("fleet_facts")
    assert "value=0.0,known=0i" in text  # a field that is left out would keep its old value


def test_what_is_copied_is_not_copied_again_also_after_a_restart(desk: Desk) -> None:
    desk.log(facts(fact(1.0)))
    desk.copy.turn(NOW)
    sent = desk.sent
    desk.copy.turn(NOW)
    desk.fresh().turn(NOW)
    assert desk.sent == sent

    desk.log(facts(fact(2.0), day="2026-11-22"))
    desk.fresh().turn(NOW)
    assert len(desk.lines("fleet_facts")) == 2


def test_a_bucket_that_was_lost_is_filled_again(desk: Desk) -> None:
    desk.log(facts(fact(1.0)))
    desk.copy.turn(NOW)
    desk.bucket.clear()
    desk.fresh().turn(NOW)

    assert len(desk.lines("fleet_facts")) == 1


def test_what_an_absent_influxdb_missed_comes_at_the_next_turn(desk: Desk) -> None:
    desk.log(facts(fact(1.0)))
    desk.away = True
    with pytest.raises(Retry):
        desk.copy.turn(NOW)
    desk.away = False
    desk.copy.turn(NOW)

    assert len(desk.lines("fleet_facts")) == 1


def test_another_shorter_log_is_copied_from_its_start(desk: Desk) -> None:
    desk.send([f"{COPIED} n=99i {NOW}\n"])
    desk.log(facts(fact(1.0)))
    desk.fresh().turn(NOW)
    assert len(desk.lines("fleet_facts")) == 1


def test_a_province_is_copied_over_several_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.grafana_fleet.A_TURN", 2 * AT_ONCE)
    desk.log(*(facts(fact(float(n)), mine=f"m{n}") for n in range(2 * AT_ONCE + 30)))
    desk.copy.turn(NOW)
    assert (desk.copied(), len(desk.lines("fleet_facts"))) == (2 * AT_ONCE, 2 * AT_ONCE)
    desk.copy.turn(NOW)
    assert len(desk.lines("fleet_facts")) == 2 * AT_ONCE + 30


def test_verdicts_counts_press_and_suspicions_each_have_a_measurement_of_their_own(desk: Desk) -> None:
    verdicts = VerdictSet(
        mine="pit",
        day=TODAY,
        pack="shanxi-2025",
        pack_hash="h",
        outcome=Status.NOT_MET,
        systems={},
        verdicts=(Verdict("a", Status.MET), Verdict("b", Status.NOT_MET, "1101", 0.5, 0.9), Verdict("c", Status.OPEN)),
    )
    count = Count(
        day=TODAY, pack="shanxi-2025", pack_hash="h", by_evidence={"mine": {"met": 3, "not_met": 2, "no_evidence": 1}}, met=("a", "b", "c")
    )
    press = Reported(id="p1", date="2024-12", total=268, where="press", confidence="seen_secondary")
    doubt = Suspicion(mine="pit", day=TODAY, kind="frozen", score=3.0, threshold=2.0, why_zh="数值不动", why_en="does not move")
    desk.log(
        New("verdicts", "pit", TODAY, "shanxi-2025", write(verdicts)),
        New("count", "", TODAY, "shanxi-2025", write(count)),
        New("reported", "", "", "p1", write(press)),
        New("suspicion", "pit", TODAY, "frozen", write(doubt)),
        New("profile", "pit", "", "", write(Profile(mine="pit", name_zh="矿", name_en="pit"))),
    )
    desk.copy.turn(NOW)

    [outcome] = desk.lines("fleet_outcomes")
    assert 'code=0i,state_zh="未达标",state_en="not met",met=1i,not_met=1i,no_evidence=0i,open=1i' in outcome
    assert len(desk.lines("fleet_verdicts")) == 3
    assert "met=3i,not_met=2i,no_evidence=1i" in desk.lines("fleet_counts")[0]
    assert "n=-1i" in desk.lines("fleet_official")[0]
    assert desk.lines("fleet_reported")[0].endswith(f" {midnight('2024-12-31')}\n")
    assert 'reason_zh="数值不动"' in desk.lines("fleet_suspicions")[0]
    assert {name.split(",")[0] for name, _ in desk.bucket} == {
        *("fleet_outcomes", "fleet_verdicts", "fleet_counts", "fleet_official", "fleet_reported", "fleet_suspicions", COPIED)
    }


def test_official_counts_are_summed_over_levels(desk: Desk) -> None:
    official = {"mine": {"primary": 2, "intermediate": 1}}
    count = Count(day=TODAY, pack="p", pack_hash="h", by_evidence={"mine": {"met": 3}, "face": {}}, met=(), officially=official)
    desk.log(New("count", "", TODAY, "p", write(count)))
    desk.copy.turn(NOW)
    assert sorted(text.split(" ")[1] for text in desk.lines("fleet_official")) == ["n=0i", "n=3i"]


def test_what_is_too_old_for_the_bucket_damaged_or_of_no_day_is_left_out(desk: Desk) -> None:
    desk.log(
        facts(fact(1.0), day="2024-01-01"),
        New("facts", "pit", TODAY, "", b"{}"),
        New("facts", "pit", "someday", "", write(FactSet("pit", "someday", (fact(1.0),)))),
    )
    desk.copy.turn(NOW)
    assert (desk.lines("fleet_facts"), desk.copied()) == ([], 3)


@pytest.mark.parametrize(
    ("told", "day"), [("2024", "2024-12-31"), ("2023-04", "2023-04-30"), ("2024-12", "2024-12-31"), ("2024-02-29", "2024-02-29")]
)
def test_a_date_is_the_last_day_of_what_is_said(told: str, day: str) -> None:
    assert midnight(told) == midnight(day) is not None


@pytest.mark.parametrize("told", ["", "spring", "2023-13", "2023-02-30"])
def test_no_date_is_none(told: str) -> None:
    assert midnight(told) is None


def test_a_fact_nobody_knows_is_told_by_its_code() -> None:
    assert 'text_zh="odd"' in fact_line("pit", fact(1.0, "odd"), 0)
