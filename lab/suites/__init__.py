"""One suite a file: data, protocol, scorer."""
