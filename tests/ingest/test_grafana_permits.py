"""Permits for Grafana: in both languages, without names, once and again when something changed."""

from collections.abc import Iterable, Iterator

import pytest

from alerts import permit_desk
from alerts.permit_desk import Round
from alerts.permits import Opening, Work
from contracts.clock import BUILD_TIME, DAY, MINUTE
from contracts.errors import Retry
from ingest.grafana_lines import series_of
from ingest.grafana_permits import LOOK_BACK, PermitCopy
from store.records.engine import Records, open_records

NOW = BUILD_TIME


class Desk:
    """A copy into a list; `away`: InfluxDB does not answer."""

    def __init__(self, records: Records) -> None:
        self.records, self.away, self.lines = records, False, list[str]()
        self.copy = PermitCopy(records, self.send)
        with records.begin() as db:
            asked = Round("pit", Work.CALIBRATION, ["T1", "T2"], NOW - 1, NOW + DAY, "李主任", "标校")
            self.one, self.other = (row.id for row in permit_desk.plan(db, asked, NOW))
            permit_desk.open_permit(db, self.one, Opening("周调度", "赵检测", "标校", 30, 2.0), NOW)

    def send(self, lines: Iterable[str]) -> None:
        if self.away:
            raise Retry("away")
        self.lines += lines

    def turn(self, now: int = NOW) -> list[str]:
        self.lines = []
        self.copy.turn(now)
        return self.lines

    def close(self) -> None:
        with self.records.begin() as db:
            permit_desk.close(db, self.one, "周调度", "完成", NOW + 5 * MINUTE)


@pytest.fixture
def desk() -> Iterator[Desk]:
    records = open_records("sqlite://")
    yield Desk(records)
    records.close()


def test_an_opened_permit_is_told_at_its_opening_without_names(desk: Desk) -> None:
    [text] = desk.turn()
    assert series_of(text) == "permits,mine=pit,point=T1"
    assert text.endswith(f" {NOW}\n")
    assert 'work_zh="标校"' in text
    assert "minutes=30i" in text
    assert not any(name in text for name in ("周调度", "赵检测", "李主任"))


def test_it_is_told_again_when_it_changed_and_only_then(desk: Desk) -> None:
    desk.turn()
    assert desk.turn() == []
    desk.close()
    [text] = desk.turn()
    assert 'state_en="closed"' in text
    assert f"ended={NOW + 5 * MINUTE}i" in text


def test_what_did_not_arrive_is_told_at_the_next_turn_and_what_is_old_never(desk: Desk) -> None:
    desk.away = True
    with pytest.raises(Retry):
        desk.turn()
    desk.away = False
    assert len(desk.turn()) == 1
    desk.close()
    assert desk.turn(NOW + 5 * MINUTE + LOOK_BACK + 1) == []
