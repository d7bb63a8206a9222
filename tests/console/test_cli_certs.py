"""`davy certs`: a CA in a folder."""

import re
import shlex
import ssl
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import given
from hypothesis import strategies as st

from console.certs.folder import CaFolder, init
from console.certs.names import check_client, check_host
from console.certs.standing import State, due, standing
from console.cli.certs import command
from contracts.clock import DAY, HOUR, SECOND, ManualClock
from contracts.config import BrokerAddress
from contracts.errors import BadConfig, DavyError
from contracts.topics import DOWN, UP
from ingest.broker.child import Listener
from wire.tls import context_of

NOW = ManualClock().now()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init(tmp_path / "ca", ["broker.example", "10.0.0.5"], Listener("0.0.0.0", 8883), NOW)
    return tmp_path / "ca"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def certs(clock: ManualClock) -> Callable[..., Result]:
    """The command at the clock's time; what it refuses is raised."""

    def run(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(command, [str(argument) for argument in arguments], obj=clock)
        if isinstance(result.exception, DavyError):
            raise result.exception
        return result

    return run


def issued(folder: Path, name: str = "alpha/gate-1") -> list[Path]:
    return sorted((folder / "clients" / name).iterdir())


def cert_in(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def at(micros: int) -> datetime:
    return datetime.fromtimestamp(micros // SECOND, UTC)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_what_a_broker_and_ingest_need_and_says_where(tmp_path: Path, certs: Callable[..., Result]) -> None:
    told = certs("init", tmp_path / "ca", "--name", "broker.example", "--at", "/etc/mosquitto/davylamp", "--port", "8884").output

    assert {path.name for path in (tmp_path / "ca" / "broker").iterdir()} == {"mosquitto.conf", "acl", "ca.pem", "crl.pem", "broker.pem"}
    conf = (tmp_path / "ca" / "broker" / "mosquitto.conf").read_text().splitlines()
    assert "listener 8884 0.0.0.0" in conf
    assert "crlfile /etc/mosquitto/davylamp/crl.pem" in conf
    assert {"require_certificate true", "allow_anonymous false"} <= set(conf)
    [place] = issued(tmp_path / "ca", "davy-ingest")
    assert f'cert_file = "{place / "cert.pem"}"' in told


def test_keys_are_for_their_owner_only(folder: Path, certs: Callable[..., Result]) -> None:
    certs("issue", folder, "alpha/gate-1")

    assert mode(folder) == 0o700
    assert [mode(path) for path in (folder / "ca.key", folder / "broker" / "broker.pem", issued(folder)[0] / "key.pem")] == [0o600] * 3


def test_init_never_writes_into_a_folder_that_holds_anything(folder: Path, certs: Callable[..., Result]) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    with pytest.raises(BadConfig, match="never overwritten"):
        certs("init", folder, "--name", "x")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_client_s_certificate_carries_exactly_its_name_and_serves_for_nothing_else(folder: Path, certs: Callable[..., Result]) -> None:
    certs("issue", folder, "alpha/gate-1", "--days", "90")

    cert = cert_in(issued(folder)[0] / "cert.pem")
    assert [(name.oid, name.value) for name in cert.subject] == [(NameOID.COMMON_NAME, "alpha/gate-1")]
    assert (cert.not_valid_before_utc, cert.not_valid_after_utc) == (at(NOW - HOUR), at(NOW + 90 * DAY))
    assert list(cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize("subject", ["broker.example", "10.0.0.5"])
@pytest.mark.parametrize("when", [HOUR, NOW], ids=["1970", "now"])
def test_the_broker_s_certificate_holds_under_each_name_also_for_a_gateway_whose_clock_starts_in_1970(
    folder: Path, subject: str, when: int
) -> None:
    wanted = x509.DNSName(subject) if "example" in subject else x509.IPAddress(ip_address(subject))
    store = Store([cert_in(folder / "broker" / "ca.pem")])

    assert PolicyBuilder().store(store).time(at(when)).build_server_verifier(wanted).verify(cert_in(folder / "broker" / "broker.pem"), [])


def test_a_client_s_certificate_holds_until_its_last_second(folder: Path, certs: Callable[..., Result]) -> None:
    certs("issue", folder, "davy-ingest", "--days", "2")
    cert = min((cert_in(place / "cert.pem") for place in issued(folder, "davy-ingest")), key=lambda cert: cert.not_valid_after_utc)
    store = Store([cert_in(folder / "broker" / "ca.pem")])

    assert cert.not_valid_after_utc == at(NOW + 2 * DAY)
    with pytest.raises(VerificationError):
        PolicyBuilder().store(store).time(at(NOW + 2 * DAY + SECOND)).build_client_verifier().verify(cert, [])


def test_what_is_handed_out_is_what_the_wire_reads(folder: Path, certs: Callable[..., Result]) -> None:
    certs("issue", folder, "alpha/gate-1")
    place = issued(folder)[0]

    context = context_of(BrokerAddress(ca_file=str(place / "ca.pem"), cert_file=str(place / "cert.pem"), key_file=str(place / "key.pem")))

    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_second_certificate_stands_beside_the_first(folder: Path, certs: Callable[..., Result]) -> None:
    certs("issue", folder, "alpha/gate-1")
    [first] = issued(folder)
    before = (first / "key.pem").read_bytes()
    certs("issue", folder, "alpha/gate-1")

    assert len(issued(folder)) == 2
    assert (first / "key.pem").read_bytes() == before
    assert certs("list", folder).output.count("alpha/gate-1") == 2


def test_a_new_broker_certificate_takes_the_place_of_the_old_with_the_same_names(folder: Path, certs: Callable[..., Result]) -> None:
    path = folder / "broker" / "broker.pem"
    before = cert_in(path)
    certs("issue", folder, "davy-broker", "--days", "700")
    after = cert_in(path)

    assert after.serial_number != before.serial_number
    assert (
        after.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        == before.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)  # certificate and key fit


def test_revoking_a_name_revokes_all_of_it_and_a_serial_only_that_one(folder: Path, certs: Callable[..., Result]) -> None:
    for _ in range(3):
        certs("issue", folder, "alpha/gate-1")
    first, *rest = [row.serial for row in CaFolder(folder).listing(NOW, 30) if row.name == "alpha/gate-1"]

    told = certs("revoke", folder, "alpha/gate-1", "--serial", first.upper()).output
    assert revoked(folder) == {first}
    assert "kill -HUP" in told

    told = certs("revoke", folder, "alpha/gate-1").output
    assert revoked(folder) == {first, *rest}
    assert first not in told
    assert "revoked before" in certs("revoke", folder, "alpha/gate-1").output


def revoked(folder: Path) -> set[str]:
    listed = x509.load_pem_x509_crl((folder / "broker" / "crl.pem").read_bytes())
    assert listed.is_signature_valid(cert_in(folder / "broker" / "ca.pem").public_key())  # type: ignore[arg-type]  # ours is EC
    return {f"{entry.serial_number:016x}" for entry in listed}


def test_a_revocation_keeps_its_time_and_the_list_lasts_as_long_as_the_ca(
    folder: Path, certs: Callable[..., Result], clock: ManualClock
) -> None:
    certs("issue", folder, "alpha/gate-1")
    certs("revoke", folder, "alpha/gate-1")
    clock.advance(DAY)
    certs("issue", folder, "beta/gate-1")
    certs("revoke", folder, "beta/gate-1")
    listed = x509.load_pem_x509_crl((folder / "broker" / "crl.pem").read_bytes())

    assert sorted(entry.revocation_date_utc for entry in listed) == [at(NOW), at(NOW + DAY)]
    assert listed.next_update_utc == cert_in(folder / "broker" / "ca.pem").not_valid_after_utc
    assert listed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 3


def test_of_revocations_at_once_none_is_lost(folder: Path, certs: Callable[..., Result]) -> None:
    names = [f"alpha/gate-{at}" for at in range(8)]
    for name in names:
        certs("issue", folder, name)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: CaFolder(folder).revoke(name, None, NOW), names))

    assert revoked(folder) == {row.serial for row in CaFolder(folder).listing(NOW, 30) if row.name in names}
    assert len(revoked(folder)) == 8


def test_list_warns_before_a_name_runs_out_and_is_quiet_once_it_has_a_longer_one(
    folder: Path, certs: Callable[..., Result], clock: ManualClock
) -> None:
    certs("issue", folder, "alpha/gate-1", "--days", "40")
    assert certs("list", folder).exit_code == 0

    clock.advance(11 * DAY)
    told = certs("list", folder)
    assert told.exit_code == 1
    assert "alpha/gate-1: 即将过期 expiring; 应签发新证书 / needs a new one" in told.output
    assert "29" in next(line for line in told.output.splitlines() if line.startswith("alpha/gate-1"))

    certs("issue", folder, "alpha/gate-1")
    assert certs("list", folder).exit_code == 0


def test_an_expired_and_a_revoked_certificate_are_told_apart_and_a_revoked_name_asks_for_nothing(
    folder: Path, certs: Callable[..., Result], clock: ManualClock
) -> None:
    certs("issue", folder, "alpha/gate-1", "--days", "1")
    certs("issue", folder, "beta/gate-1", "--days", "1")
    certs("revoke", folder, "beta/gate-1")
    clock.advance(2 * DAY)
    told = certs("list", folder).output

    assert "已过期 expired" in next(line for line in told.splitlines() if line.startswith("alpha/gate-1"))
    assert "已吊销 revoked" in next(line for line in told.splitlines() if line.startswith("beta/gate-1"))
    assert "beta/gate-1: " not in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("issue", "alpha"), "NAME = 'alpha' is refused; allowed: mine/gateway, davy-ingest, davy-care or davy-broker"),
        (("issue", "Alpha/gate-1"), "a-z, 0-9 and -"),
        (("issue", "alpha/#"), "a-z, 0-9 and -"),
        (("issue", f"{'m' * 40}/{'g' * 40}"), "at most 64 characters"),
        (("issue", "alpha/gate-1", "--days", "3651"), "an end not after the CA's own"),
        (("issue", "alpha/gate-1", "--days", "99999999"), "before the year 10000"),
        (("issue", "alpha/gate-1", "--name", "x"), "only with davy-broker"),
        (("issue", "davy-broker", "--name", "a b"), "--name = 'a b' is refused; allowed: a DNS name or an IP address"),
        (("revoke", "alpha/gate-1"), "no certificate of 'alpha/gate-1' was issued"),
        (("revoke", "davy-ingest", "--serial", "beef"), "with serial beef"),
        (("revoke", "davy-broker"), "gateways read no revocation list"),
    ],
)
def test_a_refusal_names_place_value_and_what_is_allowed(
    folder: Path, certs: Callable[..., Result], arguments: tuple[str, ...], told: str
) -> None:
    verb, *rest = arguments
    before = sorted(folder.rglob("*"))

    with pytest.raises(DavyError) as refused:
        certs(verb, folder, *rest)
    assert told in str(refused.value)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("verb", [("issue", "alpha/gate-1"), ("revoke", "alpha/gate-1"), ("list",)])
def test_a_folder_without_a_ca_is_refused(tmp_path: Path, certs: Callable[..., Result], verb: tuple[str, ...]) -> None:
    with pytest.raises(BadConfig, match="made by `davy certs init`"):
        certs(verb[0], tmp_path, *verb[1:])


def test_a_revocation_list_of_another_ca_is_not_gone_on_from(folder: Path, tmp_path: Path, certs: Callable[..., Result]) -> None:
    init(tmp_path / "foreign", ["x"], Listener(), NOW)
    (folder / "broker" / "crl.pem").write_bytes((tmp_path / "foreign" / "broker" / "crl.pem").read_bytes())

    with pytest.raises(BadConfig, match="that this CA signed"):
        certs("revoke", folder, "davy-ingest")
    with pytest.raises(BadConfig, match="that this CA signed"):
        certs("list", folder)


@pytest.mark.parametrize("at_", ["relative/path", "/etc/a\nallow_anonymous true"])
def test_a_path_that_would_break_the_broker_s_configuration_is_refused_before_anything_is_made(
    tmp_path: Path, certs: Callable[..., Result], at_: str
) -> None:
    with pytest.raises(BadConfig, match="absolute path without control characters"):
        certs("init", tmp_path / "ca", "--name", "x", "--at", at_)
    assert not (tmp_path / "ca").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path, certs: Callable[..., Result]) -> None:
    (tmp_path / "ca").write_text("x")

    with pytest.raises(BadConfig, match="a folder that can be made"):
        certs("init", tmp_path / "ca", "--name", "x")


def test_the_page_names_every_lane_on_its_side_and_its_examples_can_be_typed() -> None:
    text = (Path(__file__).parents[2] / "docs" / "certs.md").read_text(encoding="utf-8")
    _, writes, reads = next(line for line in text.splitlines() if line.startswith("| `mine/gateway`"))[2:-2].split(" | ")
    assert re.findall("`([a-z]+)`", writes) == list(UP)
    assert re.findall("`([a-z]+)`", reads) == list(DOWN)

    typed = [shlex.split(line)[3:] for line in text.splitlines() if line.startswith("$ davy certs ")]
    assert {verb for verb, *_ in typed} == set(command.commands)
    for verb, *rest in typed:
        assert command.commands[verb].make_context(verb, rest)


@given(st.text(max_size=90))
def test_only_names_that_stand_in_a_topic_pass(name: str) -> None:
    try:
        checked = check_client(name)
    except BadConfig:
        return
    assert checked == name
    assert name == "davy-ingest" or (name.count("/") == 1 and not set(name) & set("+#$ ") and len(name) <= 64)


@pytest.mark.parametrize("name", ["", "a..b", "-a.b", "10.0.0.256", "a_b", "x" * 64, "*.example", "例", "1"])
def test_what_is_no_host_is_refused(name: str) -> None:
    with pytest.raises(BadConfig):
        check_host(name)


@given(end=st.integers(1, 400 * DAY), now=st.integers(0, 400 * DAY), gone=st.booleans())
def test_a_standing_says_the_worst_that_is_true(end: int, now: int, gone: bool) -> None:
    row = standing("a/b", "00", end, revoked=gone, now=now)

    assert (row.state is State.REVOKED) == gone
    assert (row.state is State.EXPIRED) == (not gone and end <= now)
    assert row.days * DAY <= end - now < (row.days + 1) * DAY
    assert bool(due([row])) == (row.state in (State.EXPIRED, State.EXPIRING))
