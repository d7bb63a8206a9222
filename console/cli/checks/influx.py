"""InfluxDB as the store: there, with a token that may, and with buckets that keep long enough."""

from dataclasses import dataclass, field
from importlib import import_module

from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from contracts.errors import BadConfig, GiveUp, Retry
from ingest.config import IngestSettings


@dataclass(frozen=True, slots=True)
class Asked:
    """`refused`: the address or the token is none; `silent`: why it does not answer; `forbidden`: what it says to the token;
    `missing`: buckets that are not there; `short`: bucket to (days it keeps, days needed)."""

    refused: str = ""
    silent: str = ""
    forbidden: str = ""
    missing: tuple[str, ...] = ()
    short: dict[str, tuple[int, int]] = field(default_factory=dict)


def judge_influx(asked: Asked, address: str) -> Verdict:
    if asked.refused:
        return wrong(
            f"没有可用的地址或令牌: {asked.refused}",
            f"no address or token that can be used: {asked.refused}",
            "把令牌写入一个文件 (权限 0600), 用 DAVY_INFLUX_TOKEN_FILE 指向它",
            "put the token into a file (mode 0600) and name it by DAVY_INFLUX_TOKEN_FILE",
        )
    if asked.silent:
        return wrong(
            f"无法连接: {asked.silent}",
            f"cannot be reached: {asked.silent}",
            "启动 InfluxDB, 检查 store 的地址和端口; 在此之前不发回执, 读数留在网关",
            "start InfluxDB, check address and port of store; until then there are no receipts, readings stay at the gateways",
        )
    if asked.forbidden:
        return wrong(
            f"不接受令牌或组织: {asked.forbidden}",
            f"it refuses the token or the organisation: {asked.forbidden}",
            "检查 DAVY_INFLUX_TOKEN_FILE 和 store 中的组织 (influx auth list, influx org list)",
            "check DAVY_INFLUX_TOKEN_FILE and the organisation in store (influx auth list, influx org list)",
        )
    if asked.missing:
        names = ", ".join(asked.missing)
        return wrong(
            f"缺少桶 {names}", f"buckets {names} are missing", f"建立: davy store init {address}", f"make them: davy store init {address}"
        )
    if asked.short:
        said = ", ".join(f"{name} ({days} < {needed})" for name, (days, needed) in asked.short.items())
        return warning(
            f"这些桶保留的天数不够: {said}",
            f"these buckets keep too few days: {said}",
            "influx bucket update --id ... --retention 0 (规程第526条: 两年以上)",
            "influx bucket update --id ... --retention 0 (CMSR 2025 Art. 526: two years or more)",
        )
    return ok("可以连接, 令牌和桶齐全", "reachable; token and buckets are in order")


def probe_influx(centre: IngestSettings) -> Finding:
    return Finding(centre.store, judge_influx(_asked(centre), centre.store))


def _asked(centre: IngestSettings) -> Asked:
    influx = import_module("store.influx")  # its client only where there is one
    needed = import_module("store.influx.buckets").RETENTION_DAYS
    try:
        server = influx.Server(influx.InfluxAddress.parse(centre.store), influx.token_of())
    except BadConfig as error:
        return Asked(refused=str(error))
    try:
        kept = influx.buckets_of(server)
    except Retry as error:
        return Asked(silent=str(error))
    except GiveUp as error:
        return Asked(forbidden=str(error))
    finally:
        server.close()
    missing = tuple(server.address.bucket(kind) for kind in needed if kind not in kept)
    least = {kind: days for kind, days in needed.items() if days and kind in kept and 0 < kept[kind] < days}
    return Asked(missing=missing, short={server.address.bucket(kind): (kept[kind], days) for kind, days in least.items()})
