"""The doors for people: command line and web pages."""
