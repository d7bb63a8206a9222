"""Trains and evaluates detectors with public protocols; prints a trivial baseline beside. Nothing here runs on a gateway."""
