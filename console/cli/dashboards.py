"""`davy dashboards`: Grafana's boards are built here, pushed, compared and looked at; never edited by hand."""

import asyncio
import base64
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contracts.errors import BadConfig, GiveUp
from dashboards.build import REVIEWED, build, write
from dashboards.panels import LANGUAGES, Place
from dashboards.provisioning import Door, Influx

if TYPE_CHECKING:
    from playwright.async_api import Page, Request

PLACE = Place()
WIDTH, HEIGHT, DRAWN_MS = 1600, 1000, 60_000
GRID, QUIET = ".react-grid-layout", 8

grafana_option = click.option(
    "--grafana", default="http://127.0.0.1:3000", show_default=True, envvar="DAVY_GRAFANA_URL", help="Grafana 的地址 / address of Grafana"
)
console_option = click.option(
    "--console",
    default=PLACE.console,
    show_default=True,
    envvar="DAVY_CONSOLE_URL",
    help="控制台地址, 供链接用 / the console, for links to it",
)
prefix_option = click.option("--prefix", default=PLACE.prefix, show_default=True, help="存储桶前缀 / prefix of the buckets")
lang_option = click.option("--lang", type=click.Choice(LANGUAGES), help="只用一种语言 / one language only")


@click.group(name="dashboards")
def command() -> None:
    """Grafana 面板 / Grafana boards: build, push, diff, screenshot."""


@command.command(name="build")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=REVIEWED, help="写入的目录 / where to; 缺省为仓库中的 the repository's own"
)
@console_option
@prefix_option
def build_command(folder: Path, console: str, prefix: str) -> None:
    """生成面板 JSON / write the boards' JSON."""
    for path in write(folder, Place(console, prefix)):
        click.echo(path)


@command.command()
@grafana_option
@console_option
@prefix_option
@lang_option
@click.option("--influx", required=True, metavar="URL", envvar="DAVY_INFLUX_URL", help="InfluxDB, 从 Grafana 看 / as Grafana reaches it")
@click.option("--org", default="davylamp", show_default=True, envvar="DAVY_INFLUX_ORG", help="InfluxDB 组织 / organisation")
def push(grafana: str, console: str, prefix: str, lang: str | None, influx: str, org: str) -> None:
    """推送到 Grafana / create or update data source, folders and boards."""
    token = secret("DAVY_INFLUX_READ_TOKEN")
    boards = build(Place(console, prefix), (lang,) if lang else LANGUAGES)
    for uid in Door(grafana, login()).push(boards, Influx(influx, org, token)):
        click.echo(f"{grafana.rstrip('/')}/d/{uid}")


@command.command()
@grafana_option
@console_option
@prefix_option
@lang_option
def diff(grafana: str, console: str, prefix: str, lang: str | None) -> None:
    """找出手工改动 / find what was changed by hand; exit code 1 where something was."""
    drifts = Door(grafana, login()).diff(build(Place(console, prefix), (lang,) if lang else LANGUAGES))
    for drift in drifts:
        click.echo(f"{drift.board}  {drift.path or '(board)'}: {drift.ours!r} -> {drift.theirs!r}")
    click.echo(f"{len(drifts)} 处不同 / differences")
    if drifts:
        raise click.exceptions.Exit(1)


@command.command()
@grafana_option
@lang_option
@click.option("--mine", required=True, help="矿井 / the mine to show")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("boards"), show_default=True, help="图片目录 / folder of the pictures"
)
@click.option("--minutes", type=click.IntRange(1), help="显示的时段 / span to show; 缺省为各板自己的 / default: each board's own")
def screenshot(grafana: str, lang: str | None, mine: str, folder: Path, minutes: int | None) -> None:
    """用 Chromium 截图 / pictures of every board, drawn by Chromium."""
    folder.mkdir(parents=True, exist_ok=True)
    uids = [board["uid"] for of_lang in build(PLACE, (lang,) if lang else LANGUAGES).values() for board in of_lang.values()]
    asyncio.run(_shoot(grafana.rstrip("/"), uids, f"&var-mine={mine}" + (f"&from=now-{minutes}m&to=now" if minutes else ""), folder))


async def _shoot(grafana: str, uids: list[str], asked: str, folder: Path) -> None:
    try:
        from playwright.async_api import Error, async_playwright  # noqa: PLC0415  # a development dependency
    except ImportError as error:
        raise GiveUp("playwright is not installed: it comes with the development dependencies (make setup)") from error
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise GiveUp("no Chromium on this machine (Debian: chromium)")
    try:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            for uid in uids:
                page = await browser.new_page(
                    viewport={"width": WIDTH, "height": HEIGHT}, extra_http_headers={"Authorization": authorization()}
                )
                await page.goto(f"{grafana}/d/{uid}?kiosk&refresh=1d&var-area=$__all{asked}", timeout=DRAWN_MS)
                await page.wait_for_selector(GRID, timeout=DRAWN_MS)
                height = await page.evaluate(f"document.querySelector('{GRID}').scrollHeight")
                await page.set_viewport_size({"width": WIDTH, "height": int(height) + 150})
                await _drawn(page)
                await page.screenshot(path=folder / f"{uid}.png")
                await page.close()
                click.echo(folder / f"{uid}.png")
            await browser.close()
    except Error as error:
        raise GiveUp(f"Chromium could not draw {grafana}: {error.message.splitlines()[0]}") from error


async def _drawn(page: "Page") -> None:
    """No query has been under way for four seconds (Grafana keeps other connections open for ever)."""
    under_way: set[Request] = set()
    page.on("request", lambda request: under_way.add(request) if "/ds/query" in request.url else None)
    page.on("requestfinished", lambda request: under_way.discard(request))  # noqa: PLW0108  # playwright marks the handler, and a built-in cannot be marked
    page.on("requestfailed", lambda request: under_way.discard(request))  # noqa: PLW0108  # playwright marks the handler, and a built-in cannot be marked
    calm = 0
    for _ in range(DRAWN_MS // 500):
        calm = 0 if under_way else calm + 1
        if calm == QUIET:
            return
        await page.wait_for_timeout(500)


def login() -> str | tuple[str, str]:
    """DAVY_GRAFANA_TOKEN of a service account, else DAVY_GRAFANA_USER (admin) with DAVY_GRAFANA_PASSWORD; secrets also as `..._FILE`."""
    token = secret("DAVY_GRAFANA_TOKEN", needed=False)
    return token or (os.environ.get("DAVY_GRAFANA_USER", "admin"), secret("DAVY_GRAFANA_PASSWORD"))


def authorization() -> str:
    """The same as an HTTP header."""
    who = login()
    return f"Bearer {who}" if isinstance(who, str) else "Basic " + base64.b64encode(":".join(who).encode()).decode()


def secret(name: str, *, needed: bool = True) -> str:
    """The variable, or what the file named by `<name>_FILE` holds; BadConfig where it is needed and nowhere."""
    path = os.environ.get(f"{name}_FILE", "")
    try:
        value = Path(path).read_text(encoding="utf-8").strip() if path else os.environ.get(name, "")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{name}_FILE", path, f"a text file that can be read ({error})") from error
    if needed and not value:
        raise BadConfig(name, "", f"a value, or a file in {name}_FILE")
    return value
