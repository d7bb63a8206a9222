"""How many days the certificates of a link have left, in the doctor's words and in the metrics."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from console.certs.folder import CERT, CLIENTS, init
from console.cli.checks.expiry import judge_certificate, probe_certificates
from console.cli.checks.site import Site
from contracts.clock import BUILD_TIME, DAY, ManualClock
from contracts.config import BrokerAddress
from edge_agent.config import EdgeSettings
from ingest.broker.child import Listener
from ingest.broker.production import CA, INGEST
from wire.expiry import CertificateDays, certificates

NOW = BUILD_TIME + 10 * DAY


@pytest.fixture
def broker(tmp_path: Path) -> BrokerAddress:
    """Ours ends in 40 days, the CA in 400."""
    init(tmp_path / "ca", ["localhost"], Listener(), NOW, days=40, ca_days=400)
    [place] = (tmp_path / "ca" / CLIENTS / INGEST).iterdir()
    return BrokerAddress(ca_file=str(place / CA), cert_file=str(place / CERT))


@pytest.mark.parametrize(
    ("after", "state", "word"),
    [(0, "ok", "days left"), (11, "warning", "28 days left"), (40, "wrong", "ended on"), (399, "wrong", "ended")],
)
def test_the_doctor_warns_at_30_days_and_calls_a_certificate_that_is_over_wrong(
    broker: BrokerAddress, after: int, state: str, word: str
) -> None:
    edge = EdgeSettings("mine", "gate", "", "", [], broker)

    _, ours = probe_certificates(Site(NOW + after * DAY + DAY // 2, embedded=False, edges=(edge,)))

    assert (ours.verdict.state, word in ours.verdict.en) == (state, True)


def test_one_that_cannot_be_read_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", encoding="utf-8")

    for path in (tmp_path / "ca.pem", tmp_path / "nowhere.pem"):
        [found] = certificates(BrokerAddress(ca_file=str(path)))
        assert judge_certificate(found, NOW).state == "wrong"


def test_the_metrics_tell_the_days_of_each_file_as_it_is_now(broker: BrokerAddress) -> None:
    registry, clock = CollectorRegistry(), ManualClock(NOW + DAY // 2)
    registry.register(CertificateDays(broker, clock))

    def days(key: str) -> float | None:
        return registry.get_sample_value("davy_certificate_days_left", {"file": key})

    assert (days("ca_file"), days("cert_file")) == (399, 39)
    Path(broker.cert_file).write_bytes(b"")
    assert days("cert_file") is None


def test_without_certificates_there_is_nothing_to_tell() -> None:
    assert certificates(BrokerAddress()) == []
