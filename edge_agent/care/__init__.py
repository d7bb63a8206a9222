"""Remote care: runs what the centre wants, on trial first, and goes back by itself; does signed commands. Nothing unsigned is even read."""

from edge_agent.care.care import Care, Switch
from edge_agent.care.commands import Commands, Handler

__all__ = ["Care", "Commands", "Handler", "Switch"]
