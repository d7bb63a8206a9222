"""Grafana boards as code: typed builders, reviewed JSON, and the one door to Grafana (docs/dashboards.md)."""
