"""The control room's duty: shifts, the running log, handovers (CMSR 2025 Art. 533). Pure: what the pages and reports are made from."""
