"""The only MQTT client."""
