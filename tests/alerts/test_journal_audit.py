"""What a person does to an alarm stands in the audit chain, under a pseudonym."""

import msgspec

from alerts.alarm import Action, Deed
from alerts.journal import Journal
from alerts.packs import load
from contracts.clock import BUILD_TIME
from store.records import audit
from store.records.engine import open_records


def test_an_acknowledgement_is_a_link_of_the_chain_and_a_refused_one_is_not() -> None:
    records, journal = open_records("sqlite://"), Journal(load())
    with records.begin() as db:
        journal.conflict(db, "mine/gate-1", "two epochs alternate", BUILD_TIME, {})
        [alarm] = journal.active(db)
        done = Action(Deed.ACKNOWLEDGE, "Wang", "card was copied")
        assert journal.act(db, alarm.id, done, BUILD_TIME).accepted
        assert not journal.act(db, 999, done, BUILD_TIME).accepted
        chain = audit.links(db)

    audit.verify(chain)
    assert [(link.kind, link.actor) for link in chain] == [("alarm.action", audit.pseudonym("Wang"))]
    assert msgspec.json.decode(chain[0].payload)["words"] == "card was copied"
    assert b"Wang" not in chain[0].payload
