"""docs/models.md and its Chinese twin, out of the saved results of the suites and `notes.yaml`: what was asked and what was reached."""
