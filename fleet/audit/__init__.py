"""The log of the fleet as a file anybody can check: its form, its links, its signatures, and every count made anew from it.

Pure, and of its own: nothing here is shared with what writes the log, so that a mistake there shows here.
"""
