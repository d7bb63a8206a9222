"""The broker: Mosquitto as a child process that we configure."""
