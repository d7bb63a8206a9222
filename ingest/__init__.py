"""Receive, check, store, judge: what runs at the centre."""
