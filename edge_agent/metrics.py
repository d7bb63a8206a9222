"""The agent's figures for Prometheus, and whether it progresses. Read off the agent when asked; nothing is counted twice."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from contracts.clock import SECOND, ClockState
from wire.expiry import CertificateDays
from wire.health import Health, Watched, process_registry

if TYPE_CHECKING:
    from edge_agent.agent import Agent

STUCK_AFTER = 60 * SECOND
"""A commit that takes so long hangs; a source not polled for so long beyond its period is not polled any more."""
RECEIPT_OVERDUE = 120 * SECOND
"""Items wait, the link is up, and no receipt came for so long: connected is not delivered."""


class AgentMetrics(Collector):
    """`davy_edge_...`; seconds and bytes. What is not known (no receipt yet) has no sample."""

    def __init__(self, agent: "Agent") -> None:
        self._agent = agent

    def collect(self) -> Iterator[Metric]:
        agent, now = self._agent, self._agent.clock.monotonic()
        yield from self._outboxes()
        counts = (
            ("polls_due", "Polls that were due", agent.polled),
            ("polls_answered", "Polls that were answered", agent.answered),
            ("polls_unkept", "Answers not kept because the disk refused for too long", agent.unkept),
            ("items_sent", "Items sent, repeats included", agent.link.sent_items),
            ("receipts", "Receipts taken in", agent.link.receipts),
            ("disk_errors", "Commits the disk refused", agent.disk_errors),
        )
        for name, text, value in counts:
            yield CounterMetricFamily(f"davy_edge_{name}", text, value=value)
        gauges = (
            ("link_connected", "1 while connected to the broker", agent.link.connected),
            ("in_flight_bytes", "Bytes sent and not receipted", agent.lanes.in_flight),
            ("credit_bytes", "Bytes the centre allows in flight", agent.lanes.credit),
            ("clock_trusted", "1 while the system clock is believed", agent.watch.state is ClockState.TRUSTED),
            ("clock_set_back", "1 while times come again that were stamped before", agent.watch.set_back),
            ("conflicts", "Epochs under which somebody else sent other items", agent.deciding.conflicts),
            ("disk_failing", "1 while the disk refuses", bool(agent.disk_error)),
        )
        for name, text, gauge in gauges:
            yield GaugeMetricFamily(f"davy_edge_{name}", text, value=float(gauge))
        age = GaugeMetricFamily("davy_edge_receipt_age_seconds", "Seconds since the last receipt; no sample before the first")
        if agent.link.last_receipt:
            age.add_metric([], (now - agent.link.last_receipt) / SECOND)
        yield age
        yield from self._sources()
        yield from self._files()
        yield from self._models()

    def _sources(self) -> Iterator[Metric]:
        answered = GaugeMetricFamily("davy_edge_source_answered", "1 where the last poll of a source was answered", labels=["source"])
        counts = CounterMetricFamily("davy_edge_source_seen", "What a source counts since its start", labels=["source", "what"])
        for word in self._agent.polling.words:
            answered.add_metric([word.name], float(word.answered))
        for name, found in self._agent.polling.counts.items():
            for what, count in found.items():
                counts.add_metric([name, what], count)
        yield from (answered, counts)

    def _files(self) -> Iterator[Metric]:
        if self._agent.files is None:
            return
        word = self._agent.files.word
        yield CounterMetricFamily("davy_edge_files_written", "Signed batch files written since the start", value=word.written)
        yield GaugeMetricFamily("davy_edge_files_items_waiting", "Durable items that stand in no batch file yet", value=word.waiting)
        yield GaugeMetricFamily("davy_edge_files_failing", "1 while no batch file can be written", value=float(bool(word.error)))
        if word.last_at:
            age = (self._agent.watch.now() - word.last_at) / SECOND
            yield GaugeMetricFamily("davy_edge_files_age_seconds", "Seconds since the newest batch file of this run", value=age)

    def _models(self) -> Iterator[Metric]:
        """Of the models: `davy_edge_models_info` names what is in use (empty: none) and why the last bundle was refused."""
        if self._agent.models is None:
            return
        word = self._agent.models()
        info = GaugeMetricFamily("davy_edge_models_info", "1; labels say which models are in use", labels=["use", "signer", "refused"])
        info.add_metric([word.use, word.signer, word.refused], 1.0)
        yield info
        yield GaugeMetricFamily("davy_edge_models_refused", "1 while the last bundle was refused", value=float(bool(word.refused)))
        if not word.use:
            return
        yield GaugeMetricFamily("davy_edge_models_since_seconds", "Unix time since when they are in use", value=word.since / SECOND)
        yield GaugeMetricFamily("davy_edge_models_failing", "1 while they fail and rest", value=float(bool(word.failure)))
        yield GaugeMetricFamily("davy_edge_models_findings", "Findings that have not ended", value=word.standing)
        yield CounterMetricFamily("davy_edge_models_failures", "Cycles in which they failed, since the start", value=word.failed)
        yield SummaryMetricFamily(
            "davy_edge_models_cycle_seconds", "Time to score a cycle", count_value=word.cycles, sum_value=word.total_s
        )
        yield GaugeMetricFamily("davy_edge_models_cycle_p99_seconds", "The same, 99th percentile of 600 cycles", value=word.p99_ms / 1000)

    def _outboxes(self) -> Iterator[Metric]:
        made = CounterMetricFamily("davy_edge_items_made", "Items made since the start", labels=["stream"])
        committed = CounterMetricFamily("davy_edge_items_committed", "Items durable on disk since the start", labels=["stream"])
        waiting = GaugeMetricFamily("davy_edge_items_waiting", "Durable items without a receipt", labels=["stream"])
        size = GaugeMetricFamily("davy_edge_outbox_bytes", "Bytes of the outbox", labels=["stream"])
        for box in (self._agent.data, self._agent.events):
            made.add_metric([box.stream], box.current.made + box.pending)
            committed.add_metric([box.stream], box.current.made)
            waiting.add_metric([box.stream], box.waiting)
            size.add_metric([box.stream], box.size)
        yield from (made, committed, waiting, size)


def health_of(agent: "Agent") -> Health:
    """Stuck: a source that is not polled, a commit that hangs. Not ready: no link, a link without receipts, a disk that refuses."""
    now = agent.clock.monotonic()
    stuck = [
        f"source {source.name}: no poll for {quiet // SECOND} s"
        for source in agent.polling.sources
        if (quiet := now - agent.polling.last_poll.get(source.name, agent.started)) > 2 * source.period + STUCK_AFTER
    ]
    if agent.committing_since and now - agent.committing_since > STUCK_AFTER:
        stuck.append(f"outbox: a commit takes {(now - agent.committing_since) // SECOND} s")
    unready = []
    waiting = agent.data.waiting + agent.events.waiting
    silence = now - max(agent.link.last_receipt, agent.started)
    if not agent.link.connected:
        unready.append(f"link: {agent.link.why}")
    elif waiting and silence > RECEIPT_OVERDUE:
        unready.append(f"link stuck: connected, {waiting} items wait, no receipt for {silence // SECOND} s")
    if agent.disk_error:
        unready.append(f"disk refuses: {agent.disk_error}")
    return Health(tuple(stuck), tuple(unready))


def watched(agent: "Agent") -> Watched:
    """The agent as it is watched."""
    registry = process_registry()
    registry.register(AgentMetrics(agent))
    registry.register(CertificateDays(agent.link.broker, agent.clock))
    return Watched(registry, lambda: health_of(agent))
