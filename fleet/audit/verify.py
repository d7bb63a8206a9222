"""Check an export from its lines alone: links, numbers, signatures, the form of every body, and every published number made anew. Pure."""

from collections.abc import Collection, Iterable

import msgspec

from contracts.anchors import Anchor
from contracts.errors import BadPayload
from fleet.audit.chain import Chain, fault_at
from fleet.audit.form import FORMAT, BadLine, Header, Last, Line, read_lines, record_of
from fleet.audit.link import Record
from fleet.audit.places import place_of
from fleet.audit.recount import Recount
from fleet.audit.report import MOST_FAULTS, Broken, Fault, Report
from fleet.bodies import KINDS, Head, read, write


def verify(lines: Iterable[bytes], trusted: Collection[bytes] | None = None, anchors: Iterable[Anchor] = ()) -> Report:
    """What fits and what does not. `trusted`: public keys the reader has from elsewhere; None: whoever signed is only named.

    `anchors`: heads that were kept elsewhere; without one a file that was honest once and is old now cannot be told from a new one.
    """
    walk = _Walk(trusted, tuple(anchors))
    try:
        for line, data, said in read_lines(lines):
            walk.take(line, data, said)
        walk.end()
    except BadLine as error:
        walk.broken(Fault(error.why, error.line, detail=error.detail))
    except Broken as error:
        walk.broken(error.fault)
    return walk.report()


class _Walk:
    """Goes through the file once."""

    def __init__(self, trusted: Collection[bytes] | None, anchors: tuple[Anchor, ...]) -> None:
        self._trusted, self._anchors = trusted, anchors
        self._header: Header | None = None
        self._chain: Chain | None = None
        self._last: Last | None = None
        self._line = 0
        self._recount = Recount()
        self._faults: list[Fault] = []
        self._cut = False

    def take(self, line: int, data: bytes, said: Header | Line | Last) -> None:
        """The next line."""
        self._line = line
        if self._chain is None:
            self._begin(data, said)
        elif self._last is not None:
            raise Broken(Fault("after_last", line))
        elif isinstance(said, Line):
            self._entry(line, record_of(said), self._chain)
        elif isinstance(said, Last):
            self._chain.end(line, said)
            self._last = said
        else:
            raise Broken(Fault("second_header", line))

    def _begin(self, data: bytes, said: Header | Line | Last) -> None:
        if not isinstance(said, Header):
            raise Broken(Fault("no_header", 1))
        if said.format != FORMAT:
            raise Broken(Fault("other_format", 1, detail=said.format[:80]))
        self._header, self._chain = said, Chain(said, data, self._trusted, self._anchors)

    def _entry(self, line: int, record: Record, chain: Chain) -> None:
        chain.take(line, record)
        body = self._body(line, record)
        if isinstance(body, Head):
            chain.head(line, record, body)
        elif body is not None:
            self._faults += self._recount.take(line, record, body)
        if len(self._faults) >= MOST_FAULTS:
            raise Broken(fault_at(line, record, "enough"))

    def _body(self, line: int, record: Record) -> msgspec.Struct | None:
        """What the entry says; None, and a fault, where that cannot be read or is not written in its one way."""
        kind = KINDS.get(record.kind)
        if kind is None:
            self._faults.append(fault_at(line, record, "kind_unknown"))
            return None
        try:
            body = read(record.body, kind)
        except BadPayload as error:
            self._faults.append(fault_at(line, record, "body_unreadable", error.detail[:200]))
            return None
        if write(body) != record.body:
            self._faults.append(fault_at(line, record, "body_not_canonical"))
            return None
        wrong = place_of(record, body)
        if wrong:
            self._faults.append(fault_at(line, record, "body_elsewhere", wrong))
            return None
        return body

    def end(self) -> None:
        """No line is left."""
        if self._chain is None:
            raise Broken(Fault("no_header", 1))
        if self._last is None:
            raise Broken(Fault("no_last", self._line + 1, self._chain.n))
        self._faults += self._recount.end(counts=self._chain.whole)

    def broken(self, fault: Fault) -> None:
        """Nothing behind this place is checked."""
        self._cut = True
        self._faults.append(fault)

    def report(self) -> Report:
        """All of it, the first fault of the file in front."""
        header, chain, last = self._header, self._chain, self._last
        if header is None or chain is None:
            return Report(faults=tuple(self._faults))
        not_checked = [] if self._trusted is not None else ["keys"]
        not_checked += [] if self._anchors else ["anchors"]
        not_checked += [] if chain.whole else ["counts_of_a_part", "roots_of_a_part"]
        not_checked += ["behind_the_break"] if self._cut else []
        return Report(
            made=header.made,
            program=header.program,
            day=last.day if last else "",
            n=header.n,
            hash=last.hash if last else "",
            only=header.only,
            entries=chain.entries,
            mines=sum(1 for mine in chain.tails if mine),
            kinds=dict(sorted(chain.kinds.items())),
            heads=len(chain.heads),
            first_head=chain.heads[0] if chain.heads else "",
            last_head=chain.heads[-1] if chain.heads else "",
            verdicts=self._recount.verdicts,
            counts=self._recount.counts if chain.whole else 0,
            packs=tuple(self._recount.packs),
            anchors=chain.anchored,
            keys=tuple(chain.keys),
            compared=self._trusted is not None,
            not_checked=tuple(not_checked),
            faults=tuple(sorted(self._faults, key=lambda fault: fault.line)),
        )
