"""What a mine's control room hands in: running log, daily monitoring report, data of the ventilation report, shift report."""
