"""Two of what there may be one of: centres with one store, agents with one name, a store held by another than the records' owner."""

from collections import Counter
from pathlib import Path

from console.cli.checks.locks import look
from console.cli.checks.owner import owned_by
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, wrong
from ingest.config import IngestSettings
from store.records.owners import Owner

ALONE = ("store", "records", "folder")


def judge_centres(key: str) -> Verdict:
    return wrong(
        f"两个中心的 {key} 相同",
        f"two centres have one {key}",
        "每个中心各有自己的 store、records 和 folder; 后启动的会被拒绝",
        "give each centre a store, records and folder of its own; the second one is refused at its start",
    )


def judge_agents(name: str) -> Verdict:
    return wrong(
        f"两个边缘代理同名 {name}: 在消息代理上互相挤掉, 中心记为副本",
        f"two agents are named {name}: they throw each other out at the broker, and the centre takes them for copies",
        "每个网关用自己的 gateway 名和证书",
        "give each gateway a name (gateway) and a certificate of its own",
    )


def judge_holder(pid: int, owner: Owner | None) -> Verdict:
    """The store is held by `pid`; `owner` of these records, where one lives."""
    who = f"{owner.claimant.host}, pid {owner.claimant.pid}" if owner else "-"
    return wrong(
        f"存储被进程 {pid} 占用, 而这些记录的主持进程是 {who}: 另一个中心在用同一存储",
        f"process {pid} holds the store, and the owner of these records is {who}: another centre uses the same store",
        "停止其中一个; 每个中心各有自己的 store 和 records",
        "stop one of the two; give each centre a store and records of its own",
    )


def probe_twins(site: Site) -> list[Finding]:
    out = []
    for key in ALONE:
        for value, count in Counter(_place(key, centre) for centre in site.centres).items():
            if count > 1 and value not in ("memory:", "sqlite://"):
                out.append(Finding(value, judge_centres(key)))
    for name, count in Counter(str(edge.name) for edge in site.edges).items():
        if count > 1:
            out.append(Finding(name, judge_agents(name)))
    return out + [finding for centre in site.centres for finding in _holder(centre, site.now)]


def _place(key: str, centre: IngestSettings) -> str:
    value = str(getattr(centre, key))
    return value if "://" in value or value == "memory:" else str(Path(value).absolute())


def _holder(centre: IngestSettings, now: int) -> list[Finding]:
    """Only an embedded store is held by a process, and only on this machine."""
    lock = look(Path(centre.store) / "owner.lock")
    if not lock.held or not lock.pid:
        return []
    found = owned_by(centre.records, now)
    living = found.living if found else None
    return [] if living and living.claimant.pid == lock.pid else [Finding(centre.store, judge_holder(lock.pid, living))]
