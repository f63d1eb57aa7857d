"""Keeping a run: when to log, what an open run is, and who writes it while training goes on."""
