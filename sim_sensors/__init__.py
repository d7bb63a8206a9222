"""Mines that do not exist, and replays of recorded ones. Sees contracts only."""
