"""A province on one machine: simulated gateways at 1 Hz, a real Mosquitto and a real centre with its pages, read while it writes."""
