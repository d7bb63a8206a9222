"""Detectors: one a file, pure, causal. They annotate; they never change, hide or clear a reading, and never raise an official alarm.

A detector is fitted on a span that is believed to be normal, then scores blocks in the order of time. Scores are comparable: 0 is as
trained, 1 is the detector's own threshold, NaN is unknown (warming up, or nothing good to look at). Unknown is never shown as normal.
Only numpy is needed to score; scikit-learn trains (inside `fit`, imported there) and never reaches a gateway.
"""
