"""The audit chain finds whatever was done to it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from store.records import audit
from store.records.audit import AUDIT, BrokenChain, Link
from store.records.engine import Records, open_records

WORDS = st.text(max_size=12)
ENTRY = st.tuples(
    WORDS, WORDS, st.dictionaries(WORDS, st.integers(-99, 99) | WORDS | st.none(), max_size=3), WORDS, st.integers(0, 1 << 60)
)


def chain(entries: list[tuple[str, str, dict[str, object], str, int]]) -> list[Link]:
    memory = open_records("sqlite://")
    with memory.begin() as db:
        for entry in entries:
            audit.append(db, *entry)
        made = audit.links(db)
    memory.close()
    return made


LINKS = chain([("permit", f"T0{n}", {"minutes": n, "why": "标校"}, f"person-{n}", 1_000 + n) for n in range(6)])
positions = st.integers(0, len(LINKS) - 1)


def test_links_follow_each_other(records: Records) -> None:
    with records.begin() as db:
        assert audit.head(db) is None
        first = audit.append(db, "permit", "T01", {"b": 1, "a": "矿"}, "person-7", 5)
        second = audit.append(db, "permit", "T02", {}, "person-7", 6)
        assert (first.n, first.payload, first.previous) == (1, '{"a":"矿","b":1}'.encode(), audit.GENESIS)
        assert (second.n, second.previous, audit.head(db)) == (2, first.hash, second)
        assert (audit.links(db), audit.links(db, 2), audit.links(db, 1, 1)) == ([first, second], [second], [first])
        audit.verify(audit.links(db))


def test_a_hash_is_what_it_says() -> None:
    """A fixed link, so that chains of this release are verified by the next."""
    link = chain([("permit", "T01", {"minutes": 30}, "person-7", 5)])[0]
    assert link.hash == "1bddacfd41335c95f791aa1959eaf0f941e805260d620ca29dbf9c0475d7814a"


@settings(max_examples=25, deadline=None)
@given(entries=st.lists(ENTRY, max_size=5))
def test_a_chain_that_was_left_alone_is_whole(entries: list[tuple[str, str, dict[str, object], str, int]]) -> None:
    made = chain(entries)
    audit.verify(made, made[-1] if made else None)


@given(at=positions, field=st.sampled_from(["at", "kind", "subject", "payload", "actor", "previous", "hash", "n"]), data=st.data())
def test_any_changed_field_is_found(at: int, field: str, data: st.DataObject) -> None:
    old = getattr(LINKS[at], field)
    values = {int: st.integers(0, 1 << 60), str: st.text(max_size=64), bytes: st.binary(max_size=40)}[type(old)]
    new = data.draw(values.filter(lambda value: value != old))
    with pytest.raises(BrokenChain):
        audit.verify([*LINKS[:at], replace(LINKS[at], **{field: new}), *LINKS[at + 1 :]])


@given(at=st.integers(0, len(LINKS) - 2))
def test_a_removed_link_is_found(at: int) -> None:
    with pytest.raises(BrokenChain):
        audit.verify(LINKS[:at] + LINKS[at + 1 :])


@given(keep=st.integers(0, len(LINKS) - 1))
def test_a_cut_tail_is_found_by_a_head_kept_elsewhere(keep: int) -> None:
    audit.verify(LINKS[:keep])
    with pytest.raises(BrokenChain, match="kept elsewhere"):
        audit.verify(LINKS[:keep], LINKS[-1])


@given(at=st.integers(0, len(LINKS)), source=positions)
def test_an_inserted_link_is_found(at: int, source: int) -> None:
    with pytest.raises(BrokenChain):
        audit.verify([*LINKS[:at], LINKS[source], *LINKS[at:]])


@given(order=st.permutations(LINKS).filter(lambda order: list(order) != LINKS))
def test_reordered_links_are_found(order: list[Link]) -> None:
    with pytest.raises(BrokenChain):
        audit.verify(order)


def test_a_chain_rewritten_from_the_middle_is_found_by_its_old_head() -> None:
    rewritten = chain([("permit", f"T0{n}", {"minutes": 0 if n == 3 else n, "why": "标校"}, f"person-{n}", 1_000 + n) for n in range(6)])
    audit.verify(rewritten)
    with pytest.raises(BrokenChain):
        audit.verify(rewritten, LINKS[-1])
    with pytest.raises(BrokenChain):
        audit.verify([*LINKS[:4], *rewritten[4:]])


@pytest.mark.parametrize("change", [update(AUDIT).where(AUDIT.c.n == 2).values(actor="person-9"), delete(AUDIT).where(AUDIT.c.n == 2)])
def test_a_change_in_the_database_is_found(records: Records, change: object) -> None:
    with records.begin() as db:
        for n in range(3):
            audit.append(db, "permit", "T01", {"n": n}, "person-7", n)
        db.execute(change)
        with pytest.raises(BrokenChain, match="link 2"):
            audit.verify(audit.links(db))
