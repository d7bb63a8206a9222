"""What each mine must have, and who has it: facts, criteria, verdicts, three series that never merge, a chain that proves the count."""
