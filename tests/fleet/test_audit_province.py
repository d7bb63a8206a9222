"""A simulated province's log, as the product writes it: an export of it holds, down to each declared fact, verdict and count."""

from datetime import date

from console.fleet import chain
from console.fleet.trial_writing import Wanted, write_province
from fleet import judging, suspecting
from fleet.audit.form import FORMAT, Header, export
from fleet.audit.verify import verify
from store.records import fleet_log
from store.records.engine import open_records
from tests.fleet.audit_log import PUBLIC, SECRET, noon, sign, small_pack

MINES, DAYS, LAST = 5, 12, date(2026, 11, 1)


def test_what_the_simulated_province_wrote_is_found_again_from_its_export() -> None:
    records, wanted = open_records("sqlite://"), Wanted(1, MINES, DAYS, LAST)
    assert len(list(write_province(records, wanted, noon("2026-11-02")))) == MINES
    with records.begin() as db:
        suspecting.record(db, wanted.first, wanted.last, "centre", noon("2026-11-02"))
        judging.record(db, small_pack(), wanted.first, wanted.last, "centre", noon("2026-11-02"))
        sign(db, noon("2026-11-02"))
        found = chain.snapshot(db)
        assert found is not None
        everything = [chain.record_of(entry) for entry in fleet_log.entries(db)]
    lines = export(SECRET, Header(FORMAT, 1, "test", found.head.n), everything, found.head, found.tails, "2026-11-02")

    report = verify(lines, {PUBLIC})

    assert report.faults == ()
    assert (report.mines, report.verdicts, report.counts) == (MINES, MINES * DAYS, DAYS)
    assert report.kinds["declared"] >= MINES
    records.close()
