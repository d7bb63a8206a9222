"""Recordings: reading them, and the real longwall rows that come with the product (`longwall/`, CC BY 4.0)."""
