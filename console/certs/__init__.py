"""The certificate authority of one plant: who may speak on the wire, under which name."""
