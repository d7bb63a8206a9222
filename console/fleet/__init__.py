"""The fleet's work at the centre: where facts are gathered from all parts, judged, written into the log and shown."""
