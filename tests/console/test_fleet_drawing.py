"""The drawn figures of the fleet: charts, tiles, small lines, strips; and the auditor's sample."""

import hashlib
import random
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.web.draw_fleet import NARROW, PLACES, WIDE, chart_of, runs_of, small_of, split_status, tiles_of, told_span
from contracts.facts import CITIES
from fleet.bodies import Level, Status
from fleet.sample import draw_sample, list_hash, lot_of
from fleet.view import CityView, EvidenceCount, ForecastPoint, LineView, TileView, Words

MET, NOT, NOTHING = Status.MET, Status.NOT_MET, Status.NO_EVIDENCE


def test_three_lines_stay_three_and_the_press_is_dots_as_wide_as_it_was_told() -> None:
    line = LineView(
        (("2024-01-01", 10), ("2024-12-31", 40)), (("2024-03-01", 0), ("2024-06-01", 20)), (("2023-12", 118), ("2024-12-31", 268))
    )
    chart = chart_of(line, ())

    assert chart is not None
    top = int(chart.y[-1].label)
    assert top == 320
    assert [round(y * top) for _, y in chart.evidence] == [10, 40]
    assert [round(y * top) for _, y in chart.official or ()] == [0, 20]
    month, day = chart.dots
    assert (round(month.y * top), month.total) == (118, 118)
    assert month.end - month.start > 0.05
    assert day.start == day.end == chart.evidence[-1][0]
    assert chart.evidence[0][0] > month.end
    assert (chart.low, chart.middle, chart.high) == ((), (), ())


def test_what_is_not_loaded_is_no_line_at_zero() -> None:
    chart = chart_of(LineView((("2026-11-01", 3),), None, ()), [ForecastPoint("2027-01-01", 1, 2, 3)])

    assert chart is not None
    assert chart.official is None
    assert chart.high == ()
    assert chart_of(LineView((), None, ()), ()) is None


def test_a_forecast_begins_at_the_newest_official_number() -> None:
    chart = chart_of(LineView((), (("2026-01-01", 10),), ()), [ForecastPoint("2026-06-01", 1, 2, 30)])

    assert chart is not None
    assert [round(y * 40) for _, y in (*chart.low, *chart.middle, *chart.high)] == [11, 12, 40]
    assert WIDE.band(chart.low, chart.high).endswith("Z")


@pytest.mark.parametrize(
    ("told", "span"),
    [("2024-12-31", ("2024-12-31", "2024-12-31")), ("2024-02", ("2024-02-01", "2024-02-29")), ("2023", ("2023-01-01", "2023-12-31"))],
)
def test_a_date_is_as_exact_as_it_was_told(told, span) -> None:
    assert tuple(str(day) for day in told_span(told)) == span


@given(st.lists(st.tuples(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 5000)), min_size=1, max_size=30), st.integers(2, 12))
def test_everything_drawn_lies_in_the_box_and_ticks_are_few(points, most) -> None:
    line = LineView(tuple(sorted((day.isoformat(), count) for day, count in dict(points).items())), None, ())
    chart = chart_of(line, (), most)

    assert chart is not None
    for x, y in chart.evidence:
        assert 0 <= x <= 1
        assert 0 <= y <= 1
    assert chart.y[-1].at == 1
    assert all(0 <= tick.at <= 1 for tick in chart.x)
    for box in (WIDE, NARROW):
        for x, y in zip(*[iter(re.findall(r"[\d.]+", box.path(chart.evidence)))] * 2, strict=False):
            assert float(x) <= box.width
            assert float(y) <= box.height


def _city(name: str, *outcomes: Status, suspect: bool = False) -> CityView:
    tiles = tuple(TileView(f"{name}{n}", Words("", ""), one, Level.PRIMARY if n == 0 else None, suspect) for n, one in enumerate(outcomes))
    return CityView(name, EvidenceCount(*(outcomes.count(one) for one in (MET, NOT, NOTHING))), None, tiles)


def test_every_city_has_a_place_of_its_own_and_unknown_ones_come_last() -> None:
    assert len(set(PLACES.values())) == len(PLACES) == 11
    north, south = PLACES["大同"], PLACES["晋城"]
    assert north[1] < PLACES["太原"][1] < south[1]
    tiles = tiles_of([_city("", MET), *(_city(city, NOT, MET) for city in reversed(CITIES))])

    assert [tile.view.city for tile in tiles] == [*CITIES, ""]
    assert (tiles[-1].column, tiles[-1].row) == (None, None)


def test_a_tile_has_one_square_a_mine_by_its_status() -> None:
    [tile] = tiles_of([_city("太原", *[NOT] * 20, MET, NOTHING)])

    assert {status: path.count("M") for status, path in tile.squares.items()} == {MET: 1, NOT: 20, NOTHING: 1}
    assert tile.squares[MET].startswith("M0.5 0.5")
    assert (tile.official.count("M"), tile.suspects, tile.rows) == (1, "", 2)
    assert tiles_of([_city("太原", MET, suspect=True)])[0].suspects.count("M") == 1


def test_a_day_without_evidence_breaks_a_small_line_and_is_never_zero() -> None:
    small = small_of([1.0, 1.0, None, 3.0])

    assert small.line.count("M") == 2
    assert small.absent.count("M") == 1
    assert (small.low, small.high) == (1.0, 3.0)
    assert small_of([None, None]).line == ""
    assert small_of([None]).low is None


def test_a_strip_of_days_is_told_apart_by_height() -> None:
    runs = runs_of([MET, MET, NOT, NOTHING, MET])

    assert [(run.at, run.width) for run in runs] == [(0, 2), (2, 1), (3, 1), (4, 1)]
    assert runs[0].height > runs[1].height > runs[2].height
    assert all(run.y + run.height == 8 for run in runs)


def test_a_split_bar_has_no_piece_for_nothing() -> None:
    assert [(piece.status, piece.at, piece.width) for piece in split_status([("met", 1), ("not_met", 0), ("no_evidence", 3)])] == [
        ("met", 0.0, 25.0),
        ("no_evidence", 25.0, 75.0),
    ]
    assert split_status([("met", 0)]) == []


def test_a_sample_is_what_anybody_computes_from_the_seed() -> None:
    mines = [f"sim-{n:03d}" for n in range(50)]
    by_hand = sorted(mines, key=lambda mine: hashlib.sha256(f"2026-11-30|{mine}".encode()).hexdigest())[:5]
    shuffled = random.Random(1).sample(mines, 50)

    assert [one.mine for one in draw_sample("2026-11-30", 5, shuffled)] == by_hand
    assert lot_of("2026-11-30", by_hand[0]) == draw_sample("2026-11-30", 1, mines)[0].lot
    assert [one.mine for one in draw_sample("2026-12-01", 5, mines)] != by_hand
    assert list_hash(shuffled) == list_hash(mines) == hashlib.sha256("".join(f"{mine}\n" for mine in mines).encode()).hexdigest()
    assert list_hash(mines[1:]) != list_hash(mines)


@given(st.sets(st.text("abc-", min_size=1, max_size=6)), st.integers(-1, 9), st.text())
def test_a_sample_is_never_more_than_there_are_and_has_nobody_twice(mines, k, seed) -> None:
    drawn = [one.mine for one in draw_sample(seed, k, mines)]

    assert len(drawn) == len(set(drawn)) == min(max(k, 0), len(mines))
    assert set(drawn) <= mines
    assert drawn == [one.mine for one in draw_sample(seed, len(mines), mines)][: len(drawn)]
