"""Credit grows with what the centre commits, within one pool, in equal shares; a base is everybody's."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import SECOND
from contracts.topics import Gateway
from ingest.credit import MOST_BASES, POOL_BASES, Credit

BASE = 1 << 20
ONE, OTHER = Gateway("a", "gw"), Gateway("b", "gw")
STEP = SECOND // 5


def drain(credit: Credit, gateways: list[Gateway], seconds: float, rate: int, now: int = 0) -> dict[Gateway, int]:
    """What they are told in the end, when each commits `rate` bytes a second."""
    told: dict[Gateway, int] = {}
    for _ in range(round(seconds * SECOND / STEP)):
        now += STEP
        for one in gateways:
            credit.committed(one, rate * STEP // SECOND, now)
            told[one] = credit.grant(one, now)
    return told


def test_a_gateway_that_only_sends_what_it_reads_has_its_base() -> None:
    assert drain(Credit(BASE), [ONE], 30, 10_000) == {ONE: BASE}


def test_who_drains_a_backlog_gets_what_is_committed_in_a_second_and_its_base_back_when_it_is_done() -> None:
    credit = Credit(BASE)

    assert 4.5 * BASE < drain(credit, [ONE], 10, 5 * BASE)[ONE] <= 5 * BASE
    assert drain(credit, [ONE], 10, 10_000, 10 * SECOND)[ONE] == BASE


def test_nobody_gets_more_than_the_most() -> None:
    assert drain(Credit(BASE), [ONE], 60, 1000 * BASE)[ONE] == MOST_BASES * BASE


def test_many_who_want_it_share_the_pool_alike() -> None:
    gateways = [Gateway(f"m{at}", "gw") for at in range(16)]

    told = drain(Credit(BASE), gateways, 30, 100 * BASE)

    assert set(told.values()) == {BASE + POOL_BASES * BASE // 16}


def test_who_comes_later_has_what_is_left_of_the_pool_until_the_others_are_told_their_smaller_share() -> None:
    credit, gateways = Credit(BASE), [Gateway(f"m{at}", "gw") for at in range(5)]
    for one in gateways:
        credit.committed(one, 100 * BASE, 0)

    assert [credit.grant(one, 0) // BASE for one in gateways] == [16, 16, 16, 16, 5]


def test_a_gateway_whose_connection_ended_leaves_its_share_to_others() -> None:
    credit = Credit(BASE)
    several = [Gateway(f"m{at}", "gw") for at in range(POOL_BASES // 4)]
    drain(credit, several, 30, 100 * BASE)
    for gone in several[1:]:
        credit.forget(gone)

    assert drain(credit, several[:1], 30, 100 * BASE, 30 * SECOND) == {several[0]: MOST_BASES * BASE}


def test_a_receipt_is_waited_for_when_a_quarter_of_the_credit_is_committed() -> None:
    credit = Credit(BASE)
    credit.committed(ONE, BASE // 4 - 1, 0)
    assert not credit.waited_for(ONE)
    credit.committed(ONE, 1, 0)
    assert credit.waited_for(ONE)
    credit.grant(ONE, SECOND)
    assert not credit.waited_for(ONE)
    assert not credit.waited_for(OTHER)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1 << 26), st.integers(1, SECOND), st.booleans()), max_size=60))
def test_what_is_told_beyond_the_bases_is_never_more_than_the_pool_and_no_credit_is_below_the_base(
    steps: list[tuple[int, int, int, bool]],
) -> None:
    credit, told, now = Credit(BASE), dict[Gateway, int](), 0
    for number, size, pause, gone in steps:
        now, one = now + pause, Gateway(f"m{number}", "gw")
        if gone:
            credit.forget(one)
            told.pop(one, None)
            continue
        credit.committed(one, size, now)
        told[one] = credit.grant(one, now)
        assert told[one] >= BASE
        assert sum(granted - BASE for granted in told.values()) <= POOL_BASES * BASE
