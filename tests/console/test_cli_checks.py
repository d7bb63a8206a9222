"""What `davy doctor` decides, from facts alone."""

import pytest

from console.cli.checks.broker import judge_broker, judge_mosquitto, read_version
from console.cli.checks.configuration import judge_file
from console.cli.checks.folders import Folder, forgetful
from console.cli.checks.gateway import judge_device, judge_outbox, judge_read
from console.cli.checks.locks import Lock
from console.cli.checks.machine import judge_clock, judge_files, judge_python
from console.cli.checks.ports import There, judge_port
from console.cli.checks.records import Tables, judge_records
from console.cli.checks.room import Room, judge_room
from console.cli.checks.site import Read
from console.cli.checks.store import Kept, judge_store
from console.cli.checks.verdict import State, Verdict
from contracts.clock import BUILD_TIME, MINUTE
from contracts.errors import BadConfig
from edge_agent.diary import Status
from ingest.config import IngestSettings
from store.embedded.schema import FORMAT

NOW = BUILD_TIME + 30 * MINUTE
FINE, READ_ONLY, ABSENT = Folder(True, True), Folder(True, False), Folder(False, True)
HELD = Lock(True, 4711)
OWNED = Folder(True, True, HELD)
INGEST = IngestSettings(store="s", records="r", folder="f")
REFUSED = BadConfig("broker.port", 0, "1 to 65535")
STATUS = Status(NOW, "a/b", "e", True, "connected", 12, 0, 0, 0, 0, 0, 1000, 995, 0, "trusted", "")


def status(**facts: object) -> Status:
    return Status(**{name: facts.get(name, getattr(STATUS, name)) for name in STATUS.__struct_fields__})


OK = {
    "python": (judge_python((3, 11, 7)), "Python 3.11.7"),
    "newer python": (judge_python((3, 14, 0)), "3.14.0"),
    "clock": (judge_clock(NOW, True), "offset unknown"),
    "open files": (judge_files(1024), "1024"),
    "any number of open files": (judge_files(-1), "any number"),
    "room": (judge_room(Room(5000, 100_000)), "5000 MiB"),
    "a file system without inodes": (judge_room(Room(5000, None)), "5000 MiB"),
    "configuration": (judge_file(Read("x", INGEST), None), "ingest"),
    "a free port": (judge_port("console", 8600, There.NOBODY, "--port"), "free"),
    "our port": (judge_port("broker", 18830, There.OURS, "--port"), "our broker is running"),
    "mosquitto": (judge_mosquitto((2, 0, 11), "/m", needed=True), "2.0.11"),
    "a broker elsewhere": (judge_mosquitto(None, "", needed=False), "elsewhere"),
    "broker": (judge_broker("", embedded=False), "reachable"),
    "store": (judge_store(FINE, Kept("g7", FORMAT)), "generation g7"),
    "a store to be made": (judge_store(ABSENT, Kept()), "first start"),
    "a store in use": (judge_store(OWNED, Kept()), "process 4711, which alone"),
    "a store in use that tells": (judge_store(OWNED, Kept("g8")), "process 4711, generation g8"),
    "records": (judge_records(Tables(True, 15), FINE), "15 tables"),
    "records to be made": (judge_records(Tables(False), ABSENT), "first start"),
    "a database that is no file": (judge_records(Tables(True, 15), None), "15 tables"),
    "an agent at rest": (judge_outbox(FINE, STATUS, NOW), "12 items"),
    "a new agent": (judge_outbox(ABSENT, None, NOW), "not running"),
    "an agent with a link": (judge_outbox(OWNED, STATUS, NOW), "is connected"),
    "a device": (judge_device(""), "answers"),
    "a device an agent reads": (judge_read(HELD, STATUS), "995 of 1000"),
}
WARNING = {
    "clock not synchronised": (judge_clock(NOW, False), "not synchronised", "time daemon"),
    "clock nobody vouches for": (judge_clock(NOW, None), "is unknown", "time daemon"),
    "few open files": (judge_files(512), "512", "LimitNOFILE"),
    "less room than the outbox may take": (judge_room(Room(900, 10**6, 64, 2200)), "900 MiB", "2200 MiB"),
    "few inodes": (judge_room(Room(9000, 5000)), "5000 inodes", "small files"),
    "mosquitto that tells no version": (judge_mosquitto(None, "/m", needed=True), "version unknown", "/m -h"),
    "a broker that davy up would start": (judge_broker("refused", embedded=True), "not running", "davy up"),
    "a port of the demo": (judge_port("simulator", 15020, There.OTHER, "port", needed=False), "15020", "--demo"),
    "a store in memory": (forgetful(), "in memory", "folder"),
    "an agent without a word": (judge_outbox(OWNED, None, NOW), "4711", "log"),
    "an agent that went quiet": (judge_outbox(OWNED, status(at=NOW - 2 * MINUTE), NOW), "for a minute", "start it again"),
    "an agent without a link": (judge_outbox(OWNED, status(connected=False, link="refused"), NOW), "refused; 12 items", "broker"),
    "an agent that has not polled": (judge_read(HELD, status(polled=0)), "has not told", "edge status"),
    "devices that do not answer an agent": (
        judge_read(Lock(True), status(answered=900)),
        "process ?), all its sources: 900 of 1000",
        "gaps",
    ),
}
WRONG = {
    "old python": (judge_python((3, 10, 12)), "3.10.12", "3.11 or newer"),
    "clock before the build": (judge_clock(BUILD_TIME - 1, True), "before this program was made", "NTP"),
    "clock in 1970": (judge_clock(0, None), "1970-01-01", "set the system clock"),
    "very few open files": (judge_files(128), "too few", "ulimit"),
    "hardly any room": (judge_room(Room(100, 10**6)), "100 MiB", "256 MiB"),
    "less room than the reserve": (judge_room(Room(63, None, 64, 2200)), "63 MiB", "64 MiB"),
    "no inodes": (judge_room(Room(90_000, 999)), "999 inodes", "small files"),
    "a refused setting": (judge_file(Read("x", None, REFUSED), None), "broker.port = 0", "1 to 65535"),
    "a refused file that a setting names": (judge_file(Read("x", INGEST), REFUSED), "broker.port = 0", "1 to 65535"),
    "somebody else's port": (judge_port("console", 8600, There.OTHER, "--port, DAVY_PORT"), "another program", "DAVY_PORT"),
    "a port that cannot be had": (judge_port("console", 80, There.LOCKED, "--port"), "cannot be had", "privilege"),
    "no mosquitto": (judge_mosquitto(None, "", needed=True), "not installed", "apt-get install mosquitto"),
    "an old mosquitto": (judge_mosquitto((1, 6, 9), "/m", needed=False), "too old", "mosquitto 2"),
    "a broker that refuses": (judge_broker("[code:5] Not authorized", embedded=False), "Not authorized", "certificates"),
    "a store folder that is read-only": (judge_store(READ_ONLY, Kept()), "cannot be written to", "permissions"),
    "a store folder that cannot be made": (judge_store(Folder(False, False), Kept()), "cannot be made", "path"),
    "a damaged store": (judge_store(FINE, Kept(broken="no DuckDB file")), "no DuckDB file", "backup"),
    "a store of another format": (judge_store(FINE, Kept("g7", "99")), "format 99", "version"),
    "damaged records": (judge_records(Tables(True, 0, "malformed"), FINE), "malformed", "backup"),
    "records in a read-only folder": (judge_records(Tables(True, 15), READ_ONLY), "cannot be written to", "permissions"),
    "a database without a driver": (judge_records(Tables(False, 0, "No module named 'x'"), None), "No module", "address"),
    "an outbox that is read-only": (judge_outbox(READ_ONLY, None, NOW), "cannot be written to", "permissions"),
    "an outbox of two agents": (judge_outbox(FINE, None, NOW, shared=True), "two agents", "DAVY_FOLDER"),
    "a device that is silent": (judge_device("connection refused"), "connection refused", "davy sim"),
}


@pytest.mark.parametrize("case", OK)
def test_what_is_fine_is_called_so_and_needs_nothing(case: str) -> None:
    verdict, found = OK[case]

    assert verdict.state is State.OK
    assert found in verdict.en
    assert (verdict.do_zh, verdict.do_en) == ("", "")


@pytest.mark.parametrize("case", WARNING)
def test_what_is_doubtful_is_a_warning_with_something_to_do(case: str) -> None:
    _expect(State.WARNING, *WARNING[case])


@pytest.mark.parametrize("case", WRONG)
def test_what_is_broken_is_wrong_with_something_to_do(case: str) -> None:
    _expect(State.WRONG, *WRONG[case])


def _expect(state: State, verdict: Verdict, found: str, do: str) -> None:
    assert verdict.state is state
    assert found in verdict.en
    assert do in verdict.do_en
    assert verdict.zh
    assert verdict.do_zh


def test_the_offset_of_a_clock_is_never_said_to_be_known() -> None:
    assert all("offset unknown" in judge_clock(NOW, synchronised).en for synchronised in (True, False, None))


def test_an_agent_nobody_watches_is_not_said_to_be_connected() -> None:
    assert "connected" not in judge_outbox(FINE, STATUS, NOW).en


@pytest.mark.parametrize(
    ("text", "version"),
    [("mosquitto version 2.0.11\n\nmosquitto is an MQTT broker", (2, 0, 11)), ("mosquitto version 2.1", (2, 1)), ("usage: ...", None)],
)
def test_the_version_is_read_from_what_mosquitto_says(text: str, version: tuple[int, ...] | None) -> None:
    assert read_version(text) == version
