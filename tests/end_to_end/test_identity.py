"""Who may speak on the wire, on a real Mosquitto with the production configuration: strangers are refused, nothing leaks sideways."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from bench.ports import free_port
from console.certs.folder import init
from contracts.clock import DAY
from contracts.config import BrokerAddress
from contracts.topics import DOWN, UP, Gateway, Lane, every
from ingest.broker.child import Listener
from ingest.broker.production import CA, INGEST, SERVER
from tests.end_to_end.walled import YEAR, Walled, connect, context_of, greet, listens, now, refused, wall
from tests.waiting import LIMIT_S, wait_until
from wire.client import Link, LinkDown, open_link

pytestmark = pytest.mark.servers

OWN, SIBLING, OTHER = Gateway("alpha", "gate-1"), Gateway("alpha", "gate-2"), Gateway("beta", "gate-1")


@pytest.fixture(scope="module")
def walled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walled]:
    walled = wall(tmp_path_factory.mktemp("identity") / "certs of ours", free_port())
    walled.broker.start()
    try:
        wait_until(lambda: listens(walled.port))
        yield walled
    finally:
        walled.broker.kill()


@pytest.fixture(scope="module")
def ingest(walled: Walled) -> BrokerAddress:
    return walled.issue(INGEST)


@pytest.fixture(scope="module")
def own(walled: Walled) -> BrokerAddress:
    return walled.issue(str(OWN))


@asynccontextmanager
async def listening(address: BrokerAddress, *filters: str) -> AsyncIterator[tuple[Link, Callable[[str], "asyncio.Future[list[str]]"]]]:
    """A link that subscribed, and what it hears up to a topic, that one included."""
    async with open_link(address, "whatever-it-calls-itself") as link:
        await link.subscribe(*filters)

        async def up_to(last: str) -> list[str]:
            heard: list[str] = []
            async with asyncio.timeout(LIMIT_S):
                async for message in link.messages():
                    heard.append(message.topic)
                    if message.topic == last:
                        break
            return heard

        yield link, lambda last: asyncio.ensure_future(up_to(last))


async def ended(link: Link) -> None:
    """Waits for the end of a session; fails where it stands."""
    async with asyncio.timeout(LIMIT_S):
        with contextlib.suppress(LinkDown):
            async for _ in link.messages():
                pass


# ------------------------------------------------------------ who comes in


async def test_a_gateway_with_its_certificate_comes_in(own: BrokerAddress) -> None:
    async with open_link(own, str(OWN)) as link:
        await link.publish(OWN.topic(Lane.LIVE), b"x")


def test_an_expired_certificate_is_refused(walled: Walled) -> None:
    past = now() - 10 * DAY
    refused(walled.address(walled.ca.issue(str(OWN), past + DAY, past)))

    wait_until(lambda: "certificate verify failed" in walled.broker.log.read_text())


def test_a_certificate_of_another_ca_is_refused_though_it_has_the_right_name(walled: Walled, tmp_path: Path) -> None:
    foreign = init(tmp_path / "foreign", ["127.0.0.1"], Listener(), now())

    refused(walled.address(foreign.issue(str(OWN), now() + YEAR, now())))


def test_the_broker_s_own_certificate_does_not_serve_as_a_client_s(walled: Walled) -> None:
    path = str(walled.ca.broker / SERVER)

    refused(BrokerAddress(port=walled.port, ca_file=str(walled.ca.broker / CA), cert_file=path, key_file=path))


def test_an_anonymous_client_is_refused(walled: Walled) -> None:
    refused(BrokerAddress(port=walled.port, ca_file=str(walled.ca.broker / CA)))


def test_a_user_name_instead_of_a_certificate_is_refused(walled: Walled) -> None:
    context = ssl.create_default_context(cafile=str(walled.ca.broker / CA))
    with (
        context.wrap_socket(socket.create_connection(("127.0.0.1", walled.port), 30), server_hostname="127.0.0.1") as sock,
        pytest.raises((ssl.SSLError, ConnectionResetError, BrokenPipeError)),
    ):
        connect(sock, INGEST)


async def test_a_user_name_beside_a_certificate_counts_for_nothing(own: BrokerAddress, ingest: BrokerAddress) -> None:
    liar = msgspec.structs.replace(own, username=INGEST, password="x")
    async with listening(ingest, every(Lane.LIVE)) as (_, up_to), open_link(liar, INGEST) as link:
        heard = up_to(OWN.topic(Lane.LIVE))
        await link.publish(SIBLING.topic(Lane.LIVE), b"forged")
        await link.publish(OWN.topic(Lane.LIVE), b"mine")

        assert await heard == [OWN.topic(Lane.LIVE)]


def test_a_client_without_tls_is_refused(walled: Walled) -> None:
    with socket.create_connection(("127.0.0.1", walled.port), 30) as sock, pytest.raises(ConnectionResetError):
        connect(sock, INGEST)


async def test_a_broker_of_another_ca_is_not_spoken_to(walled: Walled, own: BrokerAddress, tmp_path: Path) -> None:
    foreign = init(tmp_path / "foreign", ["127.0.0.1"], Listener(), now())
    address = BrokerAddress(port=walled.port, ca_file=str(foreign.broker / CA), cert_file=own.cert_file, key_file=own.key_file)

    with pytest.raises((LinkDown, ssl.SSLCertVerificationError)):
        async with open_link(address, str(OWN)):
            pass


# ------------------------------------------------------------ who may write and read what


@pytest.mark.parametrize("lane", UP)
@pytest.mark.parametrize("victim", [SIBLING, OTHER], ids=["sibling", "other-mine"])
async def test_what_a_gateway_writes_into_another_gateway_s_lanes_is_not_delivered(
    own: BrokerAddress, ingest: BrokerAddress, victim: Gateway, lane: Lane
) -> None:
    async with listening(ingest, *(every(one) for one in UP)) as (_, up_to), open_link(own, str(victim)) as link:
        heard = up_to(OWN.topic(lane))
        await link.publish(victim.topic(lane), b"forged")
        await link.publish(OWN.topic(lane), b"mine")

        assert await heard == [OWN.topic(lane)]


async def test_a_gateway_hears_its_own_lanes_down_and_nothing_else_whatever_it_subscribes(
    own: BrokerAddress, ingest: BrokerAddress
) -> None:
    filters = ["#", "$SYS/#", *(victim.topic(lane) for victim in (SIBLING, OTHER) for lane in Lane), *(every(lane) for lane in Lane)]
    async with listening(own, *filters) as (link, up_to), open_link(ingest, INGEST) as centre:
        heard = up_to(OWN.topic(Lane.RECEIPT))
        await link.publish(OWN.topic(Lane.LIVE), b"what it says itself does not come back")
        for gateway in (SIBLING, OTHER):
            for lane in DOWN:
                await centre.publish(gateway.topic(lane), b"not yours")
        for lane in (Lane.DESIRED, Lane.COMMAND, Lane.RECEIPT):
            await centre.publish(OWN.topic(lane), b"yours")

        assert list(dict.fromkeys(await heard)) == [OWN.topic(Lane.DESIRED), OWN.topic(Lane.COMMAND), OWN.topic(Lane.RECEIPT)]


@pytest.mark.parametrize("lane", DOWN)
async def test_a_gateway_cannot_write_a_lane_down_not_even_its_own(
    walled: Walled, own: BrokerAddress, ingest: BrokerAddress, lane: Lane
) -> None:
    sibling = walled.issue(str(SIBLING))
    async with listening(sibling, SIBLING.topic(lane)) as (_, up_to), open_link(own, str(OWN)) as link, open_link(ingest, INGEST) as centre:
        heard = up_to(SIBLING.topic(lane))
        await link.publish(SIBLING.topic(lane), b"forged")
        await link.publish(OWN.topic(lane), b"forged")
        await centre.publish(SIBLING.topic(lane), b"true")

        assert await heard == [SIBLING.topic(lane)]


@pytest.mark.parametrize("lane", UP)
async def test_ingest_cannot_write_a_lane_up(own: BrokerAddress, ingest: BrokerAddress, lane: Lane) -> None:
    async with listening(ingest, every(lane)) as (centre, up_to), open_link(own, str(OWN)) as link:
        heard = up_to(OWN.topic(lane))
        await centre.publish(SIBLING.topic(lane), b"invented by the centre")
        await link.publish(OWN.topic(lane), b"true")

        assert await heard == [OWN.topic(lane)]


async def test_nobody_writes_or_hears_anything_beside_the_protocol(own: BrokerAddress, ingest: BrokerAddress) -> None:
    async with listening(ingest, "#", "$SYS/#") as (centre, up_to), open_link(own, str(OWN)) as link:
        heard = up_to(OWN.topic(Lane.STATE))
        for topic in ("davy/v1/alpha/gate-1/gossip", "davy/v2/alpha/gate-1/live", "davy/v1/alpha/gate-1/live/x", "news", "$SYS/broker/x"):
            await link.publish(topic, b"x")
            await centre.publish(topic, b"x")
        await link.publish(OWN.topic(Lane.STATE), b"on")

        assert set(await heard) <= {gateway.topic(lane) for gateway in (OWN,) for lane in UP}


async def test_a_gateway_that_calls_itself_by_another_s_client_id_does_not_throw_it_out(walled: Walled, own: BrokerAddress) -> None:
    async with open_link(walled.issue(str(SIBLING)), str(SIBLING)) as sibling, open_link(own, str(SIBLING)) as thief:
        await thief.publish(OWN.topic(Lane.LIVE), b"x")
        await sibling.publish(SIBLING.topic(Lane.LIVE), b"still here")


# ------------------------------------------------------------ revocation


async def test_a_revoked_certificate_is_refused_from_the_next_sighup_on_and_others_are_not(walled: Walled, own: BrokerAddress) -> None:
    name = "gamma/gate-1"
    address = walled.issue(name)
    async with open_link(address, name):
        pass
    walled.ca.revoke(name, None, now())
    walled.reload()

    refused(address)
    async with open_link(own, str(OWN)):
        pass


async def test_a_session_that_stands_survives_its_revocation_until_the_owner_comes_with_a_new_certificate(walled: Walled) -> None:
    gateway = Gateway("delta", "gate-1")
    stolen = walled.issue(str(gateway))
    async with open_link(stolen, "not-the-owner-s-client-id") as thief:
        walled.ca.revoke(str(gateway), None, now())
        walled.reload()
        await thief.publish(gateway.topic(Lane.LIVE), b"Mosquitto 2.0.11 looks at the list at the handshake only")
        async with open_link(walled.issue(str(gateway)), str(gateway)) as owner:
            await ended(thief)
            refused(stolen)
            await owner.publish(gateway.topic(Lane.LIVE), b"x")


async def test_a_restart_of_the_broker_ends_every_session_of_a_revoked_certificate(tmp_path: Path) -> None:
    alone = wall(tmp_path / "alone", free_port())
    alone.broker.start()
    try:
        wait_until(lambda: listens(alone.port))
        address = alone.issue(str(OWN))
        async with open_link(address, str(OWN)) as thief:
            alone.ca.revoke(str(OWN), None, now())
            alone.broker.terminate()
            alone.broker.start()
            wait_until(lambda: listens(alone.port))
            await ended(thief)
        refused(address)
    finally:
        alone.broker.kill()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_kept_tls_session_does_not_bring_a_revoked_certificate_back(walled: Walled, version: ssl.TLSVersion) -> None:
    name = f"epsilon/tls-{version.value}"
    address = walled.issue(name)
    context = context_of(address)
    context.maximum_version = version
    _, session = greet(context, walled.port)
    resumed, _ = greet(context, walled.port, session)
    assert resumed, "the broker does resume sessions, so this test is about something"
    walled.ca.revoke(name, None, now())
    walled.reload()

    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        greet(context, walled.port, session)
