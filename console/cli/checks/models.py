"""What an agent's word about its models means."""

from console.cli.checks.verdict import Verdict, ok, warning
from contracts.clock import iso
from edge_agent.diary import Status


def models(word: Status) -> Verdict:
    """Which are in use, since when, what they cost, what stands; advice only, so nothing here is worse than a warning."""
    told = word.models
    if told is None or not (told.use or told.refused):
        return ok("没有", "none installed")
    kept = ", ".join(str(number) for number in told.kept) or "-"
    use = told.use or "-"
    since = iso(told.since)[:19] + "Z" if told.since else "-"
    zh = (
        f"{use} (签名 {told.signer or '-'}), 自 {since} 起, {told.detectors} 个检测器, 每周期 {told.last_ms:.1f} ms "
        f"(p99 {told.p99_ms:.1f}); 未结束的发现 {told.standing}; 保存 {kept}"
    )
    en = (
        f"{use} (signed by {told.signer or '-'}) since {since}, {told.detectors} detectors, {told.last_ms:.1f} ms a cycle "
        f"(p99 {told.p99_ms:.1f}); {told.standing} findings stand; kept: {kept}"
    )
    if told.failure:
        return warning(
            f"模型出错 {told.failed} 次, 停一分钟后重来: {told.failure}; 采集和报警不受影响; {zh}",
            f"the models failed {told.failed} times and begin anew after a minute: {told.failure}; readings and alarms go on; {en}",
            "退回到之前的包: davy models rollback; 把日志 edge.models 交给制作者",
            "go back to a bundle before it (davy models rollback), and give the log of edge.models to whoever made this one",
        )
    if told.refused:
        return warning(
            f"最近一个包未被接受: {told.refused}; 在用: {zh}",
            f"the last bundle was refused: {told.refused}; in use: {en}",
            "在用的模型不变; 查看包的内容: davy models card",
            "what is in use stays; see what the bundle is: davy models card",
        )
    return ok(zh, en)
