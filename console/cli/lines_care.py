"""One line a message of the care lanes (desired, reported, command, answer), for people: what `davy tail` prints. Pure.

Whether a trusted key vouches for an order only its gateway can say: here its name is shown.
"""

from collections.abc import Iterator

from contracts.care import Answer, Command, Desired, Reported, Sealed
from contracts.clock import iso
from contracts.errors import BadPayload
from contracts.payload import decode
from contracts.topics import Lane

ORDERS: dict[Lane, type[Desired | Command]] = {Lane.DESIRED: Desired, Lane.COMMAND: Command}


def sealed(envelope: Sealed, lane: Lane | None) -> Iterator[str]:
    """The order inside, and who vouches for it. Values of documents and arguments are not printed: they may be secrets."""
    yield f"密钥 key {envelope.key}"
    kind = ORDERS.get(lane) if lane else None
    if kind is None:
        yield f"{len(envelope.body)} 字节 bytes"
        return
    try:
        order = decode(kind, envelope.body)
    except BadPayload as error:
        yield f"不可读 unreadable: {error.reason}: {error.detail}"
        return
    yield from desired(order) if isinstance(order, Desired) else command(order)


def desired(order: Desired) -> Iterator[str]:
    yield f"{order.gateway} 版本 version {order.version}, {order.by}, {iso(order.made)}"
    yield f"文件 documents {', '.join(sorted(order.documents)) or '-'}"
    yield f"确认 confirm {order.confirm_s} s"


def command(order: Command) -> Iterator[str]:
    yield f"{order.gateway} 命令 command {order.name} {order.id}, {order.by}"
    yield f"有效至 expires {iso(order.expires)}"
    if order.arguments:
        yield f"参数 arguments {', '.join(sorted(order.arguments))}"


def reported(told: Reported) -> Iterator[str]:
    yield f"运行 running {told.running}, {told.state}" + (f", 期望 wanted {told.wanted}" if told.wanted else "")
    if told.why:
        yield told.why
    yield from (f"已拒绝 refused {version}: {why}" for version, why in told.refused)


def answer(told: Answer) -> Iterator[str]:
    yield f"答复 answer {told.id}: {told.state}"
    yield from (text for text in (told.why, told.detail) if text)
