"""docs/models.md out of the saved results of the suites and `notes.yaml`: what was asked, reached, and stands beside it."""
