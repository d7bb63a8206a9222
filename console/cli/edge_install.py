"""`davy edge install`: user, folders, unit and a sample configuration of a gateway. Nothing that is there is overwritten.

It needs nothing of the centre, and no network.
"""

import grp
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from contracts.errors import BadConfig
from contracts.topics import Gateway

SHIPPED = Path(__file__).parent / "shipped"
UNIT = "davy-edge@.service"
IN_UNIT = "/opt/davy/.venv/bin/davy"
USER = "davy"
LINES = "dialout"
"""The group of serial lines; the unit names it, and systemd starts no unit whose group is missing."""
DONE, THERE, TODO = ("完成 done", "green"), ("已有 kept", "yellow"), ("待办 to do", "red")


@dataclass(frozen=True, slots=True)
class Step:
    """What was done, found there already, or is left to do; in both languages."""

    kind: tuple[str, str]
    zh: str
    en: str


@click.command(name="install")
@click.argument("gateway")
@click.option("--root", default="/", metavar="DIR", help="安装到此目录下 (镜像、测试) / install below DIR (images, tests)")
@click.option("--program", metavar="PATH", help="单元要启动的 davy 程序 / the davy program that the unit starts")
def command(gateway: str, root: str, program: str | None) -> None:
    """安装网关 GATEWAY: 用户、目录、单元、配置样例; 不覆盖 / set up GATEWAY: user, folders, unit, sample; nothing is overwritten."""
    Gateway.parse(f"mine/{gateway}")
    place = Path(root).absolute()
    live = place == Path("/")
    if live and os.geteuid() != 0:
        raise BadConfig("--root", root, "to be run as root, or another folder (sudo davy edge install ...)")
    try:
        steps = list(install(gateway, place, program or _own_program(), live=live))
    except OSError as error:
        raise BadConfig("--root", root, f"a folder that can be written ({error})") from error
    for step in steps:
        words, colour = step.kind
        click.echo(f"{click.style(words, fg=colour)}  {step.zh}\n            {step.en}")


def install(gateway: str, root: Path, program: str, *, live: bool) -> Iterator[Step]:
    """Do it below `root`; `live`: this machine itself, where a user can be made and systemd told."""
    if live:
        yield _user()
        yield _group(LINES)
    owner = _ids() if live else None
    yield _folder(root / "etc/davy", 0o750, owner and (0, owner[1]))
    yield _folder(root / "var/lib/davy", 0o750, owner)
    yield _folder(root / f"var/lib/davy/edge-{gateway}", 0o700, owner)
    unit = (SHIPPED / UNIT).read_text(encoding="utf-8").replace(IN_UNIT, program)
    yield _file(root / "etc/systemd/system" / UNIT, unit, 0o644)
    yield _file(root / f"etc/davy/edge-{gateway}.toml", sample(gateway), 0o640, owner and (0, owner[1]))
    if live and Path("/run/systemd/system").is_dir() and (systemctl := shutil.which("systemctl")):
        subprocess.run([systemctl, "daemon-reload"], check=False)  # noqa: S603  # the system's own
    yield from _left(gateway, program, live=live)


def sample(gateway: str) -> str:
    """The sample configuration with this gateway's name and paths."""
    text = (SHIPPED / "sample.toml").read_text(encoding="utf-8")
    for before, after in (
        ('gateway = "gate-1"', f'gateway = "{gateway}"'),
        ('folder = "run/my-mine/outbox"', f'folder = "/var/lib/davy/edge-{gateway}"'),
        ('points = "run/my-mine/points.json"', f'points = "/etc/davy/points-{gateway}.json"'),
        ('registers = "run/my-mine/registers.json"', f'registers = "/etc/davy/registers-{gateway}.json"'),
    ):
        text = text.replace(before, after)
    return text


def _own_program() -> str:
    beside = Path(sys.executable).parent / "davy"
    return str(beside) if beside.exists() else shutil.which("davy") or IN_UNIT


def _user() -> Step:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        options = "--system --user-group --home-dir /var/lib/davy --no-create-home --shell /usr/sbin/nologin"
        return _made("useradd", [*options.split(), USER], f"系统用户 {USER}", f"system user {USER}")
    return _group(USER, f"系统用户 {USER}", f"system user {USER}")


def _group(name: str, zh: str = "", en: str = "") -> Step:
    """The group is there, or is made; `zh` and `en`: what was there already with it."""
    try:
        grp.getgrnam(name)
    except KeyError:
        return _made("groupadd", ["--system", name], f"系统组 {name}", f"system group {name}")
    return Step(THERE, zh or f"系统组 {name}", en or f"system group {name}")


def _made(order: str, arguments: list[str], zh: str, en: str) -> Step:
    """By the system's own program; left to do where there is none or it refuses."""
    program = shutil.which(order)
    if program is None:
        return Step(TODO, f"建立{zh}", f"make a {en}: there is no {order} here")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)  # noqa: S603  # the system's own
    if done.returncode:
        return Step(TODO, f"建立{zh}: {done.stderr.strip()}", f"make a {en}: {done.stderr.strip()}")
    return Step(DONE, zh, en)


Ids = tuple[int, int]
"""User and group of what is made."""


def _ids() -> Ids | None:
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        return None
    return user.pw_uid, user.pw_gid


def _folder(path: Path, mode: int, owner: Ids | None) -> Step:
    if path.is_dir():
        return Step(THERE, f"目录 {path}", f"folder {path}")
    path.mkdir(parents=True)
    path.chmod(mode)
    if owner:
        os.chown(path, *owner)
    return Step(DONE, f"目录 {path}", f"folder {path}")


def _file(path: Path, text: str, mode: int, owner: Ids | None = None) -> Step:
    """Made whole, or left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    except FileExistsError:
        if path.read_text(encoding="utf-8", errors="replace") == text:
            return Step(THERE, f"文件 {path}", f"file {path}")
        return Step(THERE, f"文件 {path}: 与随附的不同, 未改动", f"file {path}: differs from ours, left as it is")
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text)
    path.chmod(mode)
    if owner:
        os.chown(path, *owner)
    return Step(DONE, f"文件 {path}", f"file {path}")


def _left(gateway: str, program: str, *, live: bool) -> Iterator[Step]:
    config = f"/etc/davy/edge-{gateway}.toml"
    if not live:
        orders = f"groupadd -rf {LINES}; useradd --system --user-group {USER}; chown -R {USER}: /var/lib/davy; chgrp -R {USER} /etc/davy"
        yield Step(TODO, f"在目标机上: {orders}", f"on the machine: {orders}")
    if Path(program).parts[1:2] in (("home",), ("root",)):
        yield Step(
            TODO,
            f"单元看不到 {program} (ProtectHome): 装到 /opt/davy",
            f"the unit cannot see {program} (ProtectHome): install to /opt/davy",
        )
    yield Step(TODO, f"编辑 {config}: mine、[broker]、[[sources]]", f"edit {config}: mine, [broker], [[sources]]")
    yield Step(
        TODO,
        f"点表: davy edge import ... (写入 /etc/davy/points-{gateway}.json)",
        f"the point registry: davy edge import ... (to /etc/davy/points-{gateway}.json)",
    )
    yield Step(
        TODO, f"来自中心的证书: davy certs issue CA 矿井/{gateway}", f"a certificate from the centre: davy certs issue CA mine/{gateway}"
    )
    yield Step(
        TODO,
        f"组 {USER} 须能读取配置、点表和密钥: chgrp {USER} /etc/davy/*; chmod 640 /etc/davy/*",
        f"the group {USER} must be able to read configuration, points and key: chgrp {USER} /etc/davy/*; chmod 640 /etc/davy/*",
    )
    yield Step(TODO, f"检查: davy edge probe SOURCE --config {config}", f"look: davy edge probe SOURCE --config {config}")
    yield Step(TODO, f"启动: systemctl enable --now davy-edge@{gateway}", f"start: systemctl enable --now davy-edge@{gateway}")
