"""Models at the gateway: a signed bundle of detectors scores each cycle. What they find is advice: it is filed, never an alarm."""
