"""The demo's story: what happens on the simulated mines in three minutes, directed here, and told only as far as it is really seen."""
