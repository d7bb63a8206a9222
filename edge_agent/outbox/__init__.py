"""What was read and is not yet known to be stored at the centre. On disk before anything else happens to it."""

from edge_agent.outbox.box import Outbox
from edge_agent.outbox.room import OutboxLimits

__all__ = ["Outbox", "OutboxLimits"]
