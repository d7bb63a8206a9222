"""Sensors: what an instrument makes of what is really there."""
