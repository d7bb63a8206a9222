"""What an agent's last word about itself means, one judgement a subject. Pure; `davy edge status` shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from console.cli.checks import models, sources
from console.cli.checks.locks import Lock
from console.cli.checks.verdict import Verdict, ok, warning, wrong
from contracts.clock import SECOND, ClockState, iso
from edge_agent.agent import MOST_PENDING
from edge_agent.diary import Status

QUIET = 30 * SECOND
"""An agent writes its word every 5 s; one that has not for so long cannot."""
OVERDUE_S = 120.0
MEMORY_MB = 256.0
"""Half of what the unit allows (MemoryMax)."""
DISK_DO = (
    "查看磁盘 (df, dmesg); 腾出空间; 只读的磁盘须检查 (fsck) 后重新挂载或更换, 再启动代理",
    "look at the disk (df, dmesg); make room; one that turned read-only needs fsck and a new mount, or to be replaced, then a start",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """An agent's last word, who holds its folder, the clock now (µs UTC), and whether the folder's file system is read-only."""

    word: Status
    lock: Lock
    now: int
    read_only: bool = False


def process(seen: Seen) -> Verdict:
    age = (seen.now - seen.word.at) // SECOND
    since = iso(seen.word.started)[:19] + "Z" if seen.word.started else "-"
    if not seen.lock.held:
        return wrong(
            f"没有运行, 最近自述于 {iso(seen.word.at)[:19]}Z; 以下是当时的情况",
            f"not running, last word at {iso(seen.word.at)[:19]}Z; what follows is of then",
            "启动: systemctl start davy-edge@...; 查看日志",
            "start it: systemctl start davy-edge@...; read its log",
        )
    pid = seen.lock.pid or "?"
    if abs(age) > QUIET // SECOND and not seen.read_only:
        return warning(
            f"在运行 (进程 {pid}), 但 {age} 秒没有写出自述: 磁盘拒绝, 或时钟被改动",
            f"running (process {pid}), but has written no word for {age} s: the disk refuses, or the clock was set",
            *DISK_DO,
        )
    return ok(f"在运行 (进程 {pid}), 自 {since} 起; {age} 秒前自述", f"running (process {pid}) since {since}; its word is {age} s old")


def disk(seen: Seen) -> Verdict:
    word = seen.word
    if seen.read_only:
        return wrong(
            "磁盘已变为只读: 仍在采集和判别, 读数只在内存中, 不发送",
            "the disk has turned read-only: it polls and judges, readings stay in memory only, none is sent",
            *DISK_DO,
        )
    if word.disk:
        return wrong(
            f"磁盘拒绝写入: {word.disk}; 内存中 {word.unwritten_items} 条 (最多 {MOST_PENDING}), 未保存的应答 {word.unkept}; "
            "采集和判别不停",
            f"the disk refuses: {word.disk}; {word.unwritten_items} items in memory (at most {MOST_PENDING}), "
            f"{word.unkept} answers not kept; it polls and judges on",
            *DISK_DO,
        )
    return ok(f"可写; 待写 {word.unwritten_items} 条", f"writable; {word.unwritten_items} items to be written")


def outbox(seen: Seen) -> Verdict:
    word = seen.word
    zh = f"待收回执 {word.waiting_items} 条, 占用 {word.outbox_bytes >> 20} MiB"
    en = f"{word.waiting_items} items without receipt, {word.outbox_bytes >> 20} MiB"
    if word.lost_items or word.damaged_files:
        return warning(
            f"{zh}; 自启动以来报告丢失 {word.lost_items} 条, 隔离损坏文件 {word.damaged_files} 个",
            f"{en}; {word.lost_items} items told lost since the start, {word.damaged_files} damaged files set aside",
            "丢失范围在中心的缺失台账中 (davy gaps); 反复出现则更换磁盘",
            "the ranges stand in the centre's ledger (davy gaps); where it happens again, replace the disk",
        )
    return ok(zh, en)


def copy(seen: Seen) -> Verdict:
    word = seen.word
    before = word.predecessor or "-"
    if word.conflicts:
        return wrong(
            f"中心持有 {word.conflicts} 个本机纪元下内容不同的条目: 磁盘被复制或恢复过, 副本也在用",
            f"the centre holds other items under {word.conflicts} epochs of ours: this disk was copied, and the copy is in use too",
            "停用其中一台, 换新的网关名和证书",
            "stop one of the two and give it a gateway name and certificate of its own",
        )
    return ok(
        f"纪元 {word.epoch}, 前一纪元 {before}; 没有冲突", f"epoch {word.epoch}, the one before {before}; no conflict with another copy"
    )


def clock(seen: Seen) -> Verdict:
    word = seen.word
    if word.clock == ClockState.SUSPECT:
        return warning(
            "系统时钟早于磁盘上最新的时间 (例如从 1970 年启动): 由该时间续走, 读数标记时钟可疑",
            "the system clock reads less than the newest time on disk (it may have started in 1970): time goes on from there, "
            "readings are marked clock suspect",
            "检查 NTP 或北斗授时",
            "check NTP or the time receiver",
        )
    if word.set_back:
        return warning(
            "时钟被调回: 重复的时刻已标记, 中心两者都保留",
            "the clock was set back: times that come again are marked, and the centre keeps both",
            "等时钟走过原来的时刻, 并查明是谁调的",
            "it ends when the clock passes its old time; find out who set it",
        )
    return ok("可信", "trusted")


def memory(seen: Seen) -> Verdict:
    zh, en = f"常驻 {seen.word.resident_mb:g} MiB", f"{seen.word.resident_mb:g} MiB resident"
    if seen.word.resident_mb > MEMORY_MB:
        return warning(
            f"{zh}: 多于通常",
            f"{en}: more than usual",
            "磁盘恢复后会回落; 否则重启代理",
            "it falls when the disk takes what waits; else restart it",
        )
    return ok(zh, en)


def reading(seen: Seen) -> Verdict:
    word = seen.word
    zh = f"测点 {word.points}; 应采 {word.polled}, 有应答 {word.answered}, 来不及 {word.skipped}"
    en = f"{word.points} points; {word.polled} polls due, {word.answered} answered, {word.skipped} passed while busy"
    if not word.polled:
        return warning(zh, f"{en}: none so far", "用 davy edge probe 查看来源", "see what the source answers: davy edge probe")
    if word.answered < 0.99 * word.polled or word.skipped > word.polled // 100:
        return warning(
            zh,
            en,
            "用 davy edge probe 查看来源; 来不及则加大 period_s 或分给两个网关",
            "see what the source answers: davy edge probe; where polls pass, use a longer period_s or two gateways",
        )
    return ok(zh, en)


LINK_WORDS = (
    (
        ("name resolution", "Name or service not known", "nodename nor servname", "getaddrinfo"),
        "域名解析失败",
        "the name of the broker cannot be resolved",
    ),
    (("timed out", "without an answer"), "消息代理接受连接但不应答", "the broker takes the connection and does not answer"),
    (("refused",), "消息代理拒绝连接", "nothing listens there, or it refuses"),
    (("no receipt",), "连接中没有回执", "a connection that carried no receipt"),
)


def link(seen: Seen) -> Verdict:
    word = seen.word
    hopeful = word.connected and (word.receipts > 0 or not word.link_ended)
    if hopeful:
        return ok(f"已连接 (第 {word.connections} 次)", f"connected ({word.connections} connections since the start)")
    why = word.link_ended or word.link
    found = next(((zh, en) for parts, zh, en in LINK_WORDS if any(part in why for part in parts)), ("没有连接", "no connection"))
    return warning(
        f"{found[0]}: {why}; 读数留在磁盘上",
        f"{found[1]}: {why}; readings stay on disk",
        "检查 [broker] host、DNS、网络和安全设备; 自动重连, 间隔不超过 30 秒",
        "check [broker] host, DNS, network and security device; it tries again by itself, at most 30 s apart",
    )


def receipts(seen: Seen) -> Verdict:
    word = seen.word
    age = "-" if word.receipt_age_s is None else f"{word.receipt_age_s:.0f}"
    zh = f"自启动以来 {word.receipts} 个, 最近 {age} 秒前; 在途 {word.in_flight_bytes} / {word.credit_bytes} 字节"
    en = f"{word.receipts} since the start, the last {age} s ago; {word.in_flight_bytes} of {word.credit_bytes} bytes in flight"
    running = (word.at - word.started) / SECOND
    if word.waiting_items and (running if word.receipt_age_s is None else word.receipt_age_s) > OVERDUE_S:
        return warning(
            f"没有回执: {zh}; 未收回执的一条也不删除",
            f"no receipts: {en}; nothing without a receipt is freed",
            "检查中心的接收进程 (davy ingest) 和其到消息代理的连接",
            "check ingest at the centre and its link to the broker",
        )
    return ok(zh, en)


SUBJECTS: dict[str, tuple[str, Callable[[Seen], Verdict]]] = {
    "process": ("进程", process),
    "disk": ("磁盘", disk),
    "outbox": ("发件箱", outbox),
    "copy": ("磁盘副本", copy),
    "clock": ("时钟", clock),
    "memory": ("内存", memory),
    "reading": ("采集", reading),
    "sources": ("来源", lambda seen: sources.sources(seen.word)),
    "counts": ("计数", lambda seen: sources.counts(seen.word)),
    "link": ("连接", link),
    "receipts": ("回执", receipts),
    "files": ("批量文件", lambda seen: sources.batch_files(seen.word)),
    "models": ("模型", lambda seen: models.models(seen.word)),
}
"""Name to (Chinese name, judgement), in the order they are shown."""
