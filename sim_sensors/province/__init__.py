"""A province that does not exist: mines, what truly happens in them, what their operators make of it, and what the centre gets to see.

`mines` says who there is, `below` what truly happens, `deeds` what cheats do to it, `seen` what reaches the centre, `truth` what each mine
truly fulfils, `raw` the 5-minute statistics of the same days. Everything is drawn from named streams: one seed, one province.
"""
