"""Field protocols: a device as the outside sees it."""
