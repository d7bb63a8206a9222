"""Read, keep, judge, send: what runs on the gateway."""
