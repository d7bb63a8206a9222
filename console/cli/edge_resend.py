"""`davy edge resend`: send a span of items once more, received or not."""

import time
from pathlib import Path

import click

from console.cli.files import configured
from contracts.care import Command
from contracts.clock import MINUTE, SystemClock
from contracts.errors import GiveUp
from contracts.payload import VERSION
from contracts.twin import to_json
from edge_agent.care.door import answer_in, put
from edge_agent.config import EdgeSettings

PATIENCE_S = 60.0


@click.command(name="resend")
@click.option("--from", "first", required=True, metavar="TIME", help="如 / like 2026-11-24T08:00:00Z")
@click.option("--to", "last", required=True, metavar="TIME", help="如 / like 2026-11-24T09:00:00Z")
@click.option("--config", "path", required=True, metavar="FILE", help="代理配置 / the agent's configuration")
def command(first: str, last: str, path: str) -> None:
    """把一段时间内制成的数据再发一次 (中心自会去重) / send what was made in a span once more; the centre knows duplicates."""
    settings = configured(EdgeSettings, path)
    now = SystemClock().now()
    request = Command(VERSION, str(settings.name), f"here-{now}", now, now + MINUTE, "local", "resend", {"from": first, "to": last})
    place = Path(settings.folder) / "requests" / f"{request.id}.json"
    put(place, to_json(request))
    end = time.monotonic() + PATIENCE_S
    while (answer := answer_in(place.with_suffix(".answer"))) is None:
        if time.monotonic() > end:
            place.unlink(missing_ok=True)
            raise GiveUp(f"没有代理应答 / no agent of {settings.name} answers; is it running?")
        time.sleep(0.1)
    place.with_suffix(".answer").unlink()
    if answer.state != "done":
        raise GiveUp(answer.why)
    click.echo(f"✓ {answer.detail}")
