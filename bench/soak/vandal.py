"""What no agent sends: bytes that are no item, items that cannot be, foreign topics, and what is larger than anybody takes."""

import asyncio
import random
import secrets

from bench.soak.values import agent_mine, load_mine
from contracts.config import BrokerAddress
from contracts.payload import VERSION, Batch, Item, Poll, encode
from wire.client import LinkDown, open_link

EPOCH = "0123456789abcdef"
MANY = 60
OVERSIZE = 200_000
"""More than the broker takes: it hangs up."""
SLACK_S = 0.05


def payloads(chance: random.Random) -> list[tuple[str, bytes]]:
    """(topic, payload) of one burst."""
    whole = encode(Item(VERSION, EPOCH, 3, 1_800_000_000_000_000, Batch("nobody", 1, [0, 2], [0, 2], bytes(16), [])))
    torn = whole[: chance.randrange(1, len(whole))]
    bomb = encode(Item(VERSION, EPOCH, 4, 1, Batch("nobody", 1, [0, 60_000_000], [0, 60_000_000], b"", [], [Poll("x", 1, 1)])))
    bad = [b"", b"{", b"{}", b'{"v": 99}', b"\xc1" * 10, secrets.token_bytes(chance.randrange(1, 4000)), torn, bomb, whole[:-1] + b"\x00"]
    mines = [agent_mine(chance.randrange(4)), load_mine(chance.randrange(100)), "nobody"]
    lanes = ["live", "replay", "event", "birth", "state", "reported", "answer"]
    out = [(f"davy/v1/{chance.choice(mines)}/gw/{chance.choice(lanes)}", chance.choice(bad)) for _ in range(MANY)]
    foreign = [
        "davy/v1/UPPER/gw/live",
        "davy/v1/x/live",
        "davy/v2/x/gw/live",
        "davy/v1/a/b/c/d/live",
        "spBv1.0/x/NDATA/y",
        "davy/v1/ß/g/live",
    ]
    return out + [(topic, secrets.token_bytes(20)) for topic in foreign]


async def strike(port: int, chance: random.Random) -> None:
    """One burst, and something oversize at its end. A broker that is away just now is spared."""
    broker, name = BrokerAddress(port=port), f"vandal-{secrets.token_hex(4)}"
    try:
        async with asyncio.timeout(10.0), open_link(broker, name) as link:
            for topic, payload in payloads(chance):
                await link.send(topic, payload)
            await asyncio.sleep(SLACK_S)
            await link.send(f"davy/v1/{agent_mine(0)}/gw/live", bytes(OVERSIZE))
            async for _ in link.messages():  # the broker hangs up
                pass
    except (LinkDown, TimeoutError):
        return
