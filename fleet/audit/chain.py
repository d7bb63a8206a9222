"""The links of a log as they come: over all, of each mine, and the heads that were signed on the way. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable

from contracts.anchors import Anchor
from contracts.keys import BadSignature, key_id
from fleet.audit.form import Header, Last, check_last
from fleet.audit.heads import check_head, root_of
from fleet.audit.link import GENESIS, Record, digest, hash_of
from fleet.audit.report import Broken, Fault
from fleet.bodies import Head


def fault_at(line: int, record: Record, code: str, detail: str = "") -> Fault:
    """A fault of an entry."""
    return Fault(code, line, record.n, record.kind[:40], record.mine[:40], record.day[:10], record.key[:120], detail)


class Chain:
    """Takes entry after entry; Broken at the first that does not follow. `trusted`: public keys known from elsewhere, None: none known."""

    def __init__(self, header: Header, header_bytes: bytes, trusted: Collection[bytes] | None, anchors: Iterable[Anchor]) -> None:
        self._header, self._header_digest, self._trusted = header, digest(header_bytes), trusted
        self.n, self.hash, self.entries = 0, GENESIS, 0
        self.tails: dict[str, tuple[int, str]] = {}
        self.kinds: Counter[str] = Counter()
        self.keys: dict[str, None] = {}
        self.heads: list[str] = []
        """Days of the signed heads."""
        self._anchors: dict[int, list[Anchor]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.n, []).append(anchor)
        self.anchored = 0
        """Anchors that fit."""

    @property
    def whole(self) -> bool:
        """Whether the file holds all mines."""
        return self._header.only is None

    def take(self, line: int, record: Record) -> None:
        """The next entry."""
        wrong = self._place(record) or self._links(record)
        if not wrong and hash_of(record) != record.hash:
            wrong = "changed"
        if not wrong:
            wrong = self._anchor(record)
        if wrong:
            raise Broken(fault_at(line, record, wrong, f"n {record.n}, m {record.m}; before it n {self.n}"))
        self.n, self.hash = record.n, record.hash
        self.entries += 1
        self.kinds[record.kind] += 1
        self.tails[record.mine] = (record.m, record.hash)

    def _place(self, record: Record) -> str:
        if self.whole:
            return "" if record.n == self.n + 1 else "number"
        if record.mine and record.mine not in (self._header.only or ()):
            return "not_of_the_part"
        return "" if record.n > self.n else "number"

    def _links(self, record: Record) -> str:
        m, tail = self.tails.get(record.mine, (0, GENESIS))
        if record.m != m + 1:
            return "mine_number"
        if record.mine_previous != tail:
            return "mine_previous"
        if record.n == self.n + 1 and record.previous != self.hash:
            return "previous"
        return ""

    def _anchor(self, record: Record) -> str:
        """An anchor speaks of this entry, or of the one before it, whose hash stands here."""
        told = [(one, record.hash) for one in self._anchors.pop(record.n, ())]
        told += [(one, record.previous) for one in self._anchors.pop(record.n - 1, ())]
        if any(one.hash != hash_ for one, hash_ in told):
            return "anchor_hash"
        self.anchored += len(told)
        return ""

    def head(self, line: int, record: Record, head: Head) -> None:
        """The signed head that an entry is: of the entry just before it. In a part of the log its root cannot be made again."""
        fault = ""
        if (head.n, head.hash) != (record.n - 1, record.previous):
            fault = "head_place"
        elif self.heads and head.day < self.heads[-1]:
            fault = "head_day"
        elif self.whole and (head.mines, head.root) != self._before(record):
            fault = "head_root"
        try:
            public = check_head(head)
        except BadSignature as error:
            raise Broken(fault_at(line, record, "head_signature", str(error))) from error
        if not fault and self._stranger(public):
            fault = "head_key"
        if fault:
            raise Broken(fault_at(line, record, fault, head.key))
        self.heads.append(head.day)

    def _before(self, record: Record) -> tuple[int, str]:
        """How many chains there were before this entry, and their root."""
        tails = dict(self.tails)
        del tails[record.mine]
        if record.m > 1:
            tails[record.mine] = (record.m - 1, record.mine_previous)
        return len(tails), root_of(tails)

    def end(self, line: int, last: Last) -> None:
        """The signed last line: as many entries, the same heads, and anchors that were not met."""
        try:
            public = check_last(last)
        except BadSignature as error:
            raise Broken(Fault("last_signature", line, last.n, detail=str(error))) from error
        only = self._header.only
        mines = {mine: tail for mine, tail in last.mines.items() if only is None or not mine or mine in only}
        facts = {
            "last_key": not self._stranger(public),
            "last_header": last.header == self._header_digest,
            "last_count": last.n == self._header.n and (self.n == last.n if self.whole else self.n <= last.n),
            "last_hash": self.n != last.n or self.hash == last.hash,
            "last_mines": mines == self.tails,
        }
        for code, fits in facts.items():
            if not fits:
                raise Broken(Fault(code, line, last.n, detail=f"{self.n} of {last.n}, key {last.key}"))
        self._unmet(line, last)

    def _unmet(self, line: int, last: Last) -> None:
        """Anchors whose entry is not in the file."""
        for n in sorted(self._anchors):
            for one in self._anchors[n]:
                if n == last.n and one.hash == last.hash:
                    self.anchored += 1
                    continue
                code = "anchor_beyond" if n > last.n else "anchor_hash" if n == last.n else "anchor_not_here"
                raise Broken(Fault(code, line, n, day=one.day, detail=f"{last.n}"))

    def _stranger(self, public: bytes) -> bool:
        """Whether it is none of the keys that are known here; noted as one that signed."""
        self.keys[key_id(public)] = None
        return self._trusted is not None and public not in self._trusted
