"""Is it an alarm, and who has been told."""
