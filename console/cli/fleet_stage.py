"""`davy fleet stage`: where a project stands on its way to a notice."""

import click
import httpx

from console.cli.api import Api, url_option
from console.cli.fleet_said import correction_option, name_option, stated, written
from console.cli.table import plain, table
from console.web.shapes import Page
from console.web.shapes_fleet_register import Entered
from fleet.bodies import Object, Step
from fleet.view import StageView

HEADER = ("项目 project", "对象 object", "环节 step", "日期 date", "单位 authority", "受阻 blocker")
STEPS = {
    Step.SELF_ASSESSMENT: "自评",
    Step.APPLICATION: "申报",
    Step.FIRST_REVIEW: "初审",
    Step.ASSESSMENT: "评定",
    Step.NOTICE: "公示",
}


@click.group(name="stage")
def command() -> None:
    """项目进度 / stages of projects: 自评, 申报, 初审, 评定, 公示."""


@command.command(name="list")
@click.argument("mine", metavar="MINE")
@url_option
@click.pass_obj
def listing(transport: httpx.BaseTransport | None, mine: str, url: str) -> None:
    """列出进度 / list where a mine's projects stand."""
    found = Api(url, transport).get(f"fleet/mines/{mine}/stages", Page[StageView]).items
    rows = [_row(one) for one in sorted(found, key=lambda one: (one.project, list(STEPS).index(one.step)))]
    for line in table(HEADER, rows) if rows else ["没有项目 / no projects"]:
        click.echo(line)


@command.command()
@click.argument("mine", metavar="MINE")
@click.argument("project", metavar="PROJECT")
@click.argument("step", metavar="STEP", type=click.Choice([str(one) for one in Step]))
@click.option("--date", "day", required=True, help="日期 / the day of the step (2026-01-31)")
@click.option(
    "--object", "object_", type=click.Choice([str(one) for one in Object]), default=str(Object.MINE), help="对象 / what is assessed"
)
@click.option("--subject", default="", help="哪个工作面 / which face")
@click.option("--authority", default="", help="办理单位 / by whom")
@click.option("--blocker", default="", help="受阻原因 / what holds it up")
@correction_option
@name_option
@url_option
@click.pass_obj
def add(
    transport: httpx.BaseTransport | None,
    mine: str,
    project: str,
    step: str,
    day: str,
    object_: str,
    subject: str,
    authority: str,
    blocker: str,
    correction: str,
    name: str,
    url: str,
) -> None:
    """登记一个环节 / enter a step. STEP: self_assessment, application, first_review, assessment, notice."""
    body = stated(subject=subject, authority=authority, blocker=blocker, correction=correction, name=name)
    body |= {"project": project, "step": step, "date": day, "object": object_}
    click.echo(written(Api(url, transport).post(f"fleet/mines/{mine}/stages", Entered, body)))


def _row(one: StageView) -> tuple[str, ...]:
    about = " ".join(part for part in (one.object, plain(one.subject)) if part)
    return plain(one.project), about, f"{STEPS[one.step]} {one.step}", one.date, plain(one.authority) or "-", plain(one.blocker) or "-"
