"""Every order to a gateway and all it says of it stand in the audit chain, once."""

import msgspec
import pytest

from contracts.care import Answer, Command, Desired, Reported, signed
from contracts.errors import BadPayload
from contracts.keys import new_key
from contracts.payload import VERSION, encode
from contracts.topics import Lane
from ingest.care import CareBook
from store.records import audit
from store.records.engine import Records, open_records
from tests.ingest.desk import GATEWAY, NOW

KEY = new_key()
DESIRED = signed(Desired(VERSION, str(GATEWAY), 7, NOW, "王工", {"edge.toml": 'password = "secret"'}), KEY)
COMMAND = signed(Command(VERSION, str(GATEWAY), "c1", NOW, NOW + 60, "王工", "resend", {"from": "a"}), KEY)
REPORTED = encode(Reported(VERSION, NOW, "davylamp", 6, "reverted", 7, "no receipt in 60 s"))
ANSWER = encode(Answer(VERSION, "c1", NOW, "done", "", "3 items"))


@pytest.fixture
def records() -> Records:
    return open_records("sqlite://")


def kept(records: Records) -> list[tuple[str, dict[str, object]]]:
    with records.read() as db:
        return [(link.kind, msgspec.json.decode(link.payload)) for link in audit.links(db) if link.kind.startswith("care.")]


def test_all_four_lanes_are_written_down_and_documents_by_their_hash_only(records: Records) -> None:
    book = CareBook(records)
    for lane, payload in ((Lane.DESIRED, DESIRED), (Lane.REPORTED, REPORTED), (Lane.COMMAND, COMMAND), (Lane.ANSWER, ANSWER)):
        assert book.note(GATEWAY, lane, payload, NOW)

    told = dict(kept(records))
    assert set(told) == {"care.desired", "care.reported", "care.command", "care.answer"}
    assert (told["care.reported"]["state"], told["care.reported"]["why"]) == ("reverted", "no receipt in 60 s")
    assert told["care.desired"]["version"] == 7
    assert "secret" not in str(told)
    assert "王工" not in str(told)


def test_what_the_broker_keeps_is_written_down_once_however_often_it_comes(records: Records) -> None:
    assert CareBook(records).note(GATEWAY, Lane.DESIRED, DESIRED, NOW)
    assert not CareBook(records).note(GATEWAY, Lane.DESIRED, DESIRED, NOW + 1)
    assert len(kept(records)) == 1


@pytest.mark.parametrize("lane", [Lane.DESIRED, Lane.REPORTED, Lane.COMMAND, Lane.ANSWER])
def test_what_is_no_message_of_its_lane_is_refused(records: Records, lane: Lane) -> None:
    with pytest.raises(BadPayload):
        CareBook(records).note(GATEWAY, lane, b"\x01\x02", NOW)
