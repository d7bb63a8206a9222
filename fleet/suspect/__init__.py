"""Who cheats: one finder a kind, over the facts of a mine's days. Pure.

A finder says of each day how far it is beyond what the mine's own past and the province explain, and adds these up over weeks. It accuses
when the sum reaches a stated threshold, which no day reaches alone; each accusation names the days, facts and points it rests on.
"""
