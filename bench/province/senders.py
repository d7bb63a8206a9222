"""All gateways of a province in one process.

`python -m bench.province.senders OPTIONS` (JSON), then an `Order` a line on stdin, each answered by a `Told` on stdout. Gateways that an
order asks for beyond those there are introduce themselves one after the other and send from then on; nobody pauses between orders. An
empty line ends the load: nothing new is made, and what is under way is waited for (`Ended`).
"""

import asyncio
import contextlib
import sys

import msgspec
import uvloop

from alerts.packs import load
from bench.latency import percentile_ms
from bench.processes import say
from bench.province.gateways import ProvinceGateway
from bench.senders import mine_name
from bench.supply import READINGS, Supply
from contracts.clock import SECOND, Clock, SystemClock
from contracts.config import BrokerAddress
from wire.client import Link, LinkDown, open_link

AT_ONCE, MEANWHILE_S = 100, 2.5
"""Gateways that introduce themselves side by side, and how often who has done so sends until all have: less than three periods apart, so
that nobody is silent."""
TAIL_S = 5.0
"""So long after a step its last items are waited for; one that has no receipt then counts with the time it waited."""
DRAIN_S = 60.0
MIND_EVERY_S = 1.0


class Options(msgspec.Struct, frozen=True):
    """`window`: items without receipt a gateway; `points`: of each mine (a multiple of 200)."""

    port: int
    points: int
    window: int


class Order(msgspec.Struct, frozen=True):
    """So many mines in all, each an item of 200 readings every `period_s`; measured for `seconds` after `settle_s`."""

    mines: int
    period_s: float
    settle_s: float
    seconds: float


class Begun(msgspec.Struct, frozen=True):
    """All mines of an order send and the time measured begins."""

    introduced_s: float


class Told(msgspec.Struct, frozen=True):
    """Of the time measured: readings due, sent and receipted in it; waits of the items due in it; `late`: of them without receipt yet."""

    due: float
    offered: int
    committed: int
    seconds: float
    p50_ms: float
    p99_ms: float
    late: int
    resent: int


class Ended(msgspec.Struct, frozen=True):
    """All that was ever sent. `unreceipted`: readings that have no receipt although they were waited for."""

    readings: int
    altered: int
    unreceipted: int


class Province:
    """The gateways there are, and their connections."""

    def __init__(self, options: Options, stack: contextlib.AsyncExitStack, group: asyncio.TaskGroup, clock: Clock) -> None:
        self._options, self._stack, self._group, self._clock = options, stack, group, clock
        self._supply, self._pack = Supply(mine_name(0), options.points), load().name
        self.gateways: list[ProvinceGateway] = []
        self._links: list[Link] = []
        self._loads: list[asyncio.Task[None]] = []
        self.background: list[asyncio.Task[None]] = [group.create_task(self._mind())]

    async def grow(self, order: Order) -> None:
        """The gateways that are missing; then all of them in the order's period."""
        first = len(self.gateways)
        for n in range(first, order.mines):
            self.gateways.append(ProvinceGateway(mine_name(n), self._supply, self._pack, self._options.window, self._clock))
        self._links += [await self._open(one) for one in self.gateways[first:]]
        numbers = iter(range(first, order.mines))

        async def some() -> None:
            for n in numbers:
                await self.gateways[n].introduce(self._links[n])
                self._start(n, order.mines, round(max(order.period_s, MEANWHILE_S) * SECOND))

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))
        await self._pause()
        for n in range(order.mines):
            self._start(n, order.mines, round(order.period_s * SECOND))

    async def _open(self, one: ProvinceGateway) -> Link:
        link = await self._stack.enter_async_context(open_link(BrokerAddress(port=self._options.port), str(one.gateway)))
        self.background.append(self._group.create_task(one.listen(link)))
        return link

    def _start(self, n: int, of: int, period: int) -> None:
        self._loads.append(self._group.create_task(self.gateways[n].live(self._links[n], period, n / of)))

    async def _pause(self) -> None:
        for task in self._loads:
            task.cancel()
        await asyncio.gather(*self._loads, return_exceptions=True)
        self._loads.clear()

    async def _mind(self) -> None:
        while True:
            await asyncio.sleep(MIND_EVERY_S)
            for one, link in list(zip(self.gateways, self._links, strict=False)):
                await one.again(link)

    async def measured(self, order: Order) -> Told:
        """What came of the next `seconds`."""
        clock = self._clock
        start = clock.monotonic()
        before, resent = sum(one.readings for one in self.gateways), sum(one.resent for one in self.gateways)
        for one in self.gateways:
            one.forget_waits(start)
        await asyncio.sleep(order.seconds)
        end = clock.monotonic()
        offered = sum(one.readings for one in self.gateways) - before
        committed = sum(start <= at < end for one in self.gateways for _, at in one.done) * READINGS
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TAIL_S):
                while any(due < end for one in self.gateways for due in one.under_way()):  # noqa: ASYNC110  # receipts tell nobody else
                    await asyncio.sleep(0.1)
        now = clock.monotonic()
        waits = [at - due for one in self.gateways for due, at in one.done if start <= due < end]
        left = [now - due for one in self.gateways for due in one.under_way() if start <= due < end]
        p50, p99 = (percentile_ms([*waits, *left], share) for share in (50, 99))
        seconds = (end - start) / SECOND
        told_resent = sum(one.resent for one in self.gateways) - resent
        return Told(len(self.gateways) * READINGS * seconds / order.period_s, offered, committed, seconds, p50, p99, len(left), told_resent)

    async def ended(self) -> Ended:
        """No more is made, and what is under way is waited for."""
        await self._pause()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await asyncio.gather(*(one.all_received() for one in self.gateways))
        left = sum(len(one.under_way()) for one in self.gateways) * READINGS
        return Ended(sum(one.readings for one in self.gateways), sum(one.altered for one in self.gateways), left)


async def send(options: Options) -> None:
    """The whole life of the process."""
    async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        province = Province(options, stack, group, SystemClock())
        while (line := await asyncio.to_thread(sys.stdin.readline)).strip():
            order = msgspec.json.decode(line, type=Order)
            began = province._clock.monotonic()
            await province.grow(order)
            introduced = province._clock.monotonic() - began
            await asyncio.sleep(order.settle_s)
            say(Begun(introduced / SECOND))
            say(await province.measured(order))
        say(await province.ended())
        for task in province.background:
            task.cancel()


def main() -> None:
    """The process; one line where the broker went away."""
    try:
        uvloop.run(send(msgspec.json.decode(sys.argv[1], type=Options)))
    except* (LinkDown, TimeoutError) as errors:
        sys.exit(f"senders: {', '.join(sorted({repr(error) for error in errors.exceptions}))}")


if __name__ == "__main__":
    main()
