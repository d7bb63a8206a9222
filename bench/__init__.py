"""How fast, how much, against whom: whole processes on the machine at hand."""
