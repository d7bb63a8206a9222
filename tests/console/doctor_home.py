"""Mistakes at home: configuration, environment, secrets, twins, points, disks, store, records, people, machine. Each: all is well, then the
mistake."""

import resource
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from sqlalchemy import update

from alerts.trial import Outcome
from bench.ports import free_port
from contracts.clock import BUILD_TIME, DAY, ManualClock, SystemClock
from store.backup.notes import note
from store.embedded import EmbeddedStore
from store.records import audit, people
from store.records.engine import open_records
from store.records.migrations import APPLIED, MIGRATIONS
from store.records.owners import OWNERS
from tests.console.doctor_pit import Case, Pit, listening

TOLD = "127.0.0.1:1"


def _edge(pit: Pit, before: str, after: str) -> Iterator[None]:
    yield
    pit.change(pit.edge, before, after)


def unknown_key(pit: Pit) -> Iterator[None]:
    return _edge(pit, "# max_mb = 2048", "max_gb = 2")


def bad_value(pit: Pit) -> Iterator[None]:
    return _edge(pit, "port = 18830", "port = 99999")


def no_toml(pit: Pit) -> Iterator[None]:
    return _edge(pit, 'mine = "north"', "mine = north")


def missing_file(pit: Pit) -> Iterator[None]:
    yield
    (pit.place / "points.json").unlink()


def bad_id(pit: Pit) -> Iterator[None]:
    return _edge(pit, 'mine = "north"', 'mine = "北矿"')


def points_of_another_mine(pit: Pit) -> Iterator[None]:
    return _edge(pit, 'mine = "north"', 'mine = "south"')


def unknown_quantity(pit: Pit) -> Iterator[None]:
    yield
    pit.change(pit.place / "points.json", '"methane"', '"methan"')


def register_of_no_point(pit: Pit) -> Iterator[None]:
    yield
    pit.change(pit.place / "registers.json", '"W01"', '"W02"')


# ---------------------------------------------------------------- environment, secrets, twins


def variable_misspelt(pit: Pit) -> Iterator[None]:
    pit.environment["DAVY_BROKER_USERNAME"] = "me"
    yield
    pit.environment = {"DAVY_BROKER_USERNAM": "me"}


def variable_overrides(pit: Pit) -> Iterator[None]:
    pit.environment["DAVY_BROKER_KEEPALIVE_S"] = "30"  # not in the files
    yield
    pit.environment["DAVY_BROKER_PORT"] = "1883"


def secret_in_a_file_for_all(pit: Pit) -> Iterator[None]:
    pit.change(pit.edge, '# password = ""', 'password = "n0b0dy"')
    pit.edge.chmod(0o640)
    yield
    pit.edge.chmod(0o644)


def key_for_all(pit: Pit) -> Iterator[None]:
    key = pit.place / "key.pem"
    key.touch(0o600)
    pit.change(pit.edge, '# key_file = ""', f'key_file = "{key}"')
    yield
    key.chmod(0o644)


def two_centres(pit: Pit) -> Iterator[None]:
    other = pit.place / "other.toml"
    other.write_text('store = "a"\nrecords = "sqlite:///b"\nfolder = "c"\n', encoding="ascii")
    pit.arguments += ["--config", str(other)]
    yield
    pit.change(other, '"a"', f'"{pit.place}/centre/store"')


def two_agents_of_one_name(pit: Pit) -> Iterator[None]:
    other = pit.place / "other.toml"
    text = pit.edge.read_text(encoding="utf-8").replace("/outbox", "/outbox-2")
    other.write_text(text.replace("gate-1", "gate-2"), encoding="utf-8")
    pit.arguments += ["--config", str(other)]
    yield
    other.write_text(text, encoding="utf-8")


def store_of_another_centre(pit: Pit) -> Iterator[None]:
    pit.run_centre()
    yield
    pit.change(pit.centre, "records.sqlite", "others.sqlite")


# ---------------------------------------------------------------- points and outbox


def no_limit(pit: Pit) -> Iterator[None]:
    yield
    pit.made(points=("T01 quantity=methane address=0",))


def unknown_limit_row(pit: Pit) -> Iterator[None]:
    yield
    pit.change(pit.place / "points.json", "face_low_high", "face_low_hihg")


def point_nobody_reads(pit: Pit) -> Iterator[None]:
    yield
    lines = (pit.place / "registers.json").read_text(encoding="utf-8")
    at = lines.index(',\n  {\n   "point": "W01"')
    (pit.place / "registers.json").write_text(lines[:at] + "]}", encoding="utf-8")


def one_register_twice(pit: Pit) -> Iterator[None]:
    yield
    pit.change(pit.place / "registers.json", '"address": 2', '"address": 0')


def outbox_not_writable(pit: Pit) -> Iterator[None]:
    (pit.place / "file").touch()
    yield
    pit.change(pit.edge, f'folder = "{pit.place}/outbox"', f'folder = "{pit.place}/file/outbox"')


def two_agents_in_one_outbox(pit: Pit) -> Iterator[None]:
    other = pit.place / "other.toml"
    text = pit.edge.read_text(encoding="utf-8").replace("gate-1", "gate-2")
    other.write_text(text.replace("/outbox", "/outbox-2"), encoding="utf-8")
    pit.arguments += ["--config", str(other)]
    yield
    other.write_text(text, encoding="utf-8")


def on_a_disk(pit: Pit) -> None:
    """All on a disk but a folder `memory`, wherever the tests themselves run."""
    mounts = pit.place / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\ntmpfs {pit.place}/memory tmpfs rw 0 0\n", encoding="ascii")
    pit.monkeypatch.setattr("console.cli.checks.outbox_room.MOUNTS", mounts)


def outbox_in_memory(pit: Pit) -> Iterator[None]:
    on_a_disk(pit)
    (pit.place / "memory").mkdir()
    yield
    pit.change(pit.edge, f'folder = "{pit.place}/outbox"', f'folder = "{pit.place}/memory"')


def outbox_too_small(pit: Pit) -> Iterator[None]:
    on_a_disk(pit)
    yield
    pit.change(pit.edge, "# max_mb = 2048", "max_mb = 4")


# ---------------------------------------------------------------- store and records


def store_not_writable(pit: Pit) -> Iterator[None]:
    (pit.place / "file").touch()
    yield
    pit.change(pit.centre, f'store = "{pit.place}/centre/store"', f'store = "{pit.place}/file/store"')


def store_damaged(pit: Pit) -> Iterator[None]:
    EmbeddedStore(pit.place / "centre/store").close()
    yield
    (pit.place / "centre/store/catalogue.duckdb").write_bytes(b"x" * 5000)


def store_in_memory(pit: Pit) -> Iterator[None]:
    yield
    pit.change(pit.centre, f'store = "{pit.place}/centre/store"', 'store = "memory:"')


def records_damaged(pit: Pit) -> Iterator[None]:
    pit.opened().close()
    yield
    (pit.place / "centre/records.sqlite").write_bytes(b"no database " * 500)


def records_not_there(pit: Pit) -> Iterator[None]:
    yield
    pit.change(pit.centre, pit.records, f"postgresql://davy@127.0.0.1:{free_port()}/davy")


def newer_records(pit: Pit) -> Iterator[None]:
    records = pit.opened()
    yield
    with records.begin() as db:
        db.execute(APPLIED.insert().values(number=len(MIGRATIONS) + 1, name="later", at=0))


def older_records(pit: Pit) -> Iterator[None]:
    records = pit.opened()
    yield
    with records.begin() as db:
        db.execute(APPLIED.delete().where(APPLIED.c.number == len(MIGRATIONS)))


def centre_crashed(pit: Pit) -> Iterator[None]:
    pit.run_centre()
    records = pit.opened()
    yield
    with records.begin() as db:
        db.execute(update(OWNERS).values(renewed=OWNERS.c.renewed - 3600 * 10**6, pid=2**22 + 1))


def _backed_up(pit: Pit, made: int) -> None:
    with pit.opened().begin() as db:
        note(db, str(pit.place / "backup"), "0" * 16, made, "w")


def no_backup(pit: Pit) -> Iterator[None]:
    pit.monkeypatch.setattr("console.cli.checks.backup.glance", lambda _note: type("Whole", (), {"trouble": ""}))
    _backed_up(pit, SystemClock().now())
    yield
    pit.change(pit.centre, "records.sqlite", "new.sqlite")
    open_records(f"sqlite:///{pit.place / 'centre/new.sqlite'}").close()


def backup_overdue(pit: Pit) -> Iterator[None]:
    pit.monkeypatch.setattr("console.cli.checks.backup.glance", lambda _note: type("Whole", (), {"trouble": ""}))
    _backed_up(pit, SystemClock().now() - 10 * DAY)
    yield
    _backed_up(pit, SystemClock().now() - 120 * DAY)


def backup_gone(pit: Pit) -> Iterator[None]:
    with pit.monkeypatch.context() as here:
        here.setattr("console.cli.checks.backup.glance", lambda _note: type("Whole", (), {"trouble": ""}))
        _backed_up(pit, SystemClock().now() - 10 * DAY)
        yield


def disk_nearly_full(pit: Pit) -> Iterator[None]:
    yield
    pit.change(pit.edge, "# reserve_mb = 64", "reserve_mb = 900000000")  # more than any disk has


# ---------------------------------------------------------------- people and machine


def nobody_is_told(pit: Pit) -> Iterator[None]:
    pit.change(pit.centre, TOLD, f"127.0.0.1:{pit.stack.enter_context(listening())}")
    yield
    text = pit.centre.read_text(encoding="utf-8")
    head, _, rest = text.partition("[[alerts.recipients]]")
    pit.centre.write_text(f"{head}[backup]{rest.partition('[backup]')[2]}", encoding="utf-8")


def webhook_not_reached(pit: Pit) -> Iterator[None]:
    port = pit.stack.enter_context(listening())
    pit.change(pit.centre, TOLD, f"127.0.0.1:{port}")
    yield
    pit.change(pit.centre, f"127.0.0.1:{port}/", f"127.0.0.1:{free_port()}/")


def nobody_hears_of_a_mine(pit: Pit) -> Iterator[None]:
    port = pit.stack.enter_context(listening())
    pit.change(pit.centre, TOLD, f"127.0.0.1:{port}")
    yield
    more = f'\n[[alerts.recipients]]\nname = "b"\naddress = "http://127.0.0.1:{port}/x"\nmines = ["north"]\nrole = "inspector"\n'
    pit.change(pit.centre, '# role = ""', 'role = "inspector"')
    pit.centre.write_text(pit.centre.read_text(encoding="utf-8") + more, encoding="utf-8")


def never_tested(pit: Pit) -> Iterator[None]:
    with pit.opened().begin() as db:
        audit.append(db, "alarm.test", "recipient http://127.0.0.1:1", {"outcome": str(Outcome.ACCEPTED)}, "console", 1)
    yield
    pit.change(pit.centre, 'name = "http://127.0.0.1:1"', 'name = "duty"')


def nobody_can_sign_in(pit: Pit) -> Iterator[None]:
    pit.arguments += ["--port", str(free_port())]
    records = pit.opened()
    with records.begin() as db:
        person = people.add(db, "w", "W", "admin", 1)
    yield
    with records.begin() as db:
        people.change(db, person.id, {"active": False}, 2)


def pages_open_to_all(pit: Pit) -> Iterator[None]:
    server = pit.stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), _Open))
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    pit.stack.callback(server.shutdown)
    pit.arguments += ["--port", str(server.server_port), "--host", "127.0.0.1"]
    yield
    pit.arguments[-1] = "0.0.0.0"


class _Open(BaseHTTPRequestHandler):
    """Pages that ask nobody who he is."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


def old_python(pit: Pit) -> Iterator[None]:
    yield
    pit.monkeypatch.setattr("console.cli.checks.machine.sys.version_info", (3, 10, 12, "final", 0))


def _timedatectl(pit: Pit, says: str) -> None:
    program = pit.place / "timedatectl"
    program.write_text(f"#!/bin/sh\necho {says}\n", encoding="ascii")
    program.chmod(0o755)
    pit.monkeypatch.setattr("console.cli.checks.machine.shutil.which", lambda _name: str(program))


def clock_in_the_past(pit: Pit) -> Iterator[None]:
    _timedatectl(pit, "yes")
    yield
    pit.monkeypatch.setattr("console.cli.doctor.SystemClock", lambda: ManualClock(BUILD_TIME - DAY))


def clock_not_synchronised(pit: Pit) -> Iterator[None]:
    _timedatectl(pit, "yes")
    yield
    _timedatectl(pit, "no")


def few_open_files(pit: Pit) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    pit.stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))


def _named(case: Case) -> str:
    return case.__name__.replace("_", " ")


HERE: list[Case] = [
    *(unknown_key, bad_value, no_toml, missing_file, bad_id, points_of_another_mine, unknown_quantity, register_of_no_point),
    *(variable_misspelt, variable_overrides, secret_in_a_file_for_all, key_for_all, two_centres, two_agents_of_one_name),
    *(store_of_another_centre, no_limit, unknown_limit_row, point_nobody_reads, one_register_twice, outbox_not_writable),
    *(two_agents_in_one_outbox, outbox_in_memory, outbox_too_small, store_not_writable, store_damaged, store_in_memory),
    *(records_damaged, records_not_there, newer_records, older_records, centre_crashed, no_backup, backup_overdue, backup_gone),
    *(disk_nearly_full, nobody_is_told, webhook_not_reached, nobody_hears_of_a_mine, never_tested, nobody_can_sign_in),
    *(pages_open_to_all, old_python, clock_in_the_past, clock_not_synchronised, few_open_files),
]
CASES: dict[str, Case] = {_named(case): case for case in HERE}
