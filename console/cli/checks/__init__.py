"""What `davy doctor` looks at. A file a subject: `probe_*` finds facts and does I/O, `judge_*` turns facts into a verdict and does none."""
