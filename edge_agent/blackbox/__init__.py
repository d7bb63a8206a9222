"""Black box: the last hours at full rate, frozen at an alarm or after a crash, hashed and signed.

The ring is the outbox: every reading stands in its segments, and a sealed segment never changes. To freeze is to link the segments of
a span into a folder of their own, where making room no longer reaches them.

    <folder>/<id>/open.json            asked for, not complete yet
    <folder>/<id>/case.json, case.sig  complete: what it holds, each file with its hash, and the signature over case.json
    <folder>/<id>/registry.json        what the point numbers in the segments mean
    <folder>/<id>/data/*.seg, event/*.seg
"""

from edge_agent.blackbox.case import Asked, Case, Kept
from edge_agent.blackbox.keeper import Keeper
from edge_agent.blackbox.recorder import BlackBox, Room
from edge_agent.blackbox.verify import Found, readings, verify

__all__ = ["Asked", "BlackBox", "Case", "Found", "Keeper", "Kept", "Room", "readings", "verify"]
