"""A message as text for channels that carry nothing else. Nothing is cut where it can be told in one language."""

from alerts.message import Message
from contracts.texts import shown

NOW = {"zh": "现在：", "en": "Now: "}
STATES = {
    "normal": ("已恢复，无需处理", "returned, nothing to do"),
    "unacknowledged": ("报警中，未确认", "active, not acknowledged"),
    "acknowledged": ("报警中，已确认", "active, acknowledged"),
    "returned_unacknowledged": ("已返回，未确认", "returned, not acknowledged"),
    "shelved": ("已搁置", "shelved"),
    "suppressed": ("已抑制", "suppressed"),
    "planned": ("许可期间的计划内报警", "planned, under an open permit"),
    "out_of_service": ("已停用", "out of service"),
}
MORE = {"zh": "…（全文见控制台）", "en": "… (the rest stands in the console)"}


def subject(message: Message) -> str:
    """One line: the head of the sentence, as far as the first semicolon."""
    text = message.text[message.lang]
    return shown(" ".join(text.replace("; ", "；").split("；")[:2]).replace("\n", " "))[:150]


def body(message: Message, most: int = 0, *, both: bool = True) -> str:
    """Both languages, the recipient's first, each with the alarm's present state where it moved on since (a message that had to wait).
    `most` bytes of UTF-8 (0: no limit): the recipient's language alone where both are too long; cut only where that is too."""
    order = ("zh", "en") if message.lang == "zh" else ("en", "zh")
    parts = [shown(_part(message, lang), "\n") for lang in order]
    whole = "\n\n".join(parts) if both else parts[0]
    if not most or len(whole.encode()) <= most:
        return whole
    if len(parts[0].encode()) <= most:
        return parts[0]
    rest = MORE[message.lang]
    return parts[0].encode()[: most - len(rest.encode())].decode(errors="ignore") + rest


def _part(message: Message, lang: str) -> str:
    state = str(message.alarm.get("state", ""))
    told = message.text[lang]
    if message.parts or state not in STATES or state == message.transition.get("after"):
        return told
    return f"{told}\n{NOW[lang]}{STATES[state][lang != 'zh']}"
