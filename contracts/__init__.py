"""The words every process agrees on. Imports nothing of ours."""
