"""`davy store init`: what a database must have before the centre may use it."""

from pathlib import Path

import click

from contracts.errors import BadConfig

TOLD_ZH = "桶会自行在 {} 天后删除读数, 不论有无备份: 请改为永久 (retention 0), 由中心在备份后删除"
TOLD_EN = "the bucket itself deletes readings after {} days, backed up or not: set its retention to 0, the centre drops what a backup has"


@click.command()
@click.argument("address", metavar="ADDRESS", envvar="DAVY_STORE")
@click.option(
    "--grafana-token",
    "token_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="另写一个只能读桶的令牌 / also a token that can only read the buckets; a valid one that is there stays",
)
def init(address: str, token_file: Path | None) -> None:
    """建立 InfluxDB 的桶, 已有的不改 / make InfluxDB's buckets; one that is there is left as it is. ADDRESS: store, DAVY_STORE."""
    if not address.startswith("influx+"):
        if not address or "://" in address:
            raise BadConfig("ADDRESS", address, "influx+http://HOST:PORT/ORG, or a folder (which needs nothing)")
        click.echo(f"{address}: 无需准备 / nothing to make: the centre makes its folder")
        return
    from store.influx import InfluxAddress, Server, buckets_of, init_buckets, read_token, token_of  # noqa: PLC0415  # only where it is asked for

    server = Server(InfluxAddress.parse(address), token_of())
    done, kept = init_buckets(server), buckets_of(server)
    for kind, what in done.items():
        click.echo(f"{server.address.bucket(kind)}: {'已建立 made' if what == 'made' else '已存在 there'}")
    if kept["raw"]:
        click.echo(f"{server.address.bucket('raw')}: {TOLD_ZH.format(kept['raw'])} / {TOLD_EN.format(kept['raw'])}")
    if token_file is not None:
        click.echo(f"{token_file}: {'已写入 written' if read_token(server, token_file) else '已存在 there'}")
