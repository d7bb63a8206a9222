"""The province's bench: its steps and verdicts, its gateways, its history; and a small one as people run it."""

import asyncio
from typing import cast

import msgspec
import pytest

from bench.figures import wanted
from bench.province.gateways import WITHOUT_WORD, ProvinceGateway
from bench.province.history import stored, supply
from bench.province.plan import GROWTH_PER_S, Plan, Step, gave_way, growth_period_s, steps
from bench.senders import mine_name
from bench.supply import READINGS, Supply
from contracts.clock import DAY, HOUR, SECOND, ManualClock
from contracts.payload import Batch, Item, Receipt, Told, decode, encode
from store.embedded import EmbeddedStore
from tests.bench.test_benches import broker, run  # noqa: F401  # a fixture
from wire.client import Arrived, Link

NOON = 20_000 * DAY + 12 * HOUR


def step(**changes: object) -> Step:
    quiet = Step(900, 180_000, 180_000, 400, {"centre": 0.5, "broker": 0.1, "senders": 0.4}, 0.0)
    return Step(**{name: changes.get(name, getattr(quiet, name)) for name in Step.__slots__})  # type: ignore[arg-type]


def test_steps_go_up_by_a_third_and_end_at_the_top() -> None:
    assert steps(900, 200, 1_000_000) == [1200, 1500, 1800, 2100, 2400, 2700, 3000, 3300, 3600, 3900, 4200, 4500, 4800, 5000]
    assert steps(900, 200, 180_000) == steps(900, 200, 0) == []


@pytest.mark.parametrize(("changes", "sustained"), [({}, True), ({"p99_ms": 2000.1}, False), ({"committed_per_s": 178_000}, False)])
def test_a_step_is_sustained_within_its_wait_and_with_all_that_is_due(changes: dict[str, float], sustained: bool) -> None:
    assert step(**changes).sustained is sustained


@pytest.mark.parametrize(
    ("cores", "elsewhere", "said"),
    [
        ({"centre": 0.9, "broker": 0.2, "senders": 0.8}, 0.0, "the machine's processor"),
        ({"centre": 0.5, "broker": 0.1, "senders": 0.3}, 1.1, "the machine's processor"),
        ({"centre": 0.97, "broker": 0.1, "senders": 0.4}, 0.0, "one core, that of centre,"),
        ({"centre": 0.5, "broker": 0.1, "senders": 0.95}, 0.0, "one core, that of senders,"),
        ({"centre": 0.5, "broker": 0.1, "senders": 0.4}, 0.0, "waiting"),
    ],
)
def test_what_has_nothing_left_gave_way(cores: dict[str, float], elsewhere: float, said: str) -> None:
    assert gave_way(step(cores=cores, elsewhere=elsewhere), 2).startswith(said)


def test_growth_keeps_the_rate_whatever_the_number_of_mines() -> None:
    assert {round(mines * READINGS / growth_period_s(mines)) for mines in (1, 10, 900)} == {GROWTH_PER_S}
    assert Plan(60, points=400).period_s == 0.5


class Wire:
    """Keeps what a gateway sends."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def send(self, _topic: str, payload: bytes) -> None:
        self.sent.append(payload)

    def receipt(self, gateway: ProvinceGateway, through: int) -> Arrived:
        told = Told(gateway._epoch, "data", through, [], [], [])
        return Arrived("", encode(Receipt(1, "g", gateway._nonce, 1, 1 << 20, [told])), False)


async def test_a_gateway_sends_again_byte_for_byte_what_has_no_receipt_for_long() -> None:
    clock, wire = ManualClock(NOON), Wire()
    gateway = ProvinceGateway("bench-000", Supply("bench-000"), "pack", 5, clock)
    link = cast(Link, wire)
    loading = asyncio.create_task(gateway.live(link, SECOND // 1000, 0.0))
    while len(wire.sent) < 3:
        await asyncio.sleep(0)
        clock.advance(SECOND // 1000)
    loading.cancel()
    sent = list(wire.sent)
    bodies = [decode(Item, payload).body for payload in sent]
    assert all(isinstance(body, Batch) and len(body.polls) == 1 for body in bodies)
    gateway._take(Told(gateway._epoch, "data", 0, [], [], []))

    await gateway.again(link)
    assert wire.sent == sent
    clock.advance(WITHOUT_WORD + 1)
    await gateway.again(link)
    assert wire.sent[len(sent) :] == sent[1:]
    assert gateway.resent == len(sent) - 1 == len(gateway.under_way())
    await gateway.again(link)
    assert gateway.resent == len(sent) - 1


def test_history_is_there_for_charts_and_does_not_count_as_load(tmp_path) -> None:
    assert supply(tmp_path, 2, 200, NOON, 1, 2) == 2 * 200 * 3600
    store = EmbeddedStore(tmp_path)
    point = Supply(mine_name(0), 200).registry.points[7].id
    try:
        day = store.buckets(mine_name(1), point, NOON - 2 * DAY, NOON, HOUR)
        raw = store.series(mine_name(0), point, NOON - HOUR, NOON)
    finally:
        store.close()

    assert len(day.start) == 48
    assert len(raw.time) == 3600
    assert stored(tmp_path, NOON) == (0, 0)
    assert stored(tmp_path, NOON - HOUR) == (2 * 200 * 3600, 0)


@pytest.mark.servers
@pytest.mark.usefixtures("broker")
def test_a_small_province_loses_nothing_while_it_is_read(tmp_path) -> None:
    small = ("--seconds", "15", "--mines", "12", "--history", "1", "--past", "1", "2", "--top", "3200", "--step", "3", "--no-growth")
    said = run(tmp_path, "province", *small)

    assert said.figures["lost"] == said.figures["altered"] == said.figures["duplicate"] == said.figures["reads_failed"] == 0
    assert said.figures["mines"] == 12
    assert said.figures["reads"] >= 4
    assert said.figures["highest_sustained_per_s"] > 0
    assert said.notes["gave_way_first"]
    assert wanted("province", said.figures) == list(said.figures)
    assert msgspec.json.decode(msgspec.json.encode(said))["notes"] == said.notes
