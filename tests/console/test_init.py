"""`davy init`: what it writes is what the processes read, every key is explained, and nothing is written over."""

import csv
import itertools
import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from alerts.channels import CHANNELS
from console.cli.checks.configuration import check_edge_files
from console.cli.init import command
from console.cli.init_points import COLUMNS, row_of
from console.cli.init_toml import literal
from console.cli.init_words import CENTRE, EDGE, KINDS
from contracts.config import load
from contracts.errors import BadConfig
from contracts.points import Point, read_registry
from edge_agent.config import EdgeSettings, check
from edge_agent.sources.settings import ModbusRtuSettings, ModbusTcpSettings
from ingest.config import IngestSettings
from ingest.config import check as check_ingest

ROOT = Path(__file__).parents[2]
DEVICES = {
    "modbus_tcp": "192.0.2.7:5020",
    "modbus_rtu": "/dev/ttyUSB0:19200",
    "opc_ua": "opc.tcp://192.0.2.7:4840/",
    "mqtt_json": "192.0.2.7",
    "csv_tail": "grows.csv",
    "replay": "rows.csv",
    "kj_files": "kj",
    "positions": "kj",
}
POINT = "T01 quantity=methane unit=% place=工作面 area=1301 address=0 decimals=2 node=ns=2;s=T01 topic=a/b path=v"
TOLD = {
    "webhook": "http://127.0.0.1:9000/alarms",
    "mqtt": "mqtt://me:w0rd-n0b0dy-sees@127.0.0.1/alarms",
    "mail": "mailtos://me:w0rd-n0b0dy-sees@example.org:587?from=a@example.org&to=b@example.org",
    "dingtalk": "dingtalk://w0rd1234n0b0dysees@t0ken0123456789/",
    "wecom": "wecombot://0123-w0rd-key",
    "feishu": "feishu://w0rd-token-1",
    "sms": "d7sms://w0rd:w0rd@13812345678",
}
STORES = ("embedded", "influx+http://192.0.2.8:8086/plant")
RECORDS = ("sqlite", "postgresql://davy:w0rd-n0b0dy-sees@192.0.2.8/davy")


def init(folder: Path, *more: str, typed: str | None = None) -> Result:
    arguments = [str(folder), *more] if typed is not None else [str(folder), "--yes", *more]
    return CliRunner().invoke(command, arguments, input=typed)


def modbus(folder: Path, *more: str, point: str = POINT) -> Result:
    return init(folder, "--mine", "my-mine", "--device", DEVICES["modbus_tcp"], "--point", point, *more)


def refused(result: Result) -> BadConfig:
    assert isinstance(result.exception, BadConfig), (result.output, result.exception)
    return result.exception


def edge_of(folder: Path) -> EdgeSettings:
    return check(load(EdgeSettings, (folder / "edge.toml").read_text(encoding="utf-8"), {}))


def centre_of(folder: Path, environment: dict[str, str] | None = None) -> IngestSettings:
    return check_ingest(load(IngestSettings, (folder / "centre.toml").read_text(encoding="utf-8"), environment or {}))


def points_of(folder: Path) -> tuple[Point, ...]:
    return read_registry((folder / "points.json").read_bytes()).points


# ---------------------------------------------------------------- what it writes is read


@pytest.fixture
def given_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the kinds that read files are pointed at."""
    for name in ("grows.csv", "rows.csv"):
        (tmp_path / name).write_text("time,T01\n2026-11-24T08:00:00Z,0.5\n", encoding="utf-8")
    (tmp_path / "kj").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_source_can_be_made_from_what_was_written(given_files: Path, kind: str) -> None:
    layout = ("--layout", str(ROOT / "docs/sources/positions_layout.toml" if kind == "positions" else ROOT / "docs/sources/kj_layout.toml"))
    point = POINT.replace("methane unit=%", "persons") if kind == "positions" else POINT
    more = ("--source", kind, "--device", DEVICES[kind], "--point", point, *(layout if kind in ("kj_files", "positions") else ()))
    result = init(given_files / "out", "--mine", "my-mine", *more)
    assert result.exit_code == 0, (result.output, result.exception)
    found = edge_of(given_files / "out")
    await check_edge_files(found)

    assert (found.sources[0].kind, str(found.name)) == (kind, "my-mine/gate-1")
    assert points_of(given_files / "out")[0].id == "T01"


CENTRES = [*itertools.product(STORES, RECORDS, (False, True), ("", "mail")), *(("embedded", "sqlite", False, channel) for channel in TOLD)]


@pytest.mark.parametrize(("store", "records", "tls", "channel"), CENTRES)
def test_every_centre_is_accepted_by_its_own_loader(tmp_path: Path, store: str, records: str, tls: bool, channel: str) -> None:
    told = ("--tell", f"{channel}={TOLD[channel]}") if channel else ()
    result = modbus(tmp_path / "out", "--store", store, "--records", records, *(("--tls",) if tls else ()), *told)
    assert result.exit_code == 0, (result.output, result.exception)
    out = tmp_path / "out"
    text, found = (out / "centre.toml").read_text(encoding="utf-8"), centre_of(out)

    assert "w0rd" not in text + (out / "edge.toml").read_text(encoding="utf-8") + (out / "NEXT.md").read_text(encoding="utf-8")
    assert bool(found.broker.ca_file) == bool(edge_of(out).broker.key_file) == tls
    assert [one.channel for one in found.alerts.recipients] == ([channel] if channel else [])
    assert found.store == (store if store != "embedded" else str(out / "centre" / "store"))
    kept = {path.name: path for path in (out / "secrets").glob("*")} if (out / "secrets").exists() else {}
    assert {path.stat().st_mode & 0o077 for path in kept.values()} <= {0}
    named = dict(line.split("=", 1) for line in (out / "centre.env").read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    assert {Path(path).name for name, path in named.items() if name != "DAVY_INFLUX_TOKEN_FILE"} == set(kept)
    assert centre_of(out, named).records == (records if records != "sqlite" else found.records)


def test_every_channel_there_is_was_tried() -> None:
    assert set(TOLD) == set(CHANNELS)
    assert set(DEVICES) == set(KINDS)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mine=st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True),
    zh=st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20),
    address=st.integers(0, 65533),
    form=st.sampled_from(["u16", "i16", "u32", "f32"]),
    period=st.sampled_from([0.05, 0.2, 1.0, 3600.0]),
)
def test_whatever_is_answered_is_refused_with_words_or_read_back(
    tmp_path: Path, mine: str, zh: str, address: int, form: str, period: float
) -> None:
    more = ("--mine", mine, "--mine-zh", zh, "--device", "192.0.2.7", "--period", str(period), "--force")
    result = init(tmp_path / "out", *more, "--point", f"T01 quantity=methane address={address} form={form}")
    assert result.exit_code == 0, (result.output, result.exception)
    found = edge_of(tmp_path / "out")

    assert (found.mine, found.sources[0].period_s) == (mine, period)
    assert read_registry(Path(found.points).read_bytes()).mine_zh == zh


# ---------------------------------------------------------------- every key is explained

FILES = {"edge.toml": (EdgeSettings, EDGE, check), "centre.toml": (IngestSettings, CENTRE, check_ingest)}


@pytest.mark.parametrize("name", FILES)
def test_every_key_written_has_its_meaning_in_both_languages_above_it(tmp_path: Path, name: str) -> None:
    modbus(tmp_path / "out", "--tell", TOLD["webhook"])
    lines = (tmp_path / "out" / name).read_text(encoding="utf-8").splitlines()
    keys = [at for at, line in enumerate(lines) if re.match(r"(# )?[a-z_]+ = ", line)]

    assert len(keys) > 20
    for at in keys:
        zh, en = lines[at - 2], lines[at - 1]
        assert zh.startswith("# "), lines[at]
        assert en.startswith("# "), lines[at]
        assert re.search("[a-z]", en), lines[at]
        assert " = " not in zh or "{ " in zh, lines[at]


@pytest.mark.parametrize("name", FILES)
def test_what_stands_behind_a_hash_is_the_default(tmp_path: Path, name: str) -> None:
    modbus(tmp_path / "out", "--tell", TOLD["webhook"])
    kind, _, checked = FILES[name]
    text = (tmp_path / "out" / name).read_text(encoding="utf-8")
    bare = re.sub(r"^# ([a-z_]+ = )", r"\1", text, flags=re.MULTILINE)

    assert bare != text
    assert checked(load(kind, bare, {})) == checked(load(kind, text, {}))  # type: ignore[operator]


def keys_in(kind: type[msgspec.Struct]) -> set[str]:
    return set(kind.__struct_fields__)


def test_no_key_is_explained_that_is_not_there(tmp_path: Path) -> None:
    assert {key for key in EDGE if "." not in key} == keys_in(EdgeSettings)
    assert {key for key in CENTRE if "." not in key} == keys_in(IngestSettings)
    for kind in (ModbusTcpSettings, ModbusRtuSettings):
        tag = str(kind.__struct_config__.tag)
        assert {key.split(".")[2] for key in EDGE if key.startswith(f"sources.{tag}.")} == keys_in(kind)


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["Cs"])) | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=6,
    )
)
def test_a_value_is_read_back_from_toml_as_it_was(value: object) -> None:
    assert tomllib.loads(f"key = {literal(value)}")["key"] == value


# ---------------------------------------------------------------- point lists

ROWS = [
    ["测点", "测量", "单位", "安装位置", "区域", "站号", "地址", "小数位", "限值行"],
    ["T01", "甲烷", "%", "工作面", "1301", "1", "0", "2", "face_low_high"],
    ["W01", "风速", "m/s", "回风巷", "1301", "1", "1", "1", ""],
    ["CO1", "一氧化碳", "ppm", "回风巷", "1301", "3", "0", "", ""],
]


def listed(folder: Path, rows: list[list[str]], *more: str, name: str = "points.csv") -> Result:
    path = folder / name
    if name.endswith(".xlsx"):
        book = Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows(rows)
    return init(folder / "out", "--mine", "my-mine", "--device", "192.0.2.7", "--points", str(path), "--by", "王工", *more)


@pytest.mark.parametrize("name", ["points.csv", "points.xlsx"])
async def test_a_list_becomes_points_and_a_register_map_a_unit(tmp_path: Path, name: str) -> None:
    result = listed(tmp_path, ROWS, name=name)
    assert result.exit_code == 0, (result.output, result.exception)
    found = edge_of(tmp_path / "out")
    await check_edge_files(found)
    registry = read_registry((tmp_path / "out/points.json").read_bytes())

    assert [(point.id, point.quantity, point.limit_row, point.mapped_by) for point in registry.points] == [
        ("T01", "methane", "face_low_high", "王工"),
        ("W01", "wind_speed", "", ""),
        ("CO1", "carbon_monoxide", "", ""),
    ]
    assert [source.name for source in found.sources] == ["field-1", "field-3"]
    assert "CO1: 未选择规定限值" in (tmp_path / "out/NEXT.md").read_text(encoding="utf-8")


WRONG = {
    "an unknown quantity": (1, "magic", "row 2 (T01), sensor_type", "methane"),
    "another unit": (2, "mg", "row 2 (T01), unit", "%CH4"),
    "no address": (6, "", "row 2 (T01), address", "地址"),
    "an address that is no number": (6, "x", "row 2 (T01), address", "whole number"),
    "an address that no device has": (6, "65536", "row 2, address", "0 to 65535"),
    "too many decimals": (7, "9", "row 2, decimals", "0 to 6"),
    "a unit that no device has": (5, "999", "station (unit)", "0 to 255"),
    "a row the regulation does not have": (8, "face", "row 2 (T01), row", "face_low_high"),
    "a row for something else": (8, "co_face_return", "row 2 (T01), point", "carbon_monoxide"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_a_list_is_named_by_row_and_column_and_nothing_is_written(tmp_path: Path, case: str) -> None:
    column, text, place, allowed = WRONG[case]
    rows = [list(row) for row in ROWS]
    rows[1][column] = text
    error = refused(listed(tmp_path, rows))

    assert error.key == place
    assert allowed in error.allowed
    assert not (tmp_path / "out").exists()


def test_a_code_used_twice_for_two_things_is_refused(tmp_path: Path) -> None:
    assert "T01" in refused(listed(tmp_path, [*ROWS, ["T01", *ROWS[2][1:]]])).key


def test_limit_rows_need_a_name_under_them(tmp_path: Path) -> None:
    assert refused(listed(tmp_path, ROWS, "--by", " ")).key == "--by"


def test_a_list_that_is_not_there_or_has_no_points_is_refused(tmp_path: Path) -> None:
    assert refused(listed(tmp_path, [["a", "b"], ["1", "2"]])).key == "FILE"
    assert refused(listed(tmp_path, ROWS[:1])).key == "--points"
    assert refused(init(tmp_path / "out", "--mine", "m", "--device", "192.0.2.7", "--points", "none.csv")).key == "FILE"


@pytest.mark.parametrize("text", ["", 'T01 "quantity', "T01 quantity", "T01 colour=red", "T01 unit=% unit=%"])
def test_a_point_that_is_typed_wrongly_is_refused(text: str) -> None:
    with pytest.raises(BadConfig, match="--point"):
        row_of(text)


def test_a_typed_point_may_use_any_heading() -> None:
    assert row_of("T01 quantity=methane 安装位置='主 井' 地址=3") == {
        "point": "T01",
        "sensor_type": "methane",
        "place": "主 井",
        "address": "3",
    }
    assert len({name for names in COLUMNS.values() for name in names}) == sum(map(len, COLUMNS.values()))


# ---------------------------------------------------------------- what is refused, and what is kept

BAD = {
    "a mine that is no id": (("--mine", "My Mine"), "--mine"),
    "a gateway that is no id": (("--gateway", "Gate 1"), "--gateway"),
    "a broker that is no address": (("--broker", "broker:port"), "--broker"),
    "a broker with a path": (("--broker", "broker:1883/x"), "--broker"),
    "a store that is none": (("--store", "mysql://x"), "--store"),
    "a store without an organisation": (("--store", "influx+http://x:8086"), "store"),
    "records that are none": (("--records", "oracle://x"), "--records"),
    "a channel that is none": (("--tell", "pager=123"), "--tell"),
    "a channel without an address": (("--tell", "mail"), "--tell"),
    "a webhook that is none": (("--tell", "webhook=ftp://x"), "--tell"),
    "a device that is no address": (("--device", "http://x/y"), "--device"),
    "a period that is none": (("--period", "-1"), "sources[0].period_s"),
    "a kind without its layout": (("--source", "kj_files"), "--layout"),
    "a line with a baud rate that is none": (("--source", "modbus_rtu", "--device", "/dev/ttyS0:fast"), "--device"),
    "an address that is no server's": (("--source", "opc_ua", "--device", "http://x"), "sources[0].url"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_answer_that_cannot_be_is_refused_by_its_option_and_nothing_is_written(tmp_path: Path, case: str) -> None:
    more, key = BAD[case]
    error = refused(modbus(tmp_path / "out", *more))

    assert error.key == key
    assert error.allowed
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("missing", ["mine", "device"])
def test_without_questions_what_has_no_default_is_asked_for_by_name(tmp_path: Path, missing: str) -> None:
    more = [part for name, value in (("mine", "m"), ("device", "192.0.2.7")) if name != missing for part in (f"--{name}", value)]

    assert refused(init(tmp_path / "out", *more, "--point", POINT)).key == f"--{missing}"


def test_nothing_is_written_over_without_force(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert modbus(out).exit_code == 0
    before = {path: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert modbus(out).exit_code == 0  # the same again
    error = refused(modbus(out, "--gateway", "gate-2"))

    assert "--force" in error.allowed
    assert {path: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
    assert modbus(out, "--gateway", "gate-2", "--force").exit_code == 0
    assert edge_of(out).gateway == "gate-2"


# ---------------------------------------------------------------- questions


def test_questions_are_asked_until_the_answer_is_accepted(tmp_path: Path) -> None:
    answers = [
        "My Mine",
        "my-mine",
        "我的矿",
        "My mine",
        "",
        "",
        "192.0.2.7:5020",
        "-",
        "T01",
        "magic",
        "methane",
        "工作面",
        "1301",
        "4",
        "",
        "2",
    ]
    answers += ["face", "face_low_high", "王工", "", "", "", "", "pager", "http://127.0.0.1:9000/x"]
    result = init(tmp_path / "out", typed="\n".join(answers) + "\n")
    assert result.exit_code == 0, (result.output, result.exception)
    found = edge_of(tmp_path / "out")
    point = read_registry(Path(found.points).read_bytes()).points[0]

    assert (found.mine, found.sources[0].port, found.broker.port) == ("my-mine", 5020, 18830)  # type: ignore[union-attr]
    assert (point.limit_row, point.mapped_by, point.place_zh) == ("face_low_high", "王工", "工作面")
    assert result.output.count("可用 / allowed") == 4
    assert centre_of(tmp_path / "out").alerts.recipients[0].address == "http://127.0.0.1:9000/x"


def test_only_what_no_option_said_is_asked(tmp_path: Path) -> None:
    more = ("--mine", "m", "--mine-zh", "m", "--mine-en", "m", "--gateway", "g", "--source", "modbus_tcp", "--device", "192.0.2.7")
    more = (*more, "--point", POINT, "--broker", "b", "--tls", "--store", "embedded", "--records", "sqlite", "--tell", "http://h/x")

    assert init(tmp_path / "out", *more, typed="").exit_code == 0


def test_an_end_of_the_answers_writes_nothing(tmp_path: Path) -> None:
    assert init(tmp_path / "out", typed="my-mine\n").exit_code == 1
    assert not (tmp_path / "out").exists()
