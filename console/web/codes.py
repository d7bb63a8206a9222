"""Reason codes of the outbox, the ledger and the dead letters as people read them. A code nobody knows stands for itself."""

from collections.abc import Iterable

CODES: dict[str, tuple[str, str]] = {
    # why a range of the ledger is a gap; the first three say no more than the gap's own word
    "nobody polled": ("", ""),
    "no answer": ("", ""),
    "not received yet": ("", ""),
    "segment cut or missing": ("磁盘段被截断或缺失", "segment cut or missing"),
    "torn tail": ("断电时末尾未写完", "torn tail after a power cut"),
    "damaged on disk": ("磁盘上已损坏", "damaged on disk"),
    "outbox full": ("网关存储已满", "outbox full"),
    # why an item is a dead letter
    "empty": ("空报文", "empty payload"),
    "malformed": ("不是本协议的报文", "not a message of this protocol"),
    "too-large": ("超过大小限制", "too large"),
    "version": ("协议版本不支持", "protocol version not read here"),
    "column": ("数据列不合规", "a column is malformed"),
    "polls": ("巡检记录不合规", "poll runs are malformed"),
    "event": ("报警事件不合规", "an event no rule can have made"),
    "lost": ("丢失声明不合规", "a declaration of loss is malformed"),
    "identity": ("条目标识不合规", "identity is malformed"),
    "wrong-lane": ("通道错误", "wrong lane"),
    "unknown-point": ("测点表中没有该测点", "point is not in the registry"),
    "future": ("时间超前 5 分钟以上", "more than 5 minutes in the future"),
    "too-old": ("早于保存期限", "older than the retention"),
    "registry-part": ("测点表分片不合规", "a part of a registry is malformed"),
    "registry-refused": ("测点表被拒绝", "registry refused"),
    "poison": ("多次使处理进程中断或出错", "made its worker die or fail repeatedly"),
    "conflict": ("同一标识内容不同", "same identity, other content"),
}


def code_words(codes: Iterable[str]) -> tuple[str, str]:
    """These codes in Chinese and English, each once; codes that say nothing more are left out."""
    known = [CODES.get(code, (code, code)) for code in dict.fromkeys(codes)]
    return "；".join(zh for zh, _ in known if zh), "; ".join(en for _, en in known if en)
