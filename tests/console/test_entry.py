"""How people get in, by numbers: waits, passwords, PINs, ways back, settings. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.web import hashing
from console.web.entry import LONGEST_WAIT, check_password, check_pin, doors_in, failing, forgiven, told_late, wait_after, way_back
from contracts.clock import DAY, SECOND
from contracts.errors import BadConfig
from store.records.sessions import Failed

REAL_PIN_COST = hashing.PIN_TIME, hashing.PIN_MEMORY_KIB
REAL_COST = hashing._hasher.time_cost, hashing._hasher.memory_cost


def test_hashing_costs():
    """As RFC 9106 and OWASP have it; and a password's hash says so itself."""
    assert (REAL_COST[0] >= 3, REAL_COST[1] >= 64 * 1024) == (True, True)
    assert (REAL_PIN_COST[0] >= 2, REAL_PIN_COST[1] >= 19 * 1024) == (True, True)
    assert hashing.hash_of("x").startswith("$argon2id$")


def test_waits_double_from_a_second_to_a_quarter_of_an_hour():
    assert [wait_after(n, 5) // SECOND for n in (0, 4, 5, 6, 9, 14, 15, 500)] == [0, 0, 1, 2, 16, 512, 900, 900]
    assert wait_after(10_000, 5) == LONGEST_WAIT


@given(st.lists(st.integers(0, DAY - 1), max_size=40))
def test_failures_within_a_day_all_count_and_the_wait_never_shrinks(gaps):
    found, now = Failed(), 0
    for count, gap in enumerate(gaps, 1):
        now += gap
        after = failing(found, 5, now)
        assert after.failures == count
        assert after.until - now >= max(0, found.until - found.last)
        found = after


def test_a_failure_of_yesterday_is_forgotten_and_one_that_was_none_forgiven():
    assert failing(Failed(99, 0, 5), 5, DAY) == Failed(1, DAY, DAY)
    assert forgiven(Failed(3, 7, 9)) == Failed(2, 7, 0)
    assert forgiven(Failed()).failures == 0


@given(st.integers(0, 10**9))
def test_a_wrong_pin_is_called_wrong_within_ten_seconds_and_later_each_time(failures):
    assert 0.5 <= told_late(failures) <= told_late(failures + 1) <= 10.0


@pytest.mark.parametrize("pin", ["12345", "1234567890123", "123456", "987654", "890123", "777777", "12345a", "१२३४५७", ""])
def test_a_pin_that_is_guessed_first_or_is_none_is_refused(pin):
    with pytest.raises(BadConfig):
        check_pin(pin)


@pytest.mark.parametrize("pin", ["246801", "135791", "402819", "112233"])
def test_a_pin_of_six_digits_is_taken(pin):
    check_pin(pin)


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "my-li-password", "MY-LI-PASSWORD"])
def test_a_password_that_is_short_long_or_holds_the_login_is_refused(password):
    with pytest.raises(BadConfig):
        check_password("li", password)


@given(st.text(max_size=30))
def test_the_way_back_stays_in_this_console(asked):
    to = way_back(asked)

    assert to.startswith("/")
    assert not to.startswith(("//", "/\\"))
    assert way_back("/alarms?mine=north") == "/alarms?mine=north"


def test_the_doors_settings_come_from_the_environment_and_are_refused_early(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3\n")
    given_ = {"DAVY_OIDC_ISSUER": "https://id.example", "DAVY_OIDC_CLIENT_ID": "davy", "DAVY_OIDC_CLIENT_SECRET_FILE": str(secret)}
    settings = doors_in(given_ | {"DAVY_SIGN_IN_IDLE_H": "2", "DAVY_PORT": "1", "DAVY_RECORDS_FILE": "/nowhere"})

    assert (settings.oidc.client_secret, settings.sign_in.idle_h) == ("s3", 2)
    for bad in ({"DAVY_SIGN_IN_IDLE_H": "0"}, given_ | {"DAVY_OIDC_ISSUER": "http://id.example"}, {"DAVY_OIDC_ISSUER": "https://x"}):
        with pytest.raises(BadConfig):
            doors_in(bad)
