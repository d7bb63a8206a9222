"""The three series and what is said about them: by evidence, officially assessed, told by the press. Pure; they never merge.

`ByEvidence`, `Officially` and `Told` are types of their own: none adds to another, none is a number.
"""
