"""Makers of a mine's daily facts, one file a subject. Pure: columns and rows in, `contracts.facts.Fact`s out.

Every maker takes the `Day` and the `Grid` (5-minute statistics of all points, `fleet.facts.grid`) or rows of the records, and gives a list
of facts. Who gathers them for a day is `console/fleet/gather.py`. Taking data away never makes a fact better: tests/fleet hold that.
"""
