"""The long night: a province's load, faults at random, and at the end every reading and every alarm held against the truth."""
