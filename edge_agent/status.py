"""The agent's word about itself, read off it when asked."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.clock import SECOND
from contracts.payload import VERSION, Birth
from edge_agent.diary import Status
from edge_agent.link import MOST_IN_BIRTH

if TYPE_CHECKING:
    from edge_agent.agent import Agent

AGENT = f"davylamp {version('davylamp')}"


def status_of(agent: "Agent") -> Status:
    """Everything `davy edge status` shows."""
    now, link, boxes = agent.clock.monotonic(), agent.link, (agent.data, agent.events)
    at = agent.watch.now()
    return Status(
        at=at,
        gateway=str(agent.gateway),
        epoch=agent.data.epoch,
        connected=link.connected,
        link=link.why,
        waiting_items=sum(box.waiting for box in boxes),
        outbox_bytes=sum(box.size for box in boxes),
        in_flight_bytes=agent.lanes.in_flight,
        credit_bytes=agent.lanes.credit,
        receipts=link.receipts,
        sent_items=link.sent_items,
        polled=agent.polled,
        answered=agent.answered,
        unkept=agent.unkept,
        clock=agent.watch.state,
        disk=agent.disk_error,
        started=at - (now - agent.started),
        unwritten_items=sum(box.pending for box in boxes),
        lost_items=agent.lost_items,
        damaged_files=sum(box.set_aside for box in boxes),
        conflicts=agent.deciding.conflicts,
        predecessor=agent.data.current.predecessor,
        set_back=agent.watch.set_back,
        points=len(agent.registry.points),
        skipped=agent.polling.skipped,
        receipt_age_s=(now - link.last_receipt) / SECOND if link.last_receipt else None,
        resident_mb=resident_mb(),
        connections=link.connections,
        link_ended=link.ended,
        sources=agent.polling.words,
        counts=agent.polling.counts,
        files=agent.files.word if agent.files else None,
        models=agent.models() if agent.models else None,
    )


def birth_of(agent: "Agent", nonce: int) -> Birth:
    """Who it is and what it holds."""
    return Birth(
        VERSION,
        AGENT,
        nonce,
        agent.watch.now(),
        agent.watch.state,
        agent.registry.name,
        agent.regulation.name,
        min((source.period for source in agent.polling.sources), default=SECOND),
        agent.link.generation,
        agent.data.extents(MOST_IN_BIRTH) + agent.events.extents(MOST_IN_BIRTH),
        agent.data.blank,
    )


def resident_mb() -> float:
    """MiB of this process in memory; 0 where the system does not tell (it is no Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20), 1)
