"""What an agent's sources and batch files say of themselves. Pure; `davy edge status` shows it."""

from console.cli.checks.verdict import Verdict, ok, warning, wrong
from contracts.clock import MINUTE, SECOND, iso
from edge_agent.diary import Status

MOST_NAMED = 8
RECENT = 10 * MINUTE
"""What a source that answers said of something missing or refused is shown for so long."""
LATE_S = 60.0
COUNTS = {
    "files": ("文件", "files"),
    "repeated_files": ("重复文件", "repeated files"),
    "damaged_files": ("有拒收或存疑的文件", "files with something refused or doubted"),
    "readings": ("读数", "readings"),
    "repeated_readings": ("重复读数", "repeated readings"),
    "refused": ("拒收或存疑的记录", "records refused or doubted"),
    "unknown_point": ("未登记测点的记录", "records of points nobody registered"),
    "alarms": ("报警记录", "alarm records"),
    "elsewhere": ("未登记区域的人数", "people in areas nobody registered"),
    "fresh": ("报文", "messages"),
    "retained": ("保留报文 (不采用)", "retained messages (not taken)"),
    "damaged": ("损坏报文", "damaged messages"),
    "doubtful": ("存疑报文", "doubtful messages"),
}
BAD = ("damaged_files", "refused", "unknown_point", "damaged", "doubtful")


def sources(word: Status) -> Verdict:
    """Who does not answer and why, and what was missing or refused lately."""
    silent = [one for one in word.sources if not one.answered]
    doubted = [one for one in word.sources if one.answered and one.why and word.at - one.why_at < RECENT]
    zh = f"{len(word.sources)} 个来源, {len(silent)} 个没有应答"
    en = f"{len(word.sources)} sources, {len(silent)} do not answer"
    told = [(one, f"{one.name} (自 {iso(one.since)[:19]}Z)", f"{one.name} (since {iso(one.since)[:19]}Z)") for one in silent]
    told += [(one, f"{one.name} ({iso(one.why_at)[:19]}Z)", f"{one.name} ({iso(one.why_at)[:19]}Z)") for one in doubted]
    for one, name_zh, name_en in told[:MOST_NAMED]:
        zh, en = f"{zh}; {name_zh}: {one.why or '没有应答'}", f"{en}; {name_en}: {one.why or 'no answer'}"
    if len(told) > MOST_NAMED:
        zh, en = f"{zh}; 另有 {len(told) - MOST_NAMED} 个", f"{en}; {len(told) - MOST_NAMED} more"
    if not told:
        return ok(zh, en)
    return warning(
        zh,
        en,
        "用 davy edge probe 查看来源; 拒收的记录见其 quarantine.csv",
        "davy edge probe shows the source; refused records stand in its quarantine.csv",
    )


def counts(word: Status) -> Verdict:
    """What each source counts since the start."""
    rows = [(name, {what: count for what, count in found.items() if count}) for name, found in word.counts.items()]
    if not rows:
        return ok("没有文件或报文来源", "no source of files or messages")
    told = []
    for language in (0, 1):
        parts = [
            ", ".join(f"{COUNTS.get(what, (what, what))[language]} {count}" for what, count in found.items()) or "0" for _, found in rows
        ]
        told.append("; ".join(f"{name}: {part}" for (name, _), part in zip(rows, parts, strict=True)))
    zh, en = told
    if not any(found.get(what) for _, found in rows for what in BAD):
        return ok(zh, en)
    return warning(
        zh,
        en,
        "逐条原因见该来源 memory 目录中的 quarantine.csv; 未登记的测点: davy edge import",
        "each with its reason in quarantine.csv of the source's memory folder; points nobody registered: davy edge import",
    )


def batch_files(word: Status) -> Verdict:
    """The signed files of a link without return path."""
    files = word.files
    if files is None:
        return ok("未配置", "none wanted")
    last = f"{files.last or '-'} ({iso(files.last_at)[:19] + 'Z' if files.last_at else '-'})"
    zh = f"{files.folder}: 自启动以来 {files.written} 个, 待写 {files.waiting} 条, 最近 {last}"
    en = f"{files.folder}: {files.written} since the start, {files.waiting} items in none yet, the last {last}"
    if files.error:
        return wrong(
            f"写不出签名文件: {files.error}; {zh}",
            f"no signed file can be written: {files.error}; {en}",
            "取走或清理目录中的文件, 查看磁盘和密钥; 条目留在发件箱, 恢复后自动补写",
            "take the files away, look at the disk and the key; items stay in the outbox and are written when it goes again",
        )
    quiet = (word.at - max(files.last_at, word.started)) / SECOND
    if files.waiting and quiet > 3 * files.every_s + LATE_S:
        return warning(
            f"{quiet:.0f} 秒没有写出文件; {zh}",
            f"no file for {quiet:.0f} s; {en}",
            "目录是否卡住 (网络盘)? 查看日志 edge.files",
            "does the folder hang (a network disk)? read the log of edge.files",
        )
    return ok(zh, en)
