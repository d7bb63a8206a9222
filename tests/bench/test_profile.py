"""Stacks and reports of profilers become shares by place."""

import pytest

from bench.profile import IMPORTS, OTHER, Profile, _memory, markdown, place_of, placed, rows_of

STACKS = """\
run (uvloop/__init__.py:92);_send (edge_agent/link.py:160);publish (paho/mqtt/client.py:1800);send (socket.py:3) 4
ask (edge_agent/polling.py:130);take (edge_agent/agent.py:180);judge (edge_agent/deciding.py:35);diff (numpy/lib/f.py:1) 3
run (uvloop/__init__.py:92);next (edge_agent/lanes.py:79);read (edge_agent/outbox/box.py:105);read (edge_agent/outbox/segment.py:97) 2
run (uvloop/__init__.py:92) 50
run (threading.py:982);_worker (concurrent/futures/thread.py:81) 50
run (uvloop/__init__.py:92);told (structlog/_base.py:1) 1
"""


def test_a_sample_belongs_to_the_innermost_frame_that_is_known_and_waiting_is_left_out() -> None:
    assert placed(STACKS) == {
        "MQTT: paho, aiomqtt, the link": 4,
        "judging: limits and rules": 3,
        "disk: segments and high-water mark": 2,
        OTHER: 1,
    }


@pytest.mark.parametrize("frame", ["", "run", "run (uvloop/loop.pyx:1)", "<native> (libc.so.6)"])
def test_what_no_place_knows_is_none(frame: str) -> None:
    assert place_of(frame) == ""


def test_rows_of_perf_are_names_and_shares_from_a_hundredth_on() -> None:
    text = (
        "\n    56.87%  libpython3.11.so.1.0\n    18.93%  [kernel.kallsyms]      [k] read_thing        -      -      \n     0.19%  [vdso]\n"
    )

    assert rows_of(text) == [("libpython3.11.so.1.0", 0.5687), ("[kernel.kallsyms] [k] read_thing", 0.1893)]


async def test_memory_by_imports_adds_up_to_what_the_agent_has() -> None:
    rows = await _memory(200_000_000)

    assert [name for name, _ in rows][: len(IMPORTS)] == [name for name, _ in IMPORTS]
    assert sum(size for _, size in rows[:-1]) == pytest.approx(rows[-1][1]) == pytest.approx(200.0)
    assert rows[1][1] > 1.0


def test_tables_that_have_nothing_are_left_out() -> None:
    text = markdown(Profile(0.016, 10, [("disk", 0.5), (OTHER, 0.5)], [], [], [("in all", 70.0)]))

    assert text.startswith("1.6% of one core.\n\n| place (10 samples, waiting left out) | share |")
    assert "| in all | 70.0 |" in text
    assert "binary" not in text
