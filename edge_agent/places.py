"""How far each source was read: the place that travels with its newest poll on disk.

What was read must not be read again, also where an agent lived so shortly that only some of its sources were polled. So the search goes
back over epochs until every source was met, or what the diary accounts for begins.
"""

from collections.abc import Iterable, Iterator

import msgspec

from contracts.errors import BadPayload
from contracts.payload import Batch, Item, decode
from edge_agent.outbox import Outbox
from edge_agent.outbox.epoch import EpochState


class Mark(msgspec.Struct, frozen=True):
    """Everything before item `seq` of `epoch` is accounted for. The epoch is empty where nothing is known."""

    epoch: str = ""
    seq: int = 0


def places(data: Outbox, known: dict[str, int], mark: Mark, sources: Iterable[str]) -> dict[str, int]:
    """Each source's place by the newest items on disk; where the disk has none after `mark`, as `known`.

    The disk wins over what is known: what a torn tail lost is read again from a source that can.
    """
    wanted, found = set(sources), dict[str, int]()
    for body in _bodies(data, mark if _there(data, mark) else Mark()):
        for poll in reversed(body.polls):
            found.setdefault(poll.source, poll.cursor)
        if wanted <= found.keys():
            break
    return {**known, **found}


def _there(data: Outbox, mark: Mark) -> bool:
    """Whether the disk still had the item before the mark when it was closed: after a torn tail the diary knows more than was kept."""
    state = data.epochs.get(mark.epoch)
    return state is not None and mark.seq <= state.made and mark.seq - 1 not in state.gone


def _bodies(data: Outbox, mark: Mark) -> Iterator[Batch]:
    """The batches of former epochs after the mark, newest first."""
    for state in _newest_first(data):
        for segment in reversed(state.segments):
            for seq in range(segment.last, segment.first - 1, -1):
                if state.epoch == mark.epoch and seq < mark.seq:
                    return
                if (body := _batch(segment.read(seq))) is not None:
                    yield body
            segment.forget_index()
        if state.epoch == mark.epoch:
            return


def _newest_first(data: Outbox) -> list[EpochState]:
    """Former epochs by who came before whom, which no clock that was set can change; those that no successor names, by time."""
    order = list[EpochState]()
    state = data.epochs.get(data.current.predecessor)
    while state is not None and state not in order:
        order.append(state)
        state = data.epochs.get(state.predecessor)
    rest = [state for state in data.epochs.values() if state is not data.current and state not in order]
    return [*order, *sorted(rest, key=lambda state: state.last_time, reverse=True)]


def _batch(raw: bytes | None) -> Batch | None:
    try:
        body = decode(Item, raw).body if raw else None
    except BadPayload:
        return None
    return body if isinstance(body, Batch) else None
