"""The check of an export, fault by fault: which it is, where it is, and what is said of it. Small chains by hand; no verdict is judged."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import pytest
from msgspec.structs import replace as changed

from contracts.anchors import Anchor
from contracts.keys import BadSignature, key_id, public_of
from fleet.audit import form
from fleet.audit.chain import Chain, fault_at
from fleet.audit.form import FORMAT, Header, Last, last_line, read_line
from fleet.audit.heads import check_head, check_signed, root_of, signed_head
from fleet.audit.link import GENESIS, Record, digest, hash_of
from fleet.audit.report import Broken, Fault
from fleet.bodies import write
from tests.fleet.audit_log import FOREIGN, PUBLIC, SECRET

DAY, NEXT = "2026-11-01", "2026-11-02"
WHOLE = Header(FORMAT, 5, "test", 4)
PART = Header(FORMAT, 5, "test", 9, ("a",))
FIRST_LINE = b"the first line"
KEY = key_id(PUBLIC)


def chained(*mines: str, skip: tuple[int, ...] = ()) -> list[Record]:
    """Entries of these mines in turn, but for the numbers that are skipped, linked as they have to be."""
    made: list[Record] = []
    tails: dict[str, tuple[int, str]] = {}
    previous = GENESIS
    for n, mine in enumerate(mines, 1):
        m, mine_previous = tails.get(mine, (0, GENESIS))
        one = Record(n, m + 1, 10 * n, "kind", mine, DAY, "key", b"{}", "actor", previous, mine_previous, "")
        one = replace(one, hash=hash_of(one))
        previous, tails[mine] = one.hash, (one.m, one.hash)
        made.append(one)
    return [one for one in made if one.n not in skip]


def spoiled(record: Record, **values: Any) -> Record:
    """Other fields, and a hash that fits them."""
    one = replace(record, **values)
    return replace(one, hash=hash_of(one))


def chain(header: Header = WHOLE, trusted: tuple[bytes, ...] | None = (PUBLIC,), anchors: tuple[Anchor, ...] = ()) -> Chain:
    return Chain(header, FIRST_LINE, trusted, anchors)


def after(records: list[Record], **options: Any) -> Chain:
    found = chain(**options)
    for line, record in enumerate(records, 2):
        found.take(line, record)
    return found


def broken(work: Callable[[], object]) -> Fault:
    with pytest.raises(Broken) as told:
        work()
    assert str(told.value) == told.value.fault.code
    return told.value.fault


ABA = chained("a", "b", "a")


# ------------------------------------------------------------ entries


def test_entries_that_follow_are_counted_and_their_ends_known() -> None:
    records = chained("a", "b", "", "a")
    found = after(records)

    assert (found.n, found.hash, found.entries, found.kinds) == (4, records[3].hash, 4, {"kind": 4})
    assert found.tails == {"a": (2, records[3].hash), "b": (1, records[1].hash), "": (1, records[2].hash)}
    assert (found.keys, found.heads, found.anchored, found.whole, chain(PART).whole) == ({}, [], 0, True, False)


@pytest.mark.parametrize(
    ("wrong", "code", "where"),
    [
        (spoiled(ABA[2], n=4), "number", "n 4, m 2; before it n 2"),
        (spoiled(ABA[2], n=2), "number", "n 2, m 2; before it n 2"),
        (spoiled(ABA[2], m=3), "mine_number", "n 3, m 3; before it n 2"),
        (spoiled(ABA[2], m=1), "mine_number", "n 3, m 1; before it n 2"),
        (spoiled(ABA[2], mine_previous=GENESIS), "mine_previous", "n 3, m 2; before it n 2"),
        (spoiled(ABA[2], previous=GENESIS), "previous", "n 3, m 2; before it n 2"),
        (replace(ABA[2], at=31), "changed", "n 3, m 2; before it n 2"),
    ],
)
def test_the_first_entry_that_does_not_follow_is_told(wrong: Record, code: str, where: str) -> None:
    found = after(ABA[:2])

    assert broken(lambda: found.take(9, wrong)) == Fault(code, 9, wrong.n, "kind", "a", DAY, "key", where)
    assert (found.n, found.entries) == (2, 2)


def test_a_part_leaves_numbers_out_but_none_of_its_mines_and_none_of_the_province() -> None:
    records = chained("a", "b", "", "b", "b", "a", skip=(2, 4, 5))
    found = after(records, header=PART)

    assert (found.n, found.entries, sorted(found.tails)) == (6, 3, ["", "a"])
    assert broken(lambda: after(chained("a", "b"), header=PART)).code == "not_of_the_part"
    assert broken(lambda: found.take(9, spoiled(records[2], n=6, m=3, mine_previous=records[2].hash))).code == "number"
    assert broken(lambda: after([records[0], spoiled(records[1], n=2)], header=PART)).code == "previous", "they are neighbours in the log"


def test_what_is_said_of_a_fault_has_bounds() -> None:
    long = replace(ABA[0], kind="k" * 99, mine="m" * 99, day="d" * 99, key="e" * 999)

    assert fault_at(7, long, "code") == Fault("code", 7, 1, "k" * 40, "m" * 40, "d" * 10, "e" * 120, "")


# ------------------------------------------------------------ anchors


def test_anchors_are_met_at_their_entry_or_by_the_one_behind_it_once_each() -> None:
    records = chained("a", "b", "a", "b", "a", skip=(2, 4))
    anchors = tuple(Anchor(n, hash_, DAY) for n, hash_ in ((1, records[0].hash), (2, records[1].previous), (2, records[1].previous)))
    found = chain(PART, anchors=anchors)

    met = []
    for record in records:
        found.take(2, record)
        met.append(found.anchored)
    assert met == [1, 3, 3]


@pytest.mark.parametrize("n", [1, 2])
def test_an_anchor_that_says_another_hash_is_told(n: int) -> None:
    records = chained("a", "b", "a", skip=(2,))

    fault = broken(lambda: after(records, header=PART, anchors=(Anchor(n, "0" * 64, DAY),)))

    assert (fault.code, fault.n) == ("anchor_hash", 1 if n == 1 else 3)


# ------------------------------------------------------------ heads


def headed(day: str = DAY, **values: Any) -> tuple[Chain, Record, Any]:
    """A chain that just took a head of its own end, and what that says."""
    records = chained("a", "b", "a", "")
    tails = {"a": (2, records[2].hash), "b": (1, records[1].hash)}
    said = {"day": day, "n": 3, "hash_": records[2].hash, "tails": tails} | values
    return after(records), records[3], signed_head(said.pop("secret", SECRET), **said)


def test_a_head_of_the_entry_before_it_is_noted() -> None:
    found, record, head = headed()

    found.head(5, record, head)

    assert (found.heads, list(found.keys)) == ([DAY], [KEY])
    found.head(5, record, head)
    assert found.heads == [DAY, DAY], "twice on a day is no fault"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"n": 4}, "head_place"),
        ({"n": 2}, "head_place"),
        ({"hash_": GENESIS}, "head_place"),
        ({"tails": {"a": (2, GENESIS)}}, "head_root"),
        ({"secret": FOREIGN}, "head_key"),
    ],
)
def test_a_head_that_says_something_else_is_told(values: dict[str, Any], code: str) -> None:
    found, record, head = headed(**values)

    assert broken(lambda: found.head(5, record, head)) == Fault(code, 5, 4, "kind", "", DAY, "key", head.key)
    assert found.heads == []


def test_a_head_of_as_many_chains_with_other_ends_and_one_of_other_many_are_told() -> None:
    found, record, head = headed()
    for other in ({"mines": 3}, {"root": GENESIS}):
        bare = changed(head, **other)
        again = changed(bare, signature=form.sign(SECRET, b"davylamp fleet head 1\n" + write(changed(bare, signature=""))).hex())
        assert broken(lambda again=again: found.head(5, record, again)).code == "head_root"


def test_the_days_of_heads_do_not_go_back_and_a_bad_signature_is_told_first() -> None:
    found, record, head = headed(NEXT)
    found.head(5, record, head)
    _, _, earlier = headed(DAY)

    assert broken(lambda: found.head(5, record, earlier)).code == "head_day"
    fault = broken(lambda: found.head(5, record, changed(earlier, signature="00" * 64)))
    assert (fault.code, fault.line, fault.n) == ("head_signature", 5, 4)
    assert "signature" in fault.detail


def test_the_root_of_a_head_that_is_not_the_first_of_its_chain_has_the_one_before_in_it() -> None:
    records = chained("a", "", "b", "")
    found = after(records)
    tails = {"a": (1, records[0].hash), "": (1, records[1].hash), "b": (1, records[2].hash)}

    found.head(5, records[3], signed_head(SECRET, DAY, 3, records[2].hash, tails))

    assert found.heads == [DAY]


def test_the_root_of_a_head_is_not_asked_in_a_part() -> None:
    records = chained("a", "b", "a", "", skip=(2,))
    found = after(records, header=PART)

    found.head(5, records[2], signed_head(SECRET, DAY, 3, records[1].hash, {"x": (1, GENESIS)}))

    assert found.heads == [DAY]


def test_who_knows_no_key_is_told_which_signed() -> None:
    records = chained("a", "")
    found = after(records, trusted=None)

    found.head(3, records[1], signed_head(FOREIGN, DAY, 1, records[0].hash, {"a": (1, records[0].hash)}))

    assert list(found.keys) == [key_id(public_of(FOREIGN))]


# ------------------------------------------------------------ the last line


def last(found: Chain, **values: Any) -> Last:
    said = {"secret": SECRET, "header": FIRST_LINE, "n": found.n, "hash_": found.hash, "day": NEXT, "at": 9, "tails": found.tails} | values
    read_back = read_line(last_line(**said))
    assert isinstance(read_back, Last)
    return read_back


def test_an_end_that_fits_is_no_fault() -> None:
    found = after(chained("a", "b", "a", "b"))
    found.end(6, last(found))
    assert list(found.keys) == [KEY]

    part = after(chained("a", "b", "", "b", skip=(2, 4)), header=changed(PART, n=4))
    part.end(4, last(part, n=4, hash_=GENESIS, tails={**part.tails, "b": (2, GENESIS)}))


@pytest.mark.parametrize(
    ("values", "code", "n"),
    [
        ({"secret": FOREIGN}, "last_key", 4),
        ({"header": b"another"}, "last_header", 4),
        ({"n": 5}, "last_count", 5),
        ({"n": 3}, "last_count", 3),
        ({"hash_": GENESIS}, "last_hash", 4),
        ({"tails": {}}, "last_mines", 4),
    ],
)
def test_an_end_that_says_something_else_is_told(values: dict[str, Any], code: str, n: int) -> None:
    found = after(chained("a", "b", "a", "b"))
    said = last(found, **values)

    assert broken(lambda: found.end(6, said)) == Fault(code, 6, n, detail=f"4 of {n}, key {said.key}")


def test_an_end_of_fewer_entries_than_the_header_or_the_file_is_told() -> None:
    three = after(ABA)
    assert broken(lambda: three.end(5, last(three, n=4))).code == "last_count"
    assert broken(lambda: three.end(5, last(three))).code == "last_count", "the header said four"
    part = after(chained("a", "b", "a", skip=(2,)), header=changed(PART, n=2))
    assert broken(lambda: part.end(4, last(part, n=2))).code == "last_count"
    whole_part = after(ABA[:1], header=changed(PART, n=1))
    assert broken(lambda: whole_part.end(3, last(whole_part, hash_=GENESIS))).code == "last_hash"


def test_an_end_nobody_signed_is_told() -> None:
    found = after(chained("a", "b", "a", "b"))
    fault = broken(lambda: found.end(6, changed(last(found), signature="zz")))

    assert (fault.code, fault.line, fault.n) == ("last_signature", 6, 4)
    assert fault.detail.startswith("key or signature is no hex")


@pytest.mark.parametrize(
    ("n", "hash_", "code"), [(4, None, ""), (4, GENESIS, "anchor_hash"), (5, GENESIS, "anchor_beyond"), (2, GENESIS, "anchor_not_here")]
)
def test_an_anchor_that_no_entry_met_is_told_at_the_end(n: int, hash_: str | None, code: str) -> None:
    whole = chained("a", "b", "b", "b")
    found = after(whole[:1], header=changed(PART, n=4), anchors=(Anchor(n, hash_ or whole[3].hash, DAY), Anchor(1, whole[0].hash, DAY)))
    said = last(found, n=4, hash_=whole[3].hash)

    if not code:
        found.end(3, said)
        assert found.anchored == 2
        return
    assert broken(lambda: found.end(3, said)) == Fault(code, 3, n, day=DAY, detail="4")


# ------------------------------------------------------------ signatures


def test_a_root_is_one_hash_of_every_end_in_the_order_of_the_mines() -> None:
    tails = {"b": (2, "y"), "": (1, "z"), "a": (3, "x")}
    expected = blake2b(b'[["",1,"z"],["a",3,"x"],["b",2,"y"]]', digest_size=32).hexdigest()

    assert root_of(tails) == expected == digest(b'[["",1,"z"],["a",3,"x"],["b",2,"y"]]')
    head = signed_head(SECRET, DAY, 3, "h", tails)
    assert (head.day, head.n, head.hash, head.mines, head.root, head.key, head.public) == (DAY, 3, "h", 3, expected, KEY, PUBLIC.hex())
    assert check_head(head) == PUBLIC


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"public": PUBLIC.hex().upper()}, "key, its id and signature do not belong together"),
        ({"key": "x"}, "key, its id and signature do not belong together"),
        ({"public": "zz"}, "key or signature is no hex: non-hexadecimal number found in fromhex() arg at position 0"),
        ({"signature": "zz"}, "key or signature is no hex: non-hexadecimal number found in fromhex() arg at position 0"),
    ],
)
def test_what_is_not_written_as_it_has_to_be_is_no_signature(values: dict[str, str], why: str) -> None:
    good = {"public": PUBLIC.hex(), "key": KEY, "signature": form.sign(SECRET, b"data").hex()}
    assert check_signed(data=b"data", **good) == PUBLIC

    with pytest.raises(BadSignature) as told:
        check_signed(data=b"data", **good | values)
    assert str(told.value) == why
    with pytest.raises(BadSignature, match="together"):
        check_signed(data=b"data", **good | {"signature": good["signature"].upper()})
