"""A simulated mine: what is really there, second by second. What a sensor makes of it stands in `sim_sensors.sensors`."""
