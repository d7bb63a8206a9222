"""Where readings are kept. One interface, several databases; one test suite for all."""
