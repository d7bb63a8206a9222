"""`davy init`: a commented configuration for a real mine, from a few questions or a point list."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from alerts.packs import load as load_pack
from alerts.packs.pack import Pack
from console.cli.init_answers import Answers, centre_keys, checked, edge_keys, host_port, secrets
from console.cli.init_asking import asked, rows_of, told_of
from console.cli.init_next import next_steps, steps
from console.cli.init_points import Listed, as_json, layout_for, listed
from console.cli.init_toml import document
from console.cli.init_words import CENTRE, EDGE, KINDS
from console.cli.kinds import read_settings
from contracts.config import load
from contracts.errors import BadConfig
from contracts.points import Registry
from edge_agent.config import EdgeSettings, check
from edge_agent.sources.kj_layout import Layout, read_layout
from edge_agent.sources.point_list import Rows, read_point_list
from ingest.config import IngestSettings
from ingest.config import check as check_ingest

SECRET, OPEN = 0o600, 0o644
HEAD = """{what}: {zh} / {en}
由 davy init 写成。每个键: 中文, English, 键 = 值; 带 # 的是缺省值。 / Written by davy init. Each key: Chinese, English, key = value;
one behind a # has its default. DAVY_<SECTION>_<KEY> in the environment goes before the file."""


@click.command(name="init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--mine", metavar="ID", help="矿井标识 / id of the mine")
@click.option("--mine-zh", metavar="NAME", help="矿名 / the mine's Chinese name")
@click.option("--mine-en", metavar="NAME", help="英文矿名 / the mine's English name")
@click.option("--gateway", metavar="ID", help="网关标识, 缺省 gate-1 / id of the gateway; gate-1")
@click.option("--source", "kind", type=click.Choice(KINDS), help="来源种类, 缺省 modbus_tcp / kind of source; modbus_tcp")
@click.option(
    "--device",
    metavar="WHERE",
    help="来源在哪里: HOST:PORT、串口、文件等 / where the source is: HOST:PORT, line, URL, file",
)
@click.option("--period", "period_s", type=float, metavar="S", help="采集周期, 秒 / seconds between two polls")
@click.option("--points", metavar="FILE", help="测点清单 (CSV, XLSX) / the point list")
@click.option("--point", "typed", multiple=True, metavar="TEXT", help="一个测点, 可重复 / one point: T01 quantity=methane ...; repeatable")
@click.option("--layout", metavar="FILE", help="厂家布局 (kj_files, positions, 清单列名) / the vendor's layout (TOML)")
@click.option("--by", default="", metavar="NAME", help="限值行由谁确定 / the person who answers for the limit rows")
@click.option("--broker", metavar="HOST:PORT", help="中心的消息代理, 缺省 127.0.0.1:18830 / the centre's broker")
@click.option("--tls/--no-tls", default=None, help="消息代理用 TLS / the broker speaks TLS")
@click.option("--store", metavar="ADDRESS", help="embedded (缺省), 或 influx+http://HOST:8086/ORG / embedded (default), or InfluxDB")
@click.option("--records", metavar="ADDRESS", help="sqlite (缺省), 或 postgresql://... / sqlite (default), or PostgreSQL")
@click.option("--tell", "told", multiple=True, metavar="CHANNEL=ADDRESS", help="报警通知谁, 可重复 / who is told of alarms; repeatable")
@click.option("--yes", is_flag=True, help="不提问, 未给出的取缺省 / ask nothing: what is not given takes its default")
@click.option("--force", is_flag=True, help="允许覆盖 / may overwrite")
def command(folder: Path, yes: bool, force: bool, by: str, typed: tuple[str, ...], told: tuple[str, ...], **options: Any) -> None:
    """为真实矿井写出带注释的配置 / write a commented configuration for a real mine into FOLDER."""
    pack, place = load_pack(), folder.absolute()
    given = {**options, "by": by.strip(), "rows": rows_of(typed), "told": tuple(dict.fromkeys(told_of(one) for one in told))}
    said = with_defaults(given) if yes else with_defaults(asked(given, pack))
    answers = answers_of(said)
    vendor = read_layout(said["layout"]) if said["layout"] else None
    found = points_of(said, answers, vendor, pack)
    files = files_of(answers, found, place, said["layout"])
    write(place, files, force=force)
    (place / "centre").mkdir(mode=0o700, exist_ok=True)
    for name in ("edge.toml", "centre.toml"):
        read_settings(str(place / name), {})
    _tell(answers, found, place)


DEFAULTS = {"gateway": "gate-1", "kind": "modbus_tcp", "broker": "127.0.0.1:18830", "tls": False, "store": "embedded", "records": "sqlite"}


def with_defaults(given: dict[str, Any]) -> dict[str, Any]:
    """What neither an option nor an answer said."""
    out = {name: DEFAULTS.get(name) if value is None else value for name, value in given.items()}
    out["mine_zh"], out["mine_en"] = out["mine_zh"] or out["mine"], out["mine_en"] or out["mine"]
    return out


def answers_of(said: dict[str, Any]) -> Answers:
    """Checked; BadConfig naming what is missing or refused."""
    for name in ("mine", "device"):
        if not said[name]:
            raise BadConfig(f"--{name}", "", "a value (without --yes it is asked)")
    if said["kind"] in ("kj_files", "positions") and not said["layout"]:
        raise BadConfig("--layout", "", "the vendor's layout, a TOML file (docs/sources/kj_layout.toml is an example)")
    host, port = host_port("--broker", said["broker"], 8883 if said["tls"] else 1883)
    period = said["period_s"] or (15.0 if said["kind"] in ("kj_files", "positions") else 1.0)
    device = str(Path(said["device"]).absolute()) if said["kind"] in ("csv_tail", "replay", "kj_files", "positions") else said["device"]
    facts = {name: said[name] for name in ("mine", "mine_zh", "mine_en", "gateway", "kind", "tls", "store", "records", "told")}
    start = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return checked(Answers(**facts, device=device, period_s=period, broker_host=host, broker_port=port, start=start))


def points_of(said: dict[str, Any], answers: Answers, vendor: Layout | None, pack: Pack) -> Listed:
    """The registry and the source's files, from a list or from what was typed."""
    rows: Rows = list(said["rows"])
    if said["points"]:
        rows += read_point_list(said["points"], layout_for(vendor))
    return listed(rows, answers.kind, Registry(answers.mine, answers.mine_zh, answers.mine_en, ()), vendor, pack, said["by"])


File = tuple[bytes, int]
"""Content and mode."""


def files_of(answers: Answers, found: Listed, place: Path, layout: str = "") -> dict[str, File]:
    """Everything by its name in the folder. The two configurations are read as their processes read them before anything is written."""
    facts = {"zh": answers.mine_zh, "en": answers.mine_en}
    edge = document(EdgeSettings, edge_keys(answers, found, place), EDGE, HEAD.format(what="edge.toml", **facts))
    centre = document(IngestSettings, centre_keys(answers, place), CENTRE, HEAD.format(what="centre.toml", **facts))
    check(load(EdgeSettings, edge, {}))
    check_ingest(load(IngestSettings, centre, {}))
    out: dict[str, File] = {
        "edge.toml": (edge.encode(), OPEN),
        "centre.toml": (centre.encode(), OPEN),
        "points.json": (msgspec.json.format(found.registry.data, indent=1) + b"\n", OPEN),
        **{name: (data, OPEN) for name, data in found.files.items()},
        "NEXT.md": (next_steps(answers, found, place).encode(), OPEN),
    }
    if found.codes:
        out["codes.json"] = (as_json(found.codes), OPEN)
    if layout:
        out["layout.toml"] = (Path(layout).read_bytes(), OPEN)
    return out | environment(answers, place)


def environment(answers: Answers, place: Path) -> dict[str, File]:
    """Secrets, each in a file of its own, and centre.env, which names them."""
    kept = secrets(answers)
    lines = [f"{variable}={place / 'secrets' / name}" for name, (variable, _) in kept.items()]
    if answers.store != "embedded":
        lines.append(f"DAVY_INFLUX_TOKEN_FILE={place / 'secrets' / 'influx-token'}")
    out: dict[str, File] = {f"secrets/{name}": (content.encode() + b"\n", SECRET) for name, (_, content) in kept.items()}
    head = "# 中心的环境变量 (systemd: EnvironmentFile) / environment of the centre (systemd: EnvironmentFile)"
    return out | {"centre.env": ("\n".join([head, *lines, ""]).encode(), OPEN)}


def write(place: Path, files: dict[str, File], *, force: bool) -> None:
    """All of them or none: an existing one that says something else only with `force`."""
    for name, (data, _) in files.items():
        path = place / name
        if not force and path.exists() and path.read_bytes() != data:
            raise BadConfig("FOLDER", str(path), "a file that does not exist yet (or --force)")
    try:
        for name, (data, mode) in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if mode == SECRET else 0o755)
            fresh = path.with_name(f"{path.name}.new")
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as out:
                out.write(data)
            fresh.replace(path)
    except OSError as error:
        raise BadConfig("FOLDER", str(place), f"a folder that can be written ({error.strerror})") from error


def _tell(answers: Answers, found: Listed, place: Path) -> None:
    for doubt in found.doubts:
        click.echo(f"{doubt.point}: {doubt.zh} / {doubt.en}", err=True)
    click.echo(f"{place}: edge.toml, centre.toml, points.json ({len(found.registry.points)} 个测点 points), NEXT.md")
    for number, (zh, en, commands) in enumerate(steps(answers, found, place), start=1):
        click.echo(f"{number}. {zh} / {en}")
        for one in commands:
            click.echo(f"     {one}")
