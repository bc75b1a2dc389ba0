"""Data sets: reading, splitting, scaling and augmenting them."""
