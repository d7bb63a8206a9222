"""`davy doctor` names the owner of the centre, and says where it crashed or stands still."""

from dataclasses import replace
from pathlib import Path

from console.cli.checks.owner import judge_owner, probe_owner
from console.cli.checks.site import Site
from console.cli.checks.verdict import State, Verdict
from contracts.clock import BUILD_TIME, SECOND, ManualClock
from ingest.config import IngestSettings
from store.lease import Lease, this_process
from store.records.engine import open_records
from store.records.owners import Claimant, Owner

NOW = BUILD_TIME
OWNER = Owner(5, Claimant("pit-1", "here", 4711, 1), NOW - 90 * SECOND, NOW - 9 * SECOND, 30 * SECOND)


def judged(owner: Owner | None, later: int = 0, *, dead: bool = False) -> Verdict:
    return judge_owner(owner, NOW + later, dead=dead)


def test_a_living_owner_is_named_and_an_absent_one_is_nothing_wrong() -> None:
    assert judged(None).state is judged(replace(OWNER, lasts=0)).state is State.OK
    assert judged(OWNER).state is State.OK
    assert "pit-1, pid 4711" in judged(OWNER).en
    assert "pit-1, pid 4711" in judged(OWNER).zh


def test_one_that_is_silent_or_dead_is_told_with_what_to_do() -> None:
    for verdict in (judged(OWNER, 22 * SECOND), judged(OWNER, dead=True)):
        assert verdict.state is State.WARNING
        assert "crashed or stands still" in verdict.en
        assert verdict.do_zh
        assert "start a centre" in verdict.do_en
    assert "30 s after" in judged(OWNER, 22 * SECOND).do_en


def test_the_records_are_asked_and_left_as_they_are(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'r.sqlite'}"
    site = Site(NOW, centre=IngestSettings(store=str(tmp_path), records=address, folder=str(tmp_path)))
    assert probe_owner(site) == []
    records = open_records(address)
    lease = Lease(records, ManualClock(NOW))
    (running,) = probe_owner(site)
    assert running.verdict.state is State.OK
    assert f"pid {this_process().pid}" in running.verdict.en
    assert probe_owner(replace(site, now=NOW + 31 * SECOND))[0].verdict.state is State.WARNING
    lease.release()
    assert "no centre runs" in probe_owner(site)[0].verdict.en
    records.close()
