"""Training: from a table or a store to a signed bundle, alike on this machine's cores and on a real Dask cluster."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from console.cli.models import command
from contracts.clock import HOUR, MINUTE, SECOND, iso
from contracts.columns import Block
from contracts.keys import key_id, new_key, public_of
from contracts.quality import CALIBRATION, SENSOR_FAULT
from lab.readings import from_statistics, from_store, from_table
from lab.ship import bundle_of, figures_of
from lab.train import LEAST, members, on, rows_apart, train
from models.base import BadModel, Frame
from models.bundle import open_bundle
from models.places import spots_of
from store.interface import Delivery
from store.memory import MemoryStore
from tests.console.web_pit import NORTH

START = 1_767_225_600 * SECOND
LIMITS = {"T01": 1.0}
SMALL = replace(NORTH, points=NORTH.points[:6])


def readings(hours: float = 1.5, cadence: int = 10) -> Frame:
    """The face of the pit at rest, one row every `cadence` s."""
    random = np.random.default_rng(4)
    rows = int(hours * 3600 / cadence)
    slow = np.cumsum(random.normal(scale=0.002, size=rows))
    usual = np.array([0.42, 0.31, 0.36, 3.0, 2.1, 24.6])
    values = usual * (1 + 0.02 * random.normal(size=(rows, 6)) + slow[:, None])
    return Frame(tuple(point.id for point in SMALL.points), START + np.arange(rows) * cadence * SECOND, values)


def davy(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_every_member_that_the_points_allow_learns_and_is_told() -> None:
    said: list[str] = []
    made = train(SMALL, LIMITS, readings(), said.append, jobs=1)

    assert {name for name, *_ in made} == {"trust", "drift", "area:1301"}
    assert said == [f"north {name}: ok" for name in ("trust", "drift", "area:1301")]


def test_a_member_that_cannot_learn_is_told_with_its_reason_and_the_others_stay() -> None:
    frame = readings()
    still = Frame(frame.points, frame.times, np.where(np.arange(6) > 3, 5.0, frame.values))
    pump = replace(SMALL.points[0], id="V1", quantity="vibration", area="pump")
    said: list[str] = []

    made = train(replace(SMALL, points=(*SMALL.points, pump)), LIMITS, still, said.append, jobs=1)

    assert "health" not in {name for name, *_ in made}
    assert any(line.startswith("north health: rows to learn from") for line in said)


def test_too_short_a_span_is_refused() -> None:
    with pytest.raises(BadModel, match=f"at least {LEAST // SECOND} s"):
        train(SMALL, LIMITS, readings(0.5), jobs=1)


@pytest.mark.servers
def test_a_dask_cluster_learns_the_same_as_this_machine() -> None:
    program = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "from distributed import LocalCluster\n"
        "from tests.lab.test_train import LIMITS, SMALL, readings\n"
        "from lab.train import on, train\n"
        "from lab.ship import bundle_of\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:\n"
        "        with on(cluster.scheduler_address):\n"
        "            there = train(SMALL, LIMITS, readings())\n"
        "    here = train(SMALL, LIMITS, readings(), jobs=1)\n"
        "    print(bundle_of('m', 1, 0, [], there, {}) == bundle_of('m', 1, 0, [], here, {}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=240, check=False
    )

    assert done.stdout.strip().endswith("True"), done.stderr[-2000:]


def test_without_a_cluster_nothing_is_asked_of_one() -> None:
    with on(None):
        assert train(SMALL, LIMITS, readings(), jobs=1)


def test_rows_are_thinned_by_time_not_by_number() -> None:
    frame = Frame(("a",), np.array([0, 1, 2, 7, 8, 20]) * SECOND, np.arange(6.0)[:, None])

    assert rows_apart(frame, 5 * SECOND).values[:, 0].tolist() == [0, 3, 5]


def stored(hours: float) -> MemoryStore:
    store, frame = MemoryStore(), readings(hours)
    quality = np.zeros(frame.values.shape, np.uint16)
    quality[:30, 0], quality[40:60, 1] = CALIBRATION, SENSOR_FAULT
    for column in range(6):
        block = Block.of([column] * len(frame), frame.times.tolist(), frame.values[:, column], quality[:, column])
        store.append([Delivery("north/gw1", "e" * 16, column, column, START, START, False, SMALL, block)])
    return store


def test_what_is_marked_as_no_good_reading_is_not_learned() -> None:
    frame = from_store(stored(1.0), SMALL, START, START + HOUR, 10 * SECOND)

    column = dict(zip(frame.points, frame.values.T, strict=True))
    assert np.isnan(column["T00"][:29]).all()
    assert np.isnan(column["T01"][41:59]).all()
    assert np.isfinite(column["T02"]).all()
    assert (np.diff(frame.times) == 10 * SECOND).all()


def test_statistics_make_a_row_of_five_minutes_where_most_was_good() -> None:
    store = stored(1.0)
    store.recompute(store.dirty())

    frame = from_statistics(store, SMALL, START, START + HOUR)

    assert (np.diff(frame.times) == 5 * MINUTE).all()
    column = dict(zip(frame.points, frame.values.T, strict=True))
    assert np.isnan(column["T00"][0])
    assert column["T02"][0] == pytest.approx(readings(1.0).values[:30, 2].mean())


def test_a_table_without_a_column_of_the_registry_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "x.csv"
    table.write_text("datetime,other\n2026-01-01T00:00:00Z,1\n", encoding="utf-8")

    told = davy("train", "--points", _points(tmp_path), "--from", str(table), "--number", "1", "--out", str(tmp_path / "o"))

    assert told.exit_code != 0
    assert "T00" in str(told.exception)
    assert from_table(_table(tmp_path, readings(0.1)), SMALL).points == tuple(point.id for point in SMALL.points)


def _points(folder: Path) -> str:
    path = folder / "points.json"
    path.write_bytes(SMALL.data)
    return str(path)


def _table(folder: Path, frame: Frame) -> Path:
    path = folder / "day.csv"
    rows = [
        f"{iso(time)},{','.join(f'{value:.4f}' for value in row)}" for time, row in zip(frame.times.tolist(), frame.values, strict=True)
    ]
    path.write_text("\n".join([f"datetime,{','.join(frame.points)}", *rows]) + "\n", encoding="utf-8")
    return path


def test_a_person_trains_signs_and_reads_the_card_of_a_bundle(tmp_path: Path) -> None:
    secret, out = new_key(), tmp_path / "north.models"
    key, result = tmp_path / "k", tmp_path / "skab.json"
    key.write_text(secret.hex(), encoding="ascii")
    result.write_text('{"suite": "skab", "figures": {"f1": 0.82, "table": {"x": 1}}}', encoding="utf-8")

    trained = davy(
        *("train", "--points", _points(tmp_path), "--from", str(_table(tmp_path, readings())), "--number", "7", "--jobs", "1"),
        *("--figures", str(result), "--out", str(out)),
    )
    signed = davy("sign", str(out), "--key", str(key), "--by", "王工")
    card = davy("card", str(out))

    assert (trained.exit_code, signed.exit_code, card.exit_code) == (0, 0, 0), (trained.output, signed.output, card.output)
    bundle = open_bundle(out.read_bytes(), {key_id(public_of(secret)): public_of(secret)}, "north")
    assert (bundle.contents.number, bundle.seal.signer) == (7, "王工")
    assert bundle.contents.figures == {"skab": {"f1": 0.82}}
    assert "王工" in card.output
    assert "trust" in card.output


def test_the_same_readings_make_the_same_bundle() -> None:
    one, other = (bundle_of("north", 1, 0, [readings()], train(SMALL, LIMITS, readings(), jobs=1), {}) for _ in range(2))

    assert one == other


def test_tables_inside_figures_stay_out_of_a_bundle() -> None:
    assert figures_of([{"suite": "sim", "figures": {"a": 1.5, "b": {"c": 2}}}, {"suite": "x"}]) == {"sim": {"a": 1.5}}


def test_the_members_of_a_mine_follow_from_its_points() -> None:
    names = [name for name, *_ in members(SMALL, spots_of(SMALL, LIMITS), LIMITS)]

    assert names == ["trust", "drift", "area:1301"]
