"""Silence, and the centre's own judgement where the edge cannot be relied on. Pure but for the journal it writes to."""

from alerts.journal import Journal
from alerts.packs.pack import Pack
from alerts.rules import Rules, State, assess, to_event
from contracts.clock import MINUTE
from contracts.columns import Block
from contracts.points import Registry
from contracts.topics import Gateway
from ingest.live import PERIODS_TO_SILENCE, GatewayLive, Live
from store.records.engine import Records

AT_ONCE = 100
"""Gateways written down in one transaction: when a broker or a district's line fails, all of them fall silent together."""


class Judge:
    """Raises link-down alarms, and takes over the rules for gateways whose regulation pack is not ours.

    The edge owns the alarms of the points it judges; the centre judges only where the edge's limits are old or unknown.
    """

    def __init__(self, records: Records, journal: Journal, pack: Pack, live: Live) -> None:
        self.records, self.journal, self.pack, self.live = records, journal, pack, live
        self._since = 0
        self._rules: dict[str, tuple[str, Rules, State]] = {}
        with records.read() as db:
            self._down = journal.down(db)

    def watch_from(self, now: int) -> None:
        """The centre can hear from now on; before that, silence was its own."""
        self._since = now

    def silence(self, now: int) -> bool:
        """Compare every gateway with its reporting period; whether an alarm changed. What came and waits for its commit is no silence."""
        changed = [one for one in list(self.live.gateways.items()) if self._silent(one[1], now) != (one[0] in self._down)]
        for at in range(0, len(changed), AT_ONCE):
            some = changed[at : at + AT_ONCE]
            with self.records.begin() as db:
                for key, gateway in some:
                    registry = self.live.registries.get(gateway.registry)
                    if key in self._down:
                        self.journal.link_up(db, key, now, registry)
                    else:
                        self.journal.link_down(db, key, gateway.heard or self._since, now, registry)
            self._down ^= {key for key, _ in some}  # after the commit: what the journal would not have is tried again
        return bool(changed)

    def _silent(self, gateway: GatewayLive, now: int) -> bool:
        heard = max(gateway.heard, self.live.arrived.get(str(gateway.gateway), 0), self._since)
        return now - heard > PERIODS_TO_SILENCE * gateway.period

    def take_over(self, gateway: Gateway, pack_at_edge: str, registry: Registry, block: Block, now: int) -> bool:
        """Judge live readings of a gateway whose edge does not carry our pack; whether there were transitions."""
        if pack_at_edge == self.pack.name or (len(block) and now - int(block.time.max()) > MINUTE):
            return False
        name, rules, state = self._rules.get(str(gateway), ("", None, None))
        if name != registry.name or rules is None or state is None:
            rules = Rules.of(registry, self.pack)
            state = State.fresh(rules)
        state, transitions = assess(rules, state, block, now)
        if transitions:
            with self.records.begin() as db:
                for transition in transitions:
                    event = to_event(transition, registry, self.pack, now)
                    self.journal.event(db, gateway.mine, str(gateway), event, now, registry)
        self._rules[str(gateway)] = (registry.name, rules, state)
        return bool(transitions)
