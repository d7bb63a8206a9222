"""The one door to Grafana: grafana-client."""

from dashboards.provisioning.diff import Drift, compared
from dashboards.provisioning.door import Door, Influx

__all__ = ["Door", "Drift", "Influx", "compared"]
