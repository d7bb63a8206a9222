"""Work that waits for a network, beside the loop. A thread of its own: hung servers must not use up the pool that telemetry shares."""

import asyncio
import threading
from collections.abc import Callable

Outcome = BaseException | None


async def aside(work: Callable[[], None]) -> None:
    """Runs `work` and raises what it raised. The thread ends with its own time-outs, and with the process."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(failed: Outcome) -> None:
        if done.done():
            return
        if failed is None:
            done.set_result(None)
        else:
            done.set_exception(failed)

    def run() -> None:
        failed: Outcome = None
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # handed to whoever waits, not swallowed
            failed = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, failed)

    threading.Thread(target=run, daemon=True, name="alarm channel").start()
    await done
