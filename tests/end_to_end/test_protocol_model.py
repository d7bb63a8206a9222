"""Outbox and receipts, model-checked: enqueue, send, receive, crash, tear, copy, put back, in any order.

Whatever a receipt did not name is still on the gateway's disk (or was torn from it, and told); whatever it named is at the centre.
"""

import os
import shutil
import tempfile
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.digest import MASK, item_digest
from contracts.payload import Batch, Birth, Event, Item, Lost, Receipt, decode
from contracts.topics import Gateway
from edge_agent.lanes import Lanes, Pick
from edge_agent.outbox import Outbox, OutboxLimits
from ingest.pipeline import Arrival, Opened, open_item
from ingest.receipts import Holding

pytestmark = pytest.mark.slow

GATEWAY = Gateway("mine", "gate")
Identity = tuple[str, str, int]


class Centre:
    """Items by identity, and the real Holding."""

    def __init__(self) -> None:
        self.items: dict[Identity, bytes] = {}
        self.holding = Holding()
        self.conflicts = 0
        self.generation = "g0"

    def take(self, pick: Pick) -> None:
        opened = open_item(Arrival(GATEWAY, pick.lane, pick.data, 0))
        assert isinstance(opened, Opened)
        key = (opened.identity.stream, opened.item.epoch, opened.item.seq)
        if key in self.items:
            self.conflicts += self.items[key] != pick.data
            return
        if isinstance(opened.item.body, Lost):
            lost = opened.item.body
            self.holding.lose(lost.epoch, lost.stream, lost.first, lost.last)
        self.items[key] = pick.data
        self.holding.hold(opened.identity)

    def clipped(self, epoch: str, first: int, last: int) -> int:
        return sum(item_digest(data) for (_, e, seq), data in self.items.items() if e == epoch and first <= seq <= last) & MASK

    def receipt(self) -> Receipt | None:
        return self.holding.receipt(self.generation, 10_000, self.clipped)


class Gate:
    """The outboxes and lanes of one running agent."""

    def __init__(self, folder: Path, keep: int, start: int) -> None:
        self.folder, self.keep, self.start = folder, keep, start
        limits = OutboxLimits(segment_bytes=150, keep=keep)
        self.data = Outbox(folder / "data", "data", limits, f"{2 * start:016x}")
        self.event = Outbox(folder / "event", "event", OutboxLimits(segment_bytes=150, keep=keep, droppable=False), f"{2 * start + 1:016x}")
        self.lanes = Lanes(self.data, self.event)
        self.nonce = 0
        self.told: set[Identity] = set()
        for box in (self.data, self.event):
            for loss in box.losses:
                self.event.append(loss, 0)
        self.event.commit()
        for box in (self.data, self.event):
            box.told_losses()

    def die(self) -> None:
        """What the kernel does for a killed process, and no more."""
        for box in (self.data, self.event):
            os.close(box._high._file)
            if box._writer:
                box._writer.close()

    def on_disk(self) -> dict[Identity, bytes]:
        return {
            (box.stream, epoch, seq): data
            for box in (self.data, self.event)
            for epoch in box.epochs
            for seq, data in box.items(epoch)
            if data is not None
        }

    def declared_lost(self) -> set[Identity]:
        return {
            (box.stream, state.epoch, seq)
            for box in (self.data, self.event)
            for state in box.epochs.values()
            for first, last, _ in state.gone
            for seq in range(first, last + 1)
        }


class Protocol(RuleBasedStateMachine):
    """One gateway and one centre over a wire that loses, repeats and delays."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.made = self.tick = 0
        self.committed: dict[Identity, bytes] = {}
        self.torn: set[Identity] = set()
        self.wire: list[Pick] = []
        self.receipts: list[Receipt] = []
        self.image: Path | None = None
        self.image_committed: set[Identity] = set()
        self.backup: tuple[dict[Identity, bytes], Holding] | None = None
        self.centre = Centre()

    @initialize(free=st.booleans())
    def start(self, free: bool) -> None:
        self.free = free
        self.gate = Gate(self.root / "disk", 0 if free else 10**18, 0)

    # ------------------------------------------------------------ the gateway

    @rule(n=st.integers(1, 6), event=st.booleans(), commit=st.booleans())
    def enqueue(self, n: int, event: bool, commit: bool) -> None:
        for _ in range(n):
            self.made += 1
            if event:
                self.gate.event.append(Event("T01", "limit.alarm", "raise", self.made, 1.0, 1.0, 0, "c", "r", self.made), self.made)
            else:
                self.gate.data.append(Batch("0" * 16, self.made, [0, 1], [0, 1], self.made.to_bytes(8, "little")), self.made)
        if commit:
            self.commit()

    @rule()
    def commit(self) -> None:
        self.gate.data.commit()
        self.gate.event.commit()
        self.committed.update(self.gate.on_disk())

    @rule()
    def connect(self) -> None:
        self.gate.lanes.restart()
        self.tick += 1
        self.gate.nonce = self.tick
        catalogue = self.gate.data.extents() + self.gate.event.extents()
        birth = Birth(1, "model", self.gate.nonce, 0, "trusted", "0" * 16, "", 1, self.centre.generation, catalogue)
        self.centre.holding.bear(birth)

    @rule(n=st.integers(1, 12))
    def send(self, n: int) -> None:
        for _ in range(n):
            pick = self.gate.lanes.next(backlog=True)
            if pick is None:
                return
            self.gate.lanes.sent(pick, 0)
            self.wire.append(pick)

    @rule()
    def reclaim(self) -> None:
        self.gate.data.reclaim(10**15)
        self.gate.event.reclaim(10**15)

    @rule()
    def crash(self) -> None:
        self._restart()

    @rule(which=st.integers(0, 20), part=st.floats(0, 1))
    def tear(self, which: int, part: float) -> None:
        files = sorted(self.root.glob("disk/data/*.seg"))
        if files:
            victim = files[which % len(files)]
            before = set(self.gate.on_disk())
            os.truncate(victim, int(part * victim.stat().st_size))
            self._restart()
            self.torn |= before - set(self.gate.on_disk())

    @rule()
    def copy_disk(self) -> None:
        self.tick += 1
        self.image = self.root / f"image{self.tick}"
        shutil.copytree(self.root / "disk", self.image)
        self.image_committed = set(self.gate.on_disk())

    @precondition(lambda self: self.image is not None)
    @rule()
    def put_the_copy_back(self) -> None:
        before = set(self.gate.on_disk())
        shutil.rmtree(self.root / "disk")
        shutil.copytree(self.image, self.root / "disk")
        self._restart()
        self.torn |= before - set(self.gate.on_disk())

    def _restart(self) -> None:
        self.gate.die()
        self.gate = Gate(self.root / "disk", self.gate.keep, self.gate.start + 1)
        self.committed.update(self.gate.on_disk())

    # ------------------------------------------------------------ the wire and the centre

    @precondition(lambda self: self.wire)
    @rule(which=st.integers(0, 1000), repeat=st.booleans())
    def deliver(self, which: int, repeat: bool) -> None:
        at = which % len(self.wire)
        pick = self.wire[at] if repeat else self.wire.pop(at)
        self.centre.take(pick)

    @rule()
    def deliver_all(self) -> None:
        for pick in self.wire:
            self.centre.take(pick)
        self.wire.clear()

    @rule()
    def lose_what_is_on_the_wire(self) -> None:
        self.wire.clear()

    @rule()
    def write_receipt(self) -> None:
        receipt = self.centre.receipt()
        if receipt is not None:
            self.receipts.append(receipt)

    @precondition(lambda self: self.receipts)
    @rule(back=st.integers(0, 5))
    def read_receipt(self, back: int) -> None:
        receipt = self.receipts[-1 - back % len(self.receipts)]
        if receipt.nonce != self.gate.nonce or receipt.generation != self.centre.generation:
            return
        assert self.gate.lanes.told(receipt, 0) == []

    @rule()
    def back_the_centre_up(self) -> None:
        self.backup = (dict(self.centre.items), deepcopy(self.centre.holding))

    @precondition(lambda self: self.backup is not None and not self.free)
    @rule()
    def put_the_centre_back(self) -> None:
        items, holding = self.backup
        self.centre.items, birth = dict(items), self.centre.holding.birth
        self.centre.holding = deepcopy(holding)
        self.centre.holding.birth = birth
        self.centre.generation = f"g{self.tick}"
        self.connect()
        receipt = self.centre.receipt()
        assert receipt is not None
        self.gate.lanes.told(receipt, 0)

    # ------------------------------------------------------------ what must hold

    @invariant()
    def nothing_is_gone(self) -> None:
        if not hasattr(self, "gate"):
            return
        here = self.gate.on_disk().keys() | self.centre.items.keys() | self.torn
        assert self.committed.keys() <= here

    @invariant()
    def nothing_is_altered(self) -> None:
        assert self.centre.conflicts == 0
        assert all(self.committed.get(key, data) == data for key, data in self.centre.items.items())
        assert all(decode(Item, data).seq == key[2] for key, data in self.centre.items.items())

    @invariant()
    def what_counts_as_received_is_at_the_centre(self) -> None:
        if not hasattr(self, "gate"):
            return
        for box in (self.gate.data, self.gate.event):
            for state in box.epochs.values():
                for first, last, _ in state.received:
                    held = self.centre.holding.held.get((state.epoch, box.stream))
                    assert held is not None
                    assert not held.missing(first, last)

    def teardown(self) -> None:
        """Whatever happened: a quiet end brings everything that is still on the disk to the centre."""
        if hasattr(self, "gate"):
            self.commit()
            for _ in range(6):
                self.connect()
                self.write_receipt()
                self.gate.lanes.told(self.receipts[-1], 0)
                self.gate.lanes.resend(1)
                self.send(10_000)
                self.deliver_all()
            assert self.gate.on_disk().keys() <= self.centre.items.keys()
            assert self.committed.keys() - self.centre.items.keys() <= self.torn
            assert self.gate.data.waiting == self.gate.event.waiting == 0
            self.gate.die()
        shutil.rmtree(self.root, ignore_errors=True)


Protocol.TestCase.settings = settings(max_examples=250, stateful_step_count=40, deadline=None)
TestProtocol = Protocol.TestCase
